import json
import pickle
import shutil
from pathlib import Path

import pytest
import torch

from llm_tuner_trainer.base_model import (
    FolderSource,
    hash_weights,
    read_context_window,
    read_family,
)
from llm_tuner_trainer.failures import TrainerError
from llm_tuner_trainer.loading import load_for_inference
from tests.training.toys import CONTEXT_WINDOW, load, load_config, write_model


def copy_of(folder: Path, target: Path) -> Path:
    return Path(shutil.copytree(folder, target))


def change_config(folder: Path, **changes) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))


def refuse(folder: Path) -> TrainerError:
    with pytest.raises(TrainerError) as caught:
        load(folder)
    return caught.value


@pytest.mark.parametrize("model_type", ["gpt2", "llama", "mistral", "qwen2", "qwen3"])
def test_each_family_loads_in_float32_for_evaluation(family_folder, model_type):
    loaded = load(family_folder(model_type))
    assert loaded.context_window == CONTEXT_WINDOW
    assert loaded.eos_token_ids == ((0,) if model_type == "gpt2" else (1,))
    assert not loaded.model.training
    assert {parameter.dtype for parameter in loaded.model.parameters()} == {torch.float32}
    assert loaded.base_model_sha256 == hash_weights(family_folder(model_type))


def test_weights_stored_in_bfloat16_are_computed_in_float32(gpt2_folder, tmp_path):
    load(gpt2_folder).model.to(torch.bfloat16).save_pretrained(copy_of(gpt2_folder, tmp_path / "m"))
    assert load_config(tmp_path / "m").dtype == torch.bfloat16
    loaded = load_for_inference(FolderSource(str(tmp_path / "m")), None, "cpu", threads=1)
    assert loaded.model.dtype == torch.float32


def test_sampling_defaults_of_the_model_are_dropped(gpt2_folder, tmp_path):
    folder = copy_of(gpt2_folder, tmp_path / "m")
    (folder / "generation_config.json").write_text(json.dumps({"do_sample": True, "repetition_penalty": 5.0}))
    assert load(folder).model.generation_config.repetition_penalty is None


def test_a_folder_without_a_model_is_unavailable(tmp_path):
    assert refuse(tmp_path / "missing").code == "base_model_unavailable"


def test_another_architecture_is_unsupported(gpt2_folder, tmp_path):
    folder = copy_of(gpt2_folder, tmp_path / "m")
    change_config(folder, model_type="t5")
    failure = refuse(folder)
    assert failure.code == "base_model_unsupported"
    assert "'t5'" in failure.message
    assert "gpt2" in failure.message


@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_configuration_that_is_no_object_is_unsupported(gpt2_folder, tmp_path, content):
    folder = copy_of(gpt2_folder, tmp_path / "m")
    (folder / "config.json").write_text(content)
    assert refuse(folder).code == "base_model_unsupported"


class Bomb:
    def __reduce__(self):
        return (Path.touch, (Path("exploded"),))


def test_pickled_weights_are_refused_and_not_run(gpt2_folder, tmp_path, monkeypatch):
    folder = copy_of(gpt2_folder, tmp_path / "m")
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb()))
    monkeypatch.chdir(tmp_path)
    failure = refuse(folder)
    assert failure.code == "base_model_unsupported"
    assert "safetensors" in failure.message
    assert not (tmp_path / "exploded").exists()


def test_code_in_the_folder_is_not_run(gpt2_folder, tmp_path, monkeypatch):
    folder = copy_of(gpt2_folder, tmp_path / "m")
    (folder / "evil.py").write_text("open('exploded', 'w')\nclass Evil: pass\n")
    change_config(folder, auto_map={"AutoConfig": "evil.Evil", "AutoModelForCausalLM": "evil.Evil"})
    monkeypatch.chdir(tmp_path)
    load(folder)
    assert not (tmp_path / "exploded").exists()


def test_missing_weights_are_unavailable(gpt2_folder, tmp_path):
    folder = copy_of(gpt2_folder, tmp_path / "m")
    (folder / "model.safetensors").unlink()
    assert refuse(folder).code == "base_model_unavailable"


def test_damaged_weights_are_unavailable(gpt2_folder, tmp_path):
    folder = copy_of(gpt2_folder, tmp_path / "m")
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])
    assert refuse(folder).code == "base_model_unavailable"


def test_incomplete_weights_are_not_filled_with_random_numbers(gpt2_folder, tmp_path):
    folder = copy_of(gpt2_folder, tmp_path / "m")
    change_config(folder, n_layer=3)
    failure = refuse(folder)
    assert failure.code == "base_model_unsupported"
    assert "incomplete" in failure.message


def test_weights_of_another_shape_are_refused(gpt2_folder, tmp_path):
    folder = copy_of(gpt2_folder, tmp_path / "m")
    change_config(folder, n_positions=50)
    assert refuse(folder).code == "base_model_unsupported"


def test_a_tokenizer_larger_than_the_embeddings_is_refused(tmp_path):
    smaller = write_model(tmp_path, "gpt2", vocab_size=200)
    assert "embeddings" in refuse(smaller).message


def test_a_model_without_a_context_window_is_unsupported(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(TrainerError, match="context window"):
        read_context_window(tmp_path)
    assert read_family(tmp_path).fan_in_fan_out is False
