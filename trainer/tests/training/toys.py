"""Toy base models, toy data and run folders: real in every respect but size. Nothing is downloaded."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    PretrainedConfig,
    Qwen2Config,
    Qwen3Config,
)

from llm_tuner_trainer.base_model import FolderSource
from llm_tuner_trainer.loading import LoadedModel, load_for_training
from llm_tuner_trainer.run import run
from llm_tuner_trainer.run_folder import EXIT_COMPLETED, RunFolder

CONTEXT_WINDOW = 96
VOCABULARY = 340
CHATML = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
LLAMA_2 = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '[INST] ' + message['content'] | trim + ' [/INST]' }}{% elif message['role'] == 'assistant' %}"
    "{{ ' ' + message['content'] | trim + ' ' + eos_token }}{% else %}"
    "{{ raise_exception('Only user and assistant roles are supported.') }}{% endif %}{% endfor %}"
)
NEVER_CLOSED = (
    "{% for message in messages %}{{ message['role'] | upper + ': ' + message['content'] + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT: ' }}{% endif %}"
)


def gpt2_tokenizer() -> Tokenizer:
    """Like GPT-2's: bytes, merges, and one special token that is beginning, end and padding at once."""
    tokenizer = _byte_tokenizer(["<|endoftext|>"])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def llama_tokenizer() -> Tokenizer:
    """Like Llama's: puts a BOS before every text that is encoded with special tokens."""
    tokenizer = _byte_tokenizer(["<s>", "</s>", "<|im_start|>", "<|im_end|>"])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return tokenizer


def _byte_tokenizer(special: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["### User: what is the colour of the sky? ### Assistant: blue"] * 4, trainer)
    return tokenizer


def write_tokenizer(folder: Path, tokenizer: Tokenizer, template: str | None = None, **config: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **config}))
    if template is not None:
        (folder / "chat_template.jinja").write_text(template)
    return folder


def model_config(model_type: str, **changes: Any) -> PretrainedConfig:
    """A tiny configuration of each supported family. Dropout is on where the family has any."""
    if model_type == "gpt2":
        sizes = {"n_positions": CONTEXT_WINDOW, "n_embd": 32, "n_layer": 2, "n_head": 2}
        return GPT2Config(**{"vocab_size": VOCABULARY, "bos_token_id": 0, "eos_token_id": 0, **sizes, **changes})
    classes = {"llama": LlamaConfig, "mistral": MistralConfig, "qwen2": Qwen2Config, "qwen3": Qwen3Config}
    settings = {
        "vocab_size": VOCABULARY,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 16,
        "max_position_embeddings": CONTEXT_WINDOW,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": None,
    }
    return classes[model_type](**{**settings, **changes})


def write_model(folder: Path, model_type: str, template: str | None = None, **changes: Any) -> Path:
    """A base model with random weights and its tokenizer, in Hugging Face layout."""
    if model_type == "gpt2":
        write_tokenizer(folder, gpt2_tokenizer(), template, bos_token="<|endoftext|>", eos_token="<|endoftext|>")
    else:
        write_tokenizer(folder, llama_tokenizer(), template, bos_token="<s>", eos_token="</s>")
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(model_config(model_type, **changes)).save_pretrained(folder)
    return folder


def load(folder: Path) -> LoadedModel:
    return load_for_training(FolderSource(str(folder)), torch.device("cpu"), torch.float32)


def load_config(folder: Path) -> PretrainedConfig:
    return AutoConfig.from_pretrained(folder, local_files_only=True)


def chat(question: str, answer: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}


def colour_examples(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Questions and answers of very different lengths, with a rule in them that a toy model can learn."""
    random = Random(seed)
    things = ["sky", "sea", "grass", "night", "snow"]
    answers = {"sky": "blue", "sea": "blue and deep", "grass": "green", "night": "black as it can be", "snow": "white"}
    rows = []
    for _ in range(count):
        thing = random.choice(things)
        rows.append(chat(f"what is the colour of the {thing}{'?' * random.randint(1, 9)}", answers[thing]))
    return rows


@dataclass(frozen=True)
class ToyRun:
    """A run folder made by `write_run`."""

    folder: RunFolder
    job: dict[str, Any]

    @property
    def root(self) -> Path:
        return self.folder.root

    def run(self) -> int:
        return run(self.root)

    def complete(self) -> "ToyRun":
        assert self.run() == EXIT_COMPLETED, self.events()[-1]
        return self

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        lines = self.folder.events.read_text(encoding="utf-8").splitlines()
        return [event for event in map(json.loads, lines) if kind in (None, event["type"])]

    def steps(self) -> dict[int, dict[str, Any]]:
        """The step events that stand, by step; each step stands once."""
        events = [event for event in self.standing() if event["type"] == "step"]
        by_step = {event["step"]: event for event in events}
        assert len(by_step) == len(events)
        return by_step

    def evaluations(self) -> list[tuple[int, str, float]]:
        """Step, phase and loss of the evaluations that stand."""
        return [(e["step"], e["phase"], e["loss"]) for e in self.standing() if e["type"] == "evaluation"]

    def standing(self) -> list[dict[str, Any]]:
        """All events but those that were taken back: a resumed attempt takes back what is after its `from_step`."""
        standing: list[dict[str, Any]] = []
        for event in self.events():
            if event["type"] == "resumed":
                standing = [seen for seen in standing if seen.get("step", 0) <= event["from_step"]]
            standing.append(event)
        return standing


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_run(
    root: Path,
    base: Path,
    *,
    train: list[dict[str, Any]] | None = None,
    held_out: list[dict[str, Any]] | None = None,
    hyperparameters: dict[str, Any] | None = None,
    **changes: Any,
) -> ToyRun:
    """A run folder with 30 training examples, or with what is given."""
    job = {
        "schema_version": 1,
        "job_name": "toy-job",
        "task": "train",
        "base_model": {"name": "toy", "source": {"kind": "folder", "path": str(base)}},
        "hyperparameters": {
            "learning_rate": 5e-3,
            "batch_size": 4,
            "epochs": 1,
            "optimizer": "adamw",
            "weight_decay": 0.01,
            "max_sequence_length": CONTEXT_WINDOW,
            "method": "full",
            "lora_rank": 4,
            "lora_alpha": 8,
            "lora_dropout": 0.0,
            "warmup_ratio": 0.1,
            "scheduler": "linear",
            "gradient_clip": 1.0,
            "seed": 7,
            **(hyperparameters or {}),
        },
        "evaluations": 2,
        "checkpoint_every_seconds": 1000,
        "checkpoints_kept": 2,
        "golden_prompts": 2,
        "device": "cpu",
        "threads": 1,
        **changes,
    }
    write_lines(root / "data" / "train.jsonl", colour_examples(30) if train is None else train)
    write_lines(root / "data" / "held-out.jsonl", colour_examples(6, seed=1) if held_out is None else held_out)
    (root / "job.json").write_text(json.dumps(job), encoding="utf-8")
    return ToyRun(RunFolder(root), job)
