"""Puts a LoRA adapter (Hu et al. 2021) into a base model."""

from __future__ import annotations

import warnings
from typing import Any

from .base_model import FAMILIES
from .run_folder import Hyperparameters


def add_adapter(model: Any, hyperparameters: Hyperparameters, base_name: str) -> Any:
    """`model` with low-rank adapters on all linear layers of its blocks, and only these trainable.

    Embeddings and head stay as they are: where they are one tied tensor, adapting one of them would untie it. GPT-2
    keeps its layers transposed (`Conv1D`), which peft must be told (`fan_in_fan_out`). Adapter weights are float32.
    """
    from peft import LoraConfig, get_peft_model

    family = FAMILIES[model.config.model_type]
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=hyperparameters.lora_rank,
        lora_alpha=hyperparameters.lora_alpha,
        lora_dropout=hyperparameters.lora_dropout,
        target_modules=list(family.lora_targets),
        fan_in_fan_out=family.fan_in_fan_out,
    )
    with warnings.catch_warnings():
        # Of one library about another; nobody who reads the log can do anything about it.
        warnings.simplefilter("ignore", FutureWarning)
        adapted = get_peft_model(model, config)
    # peft would write the path of a folder of this machine into the adapter.
    adapted.peft_config["default"].base_model_name_or_path = base_name
    return adapted
