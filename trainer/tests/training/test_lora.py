from dataclasses import replace

import pytest
import torch
from peft import PeftModel

from llm_tuner_trainer.base_model import FAMILIES
from llm_tuner_trainer.lora import add_adapter
from tests.training.test_optimisation import SETTINGS
from tests.training.toys import load


@pytest.fixture(params=sorted(FAMILIES))
def base(request, family_folder):
    return load(family_folder(request.param)).model


def adapted_layers(model) -> set[str]:
    return {name.split(".")[-2] for name, _ in model.named_modules() if name.endswith("lora_A")}


def test_only_the_adapter_is_trained_and_it_starts_as_nothing(base):
    ids = torch.arange(2, 12)[None]
    before = base(ids).logits
    add_adapter(base, SETTINGS, "toy")
    torch.testing.assert_close(base(ids).logits, before)
    assert all("lora_" in name for name, parameter in base.named_parameters() if parameter.requires_grad)


def test_all_linear_layers_of_the_blocks_are_adapted_and_neither_embeddings_nor_head(base):
    add_adapter(base, SETTINGS, "toy")
    assert adapted_layers(base) == set(FAMILIES[base.config.model_type].lora_targets)
    blocks = base.base_model.h if base.config.model_type == "gpt2" else base.base_model.layers
    per_block = 4 if base.config.model_type == "gpt2" else 7
    assert sum(name.endswith("lora_A") for name, _ in base.named_modules()) == per_block * len(blocks)


def test_pitfall_8_the_transposed_layers_of_gpt2_are_adapted_as_such(gpt2_folder):
    base = load(gpt2_folder).model
    wrapped = add_adapter(base, SETTINGS, "toy")
    assert wrapped.peft_config["default"].fan_in_fan_out is True
    layer = base.transformer.h[0].attn.c_attn
    assert layer.lora_A["default"].weight.shape == (SETTINGS.lora_rank, 32)
    assert layer.lora_B["default"].weight.shape == (96, SETTINGS.lora_rank)
    assert base.lm_head.weight is base.transformer.wte.weight


def test_rank_alpha_and_dropout_are_honoured(gpt2_folder):
    base = load(gpt2_folder).model
    add_adapter(base, replace(SETTINGS, lora_rank=3, lora_alpha=12.0, lora_dropout=0.25), "toy")
    layer = base.transformer.h[0].mlp.c_fc
    assert layer.r["default"] == 3
    assert layer.scaling["default"] == 4.0
    assert layer.lora_dropout["default"].p == 0.25


def test_pitfall_9_a_saved_adapter_gives_the_same_numbers_unmerged(gpt2_folder, tmp_path):
    base = load(gpt2_folder).model
    wrapped = add_adapter(base, SETTINGS, "toy").eval()
    torch.manual_seed(1)
    with torch.no_grad():
        for name, parameter in base.named_parameters():
            if "lora_B" in name:
                parameter.normal_()
    ids = torch.arange(2, 12)[None]
    expected = wrapped(ids).logits
    wrapped.save_pretrained(tmp_path, save_embedding_layers=False)
    again = PeftModel.from_pretrained(load(gpt2_folder).model, tmp_path).eval()
    assert torch.equal(again(ids).logits, expected)
