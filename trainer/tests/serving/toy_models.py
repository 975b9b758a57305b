"""Toy models whose greedy answers vary with the prompt and as good as never end by themselves."""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from llm_tuner_trainer.base_model import FAMILIES
from tests.training.toys import CHATML, write_model

ALL_FAMILIES = tuple(FAMILIES)
SPECIAL_TOKENS = 4


def write_toy_model(folder: Path, family: str, context_window: int = 256) -> Path:
    """Writes a model of a few thousand parameters. All toys but GPT-2's have a chat template of their own."""
    changes: dict[str, Any] = {("n_positions" if family == "gpt2" else "max_position_embeddings"): context_window}
    if family == "mistral":
        # A window shorter than the tests' texts.
        changes["sliding_window"] = 8
    # Weights far from zero: with the usual tiny ones every prompt would get the same answer.
    template = None if family == "gpt2" else CHATML
    write_model(folder, family, template, initializer_range=0.4, tie_word_embeddings=True, **changes)
    model = AutoModelForCausalLM.from_pretrained(folder)
    # Every end token scores zero at every place, so another token is always more likely.
    with torch.no_grad():
        model.get_input_embeddings().weight[:SPECIAL_TOKENS] = 0
    model.save_pretrained(folder)
    return folder
