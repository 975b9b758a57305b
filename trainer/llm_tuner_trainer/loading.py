"""Loads a base model, or a tuned one, with its tokenizer and template. Training and serving both come here.

Weights are read from safetensors only, and code that a model's folder may carry is never run.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig, PreTrainedModel
from transformers.utils import logging as transformers_logging

from .base_model import (
    ModelSource,
    hash_weights,
    read_context_window,
    read_family,
    read_json,
    resolve_source,
    unsupported,
    weight_files,
)
from .devices import DeviceChoice, choose_device, inference_dtype, set_threads
from .failures import TrainerError
from .template import ChatTemplate

# Warnings about how to train and progress bars are not for the people who read the trainer's log.
transformers_logging.set_verbosity_error()
transformers_logging.disable_progress_bar()


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to compute, in evaluation mode, with everything that turns text into its tokens.

    `model` is a transformers model, wrapped by peft when an adapter was loaded. `base_model_sha256` is over the
    weight files that the model was made from.
    """

    model: Any
    template: ChatTemplate
    context_window: int
    device: torch.device
    base_model_sha256: str

    @property
    def tokenizer(self) -> Tokenizer:
        return self.template.tokenizer

    @property
    def eos_token_ids(self) -> tuple[int, ...]:
        return self.template.eos_token_ids


def load_for_inference(
    base_source: ModelSource, artefact_path: Path | None, device: DeviceChoice = "auto", threads: int = 0
) -> LoadedModel:
    """Load the base model, or a run folder's `model/` on top of it, exactly as the trainer had it in memory.

    An adapter stays beside the weights: merging it would round differently from the model that was trained.

    Args:
        base_source: The base model; not touched when the artefact holds all weights itself.
        artefact_path: A folder with manifest.json, or None to load the base model.
        device: Where to compute.
        threads: CPU threads; 0 for all usable physical cores.

    Raises:
        TrainerError: `base_model_unavailable`, `base_model_unsupported`, `licence_required`, or
            `checkpoint_invalid` when the artefact is damaged or belongs to another base model.
    """
    set_threads(threads)
    place = choose_device(device)
    if artefact_path is None:
        return load_for_training(base_source, place, inference_dtype(place))
    manifest = read_json(artefact_path / "manifest.json")
    template = ChatTemplate.load(artefact_path, manifest.get("eos_token_ids"))
    if template.sha256 != manifest.get("template_sha256"):
        raise _damaged("its chat template is not the one that it was trained with")
    weights_sha256 = str(manifest.get("base_model_sha256"))
    if manifest.get("kind") == "full":
        model: Any = _load_weights(artefact_path, place, inference_dtype(place))
    else:
        base = load_for_training(base_source, place, inference_dtype(place))
        if base.base_model_sha256 != weights_sha256:
            raise _damaged("the base model's weights are not those that it was trained on")
        model = _load_adapter(base.model, artefact_path)
    context_window = int(manifest["context_window"])
    return LoadedModel(model, template, context_window, place, weights_sha256)


def load_for_training(source: ModelSource, device: torch.device, dtype: torch.dtype) -> LoadedModel:
    """Load a base model with its weights in `dtype`.

    Raises:
        TrainerError: `base_model_unavailable`, `base_model_unsupported` or `licence_required`.
    """
    folder = resolve_source(source, weights=True)
    template = ChatTemplate.load(folder)
    model = _load_weights(folder, device, dtype)
    highest_id = max(template.tokenizer.get_vocab().values())
    if highest_id >= model.get_input_embeddings().num_embeddings:
        raise unsupported(f"The tokenizer knows token {highest_id}, more than the model has embeddings for.")
    return LoadedModel(model, template, read_context_window(folder), device, hash_weights(folder))


def _load_weights(folder: Path, device: torch.device, dtype: torch.dtype) -> PreTrainedModel:
    read_family(folder)
    weight_files(folder)
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        model, report = AutoModelForCausalLM.from_pretrained(
            folder,
            config=config,
            dtype=dtype,
            attn_implementation="sdpa",
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            # Told apart below, from a damaged file.
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise TrainerError(
            "base_model_unavailable",
            f"The model's weights cannot be read: {error}",
            "Copy or download the model again; a file is damaged or missing.",
        ) from error
    # transformers fills what the files lack with random numbers; such a model must not pass for the real one.
    if report["missing_keys"] or report["mismatched_keys"]:
        wrong = sorted(str(key) for key in [*report["missing_keys"], *report["mismatched_keys"]])
        raise unsupported(f"The model's weights are incomplete or do not fit its config.json: {', '.join(wrong[:5])}.")
    # Sampling defaults that came with the model would mix into every greedy answer.
    model.generation_config = GenerationConfig()
    return model.to(device).eval()


def _load_adapter(model: PreTrainedModel, artefact: Path) -> Any:
    from peft import PeftModel

    try:
        with warnings.catch_warnings():
            # Of one library about another; nobody who reads the log can do anything about it.
            warnings.simplefilter("ignore", FutureWarning)
            return PeftModel.from_pretrained(model, artefact, is_trainable=False).eval()
    except (OSError, SafetensorError, ValueError, RuntimeError) as error:
        raise _damaged(str(error)) from error


def _damaged(reason: str) -> TrainerError:
    return TrainerError("checkpoint_invalid", f"The tuned model cannot be used: {reason}.", "Tune the model again.")
