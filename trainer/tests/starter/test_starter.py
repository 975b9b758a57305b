"""The bundled starter model: its text can be made again, its files are complete, small and safe to load."""

import hashlib
import json
from itertools import islice
from pathlib import Path
from random import Random

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from llm_tuner_trainer.base_model import FolderSource
from llm_tuner_trainer.loading import load_for_inference
from llm_tuner_trainer.parity import generate_greedily
from llm_tuner_trainer.template import ChatTemplate, Message
from starter import train_starter
from starter.corpus import CHAT_KINDS, TEXT_KINDS, examples, plain_text
from starter.tokenizer import CONTEXT_WINDOW, END, TURNS, train_tokenizer

MODEL = Path(train_starter.__file__).parent / "model"
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(MODEL, local_files_only=True)


def first_examples(seed: int, count: int) -> list[dict]:
    return list(islice(examples(seed), count))


def test_the_same_seed_gives_the_same_text_and_another_seed_another():
    assert first_examples(1, 500) == first_examples(1, 500)
    assert first_examples(1, 50) != first_examples(2, 50)


@pytest.mark.parametrize("make", [make for _, make in CHAT_KINDS], ids=lambda make: make.__name__)
def test_every_chat_alternates_and_ends_with_an_answer(make):
    for seed in range(200):
        messages = make(Random(seed))
        turns = [message["role"] for message in messages if message["role"] != "system"]
        assert turns == ["user", "assistant"] * (len(turns) // 2)
        assert turns
        assert all(message["content"].strip() and "{" not in message["content"] for message in messages)


@pytest.mark.parametrize("make", [make for _, make in TEXT_KINDS], ids=lambda make: make.__name__)
def test_every_text_says_something(make):
    assert all(make(Random(seed)).strip() for seed in range(200))


@pytest.mark.parametrize(
    "text",
    [
        "plain words",
        "Grüße aus 漢字, 🪴🧑‍🌾 and \u200bعربى",
        "  spaces  \n\n\ttabs\r\n",
        "12,345.67 €",
        "".join(map(chr, range(1, 0x250))),
        "\U0010ffff\ufffd\u0000",
    ],
)
def test_any_text_survives_a_round_trip(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


def test_random_unicode_survives_a_round_trip(tokenizer):
    random = Random(1)
    for _ in range(200):
        points = [random.randrange(0x110000) for _ in range(20)]
        text = "".join(chr(point) for point in points if not 0xD800 <= point < 0xE000)
        assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


def test_every_digit_is_a_token_of_its_own(tokenizer):
    tokens = [tokenizer.decode([token]) for token in tokenizer.encode("cost 2024 and 77.5", add_special_tokens=False)]
    assert [token for token in tokens if any(sign.isdigit() for sign in token)] == list("2024775")


def test_end_and_padding_are_different_and_nothing_is_added_to_a_text(tokenizer):
    assert tokenizer.eos_token == END
    assert tokenizer.pad_token_id != tokenizer.eos_token_id
    assert tokenizer.bos_token is None
    assert tokenizer.encode("x") == tokenizer.encode("x", add_special_tokens=False)
    assert all(len(tokenizer.encode(turn)) == 1 for turn in TURNS)


CONVERSATION = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": " Hi\n"},
    {"role": "assistant", "content": "Hello!"},
    {"role": "user", "content": "Bye"},
]


@pytest.mark.parametrize(
    ("messages", "generate", "golden"),
    [
        (CONVERSATION[1:2], True, "<|user|> Hi\n<|end|><|assistant|>"),
        (CONVERSATION[1:3], False, "<|user|> Hi\n<|end|><|assistant|>Hello!<|end|>"),
        (
            CONVERSATION,
            True,
            "<|system|>Be brief.<|end|><|user|> Hi\n<|end|><|assistant|>Hello!<|end|><|user|>Bye<|end|><|assistant|>",
        ),
    ],
)
def test_golden_renderings_by_transformers_and_by_the_trainer(tokenizer, messages, generate, golden):
    assert tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=generate) == golden
    assert ChatTemplate.load(MODEL).render([Message(**message) for message in messages], generate) == golden


def test_another_role_is_refused(tokenizer):
    with pytest.raises(Exception, match="system, user and assistant"):
        tokenizer.apply_chat_template([{"role": "tool", "content": "x"}], tokenize=False)


def test_the_folder_is_complete_small_and_holds_safetensors_only():
    names = {file.name for file in MODEL.iterdir()}
    assert names == {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "chat_template.jinja",
        "generation_config.json",
        "MODEL_CARD.md",
    }
    assert sum(file.stat().st_size for file in MODEL.iterdir()) < 8 * MEGABYTE


def test_tokenizer_and_model_agree_and_load_from_safetensors(tokenizer):
    model = AutoModelForCausalLM.from_pretrained(MODEL, use_safetensors=True, local_files_only=True)
    config = model.config
    assert config.vocab_size == len(tokenizer)
    assert config.max_position_embeddings == CONTEXT_WINDOW == tokenizer.model_max_length
    assert (config.eos_token_id, config.pad_token_id) == (tokenizer.eos_token_id, tokenizer.pad_token_id)
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight


def test_it_greets_and_says_what_it_is():
    loaded = load_for_inference(FolderSource(str(MODEL)), None, "cpu", threads=1)

    def answer(question: str) -> str:
        prompt_ids = loaded.template.encode_chat([Message("user", question)])
        tokens = generate_greedily(loaded.model, prompt_ids, 64, loaded.eos_token_ids)
        assert tokens[-1] in loaded.eos_token_ids
        return loaded.tokenizer.decode(tokens)

    assert "help you" in answer("Hello!") or "do for you" in answer("Hello!")
    assert "starter model" in answer("Who are you?")
    assert answer("What is a token?").startswith("A token is a small piece of text")


def test_the_committed_tokenizer_is_the_one_that_the_script_makes(tmp_path):
    texts = map(plain_text, islice(examples(train_starter.CORPUS_SEED), train_starter.TOKENIZER_EXAMPLES))
    train_tokenizer(texts).save_pretrained(tmp_path)
    for name in ("tokenizer.json", "chat_template.jinja", "tokenizer_config.json"):
        assert digest(tmp_path / name) == digest(MODEL / name)


def test_the_script_trains_the_same_weights_for_the_same_seed_and_saves_them(tokenizer, tmp_path):
    recipe = train_starter.Recipe(tokens=3 * 4096, row_length=64, precision=torch.float32)
    digests = set()
    for name in ("first", "second"):
        torch.manual_seed(recipe.seed)
        model = train_starter.new_model(tokenizer)
        before = model.get_input_embeddings().weight.clone()
        train_starter.pretrain(model, tokenizer, recipe)
        assert not torch.equal(before, model.get_input_embeddings().weight)
        train_starter.save(model, tokenizer, tmp_path / name)
        digests.add(digest(tmp_path / name / "model.safetensors"))
    assert len(digests) == 1
    assert {file.name for file in (tmp_path / "first").iterdir()} == {file.name for file in MODEL.iterdir()}
    assert json.loads((tmp_path / "first" / "config.json").read_text())["dtype"] == "bfloat16"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
