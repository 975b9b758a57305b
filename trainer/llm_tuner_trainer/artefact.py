"""Writes the tuned model: weights or adapter, tokenizer, template and manifest, all that serving needs."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from .loading import LoadedModel
from .run_folder import SCHEMA_VERSION, RunFolder, RunJob, sync_folder
from .versions import collect_versions


def save_artefact(folder: RunFolder, job: RunJob, loaded: LoadedModel, model: Any, train_sha256: str) -> int:
    """Save `model` (wrapped by peft for LoRA) to the run folder's `model/`; returns its size in bytes.

    Everything is written under a hidden name, made durable, then renamed. A model that an attempt before this one
    left is replaced.
    """
    temporary = folder.root / ".model.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        if job.hyperparameters.method == "lora":
            # Said explicitly, because peft would ask the hub whether the embeddings have changed.
            model.save_pretrained(temporary, save_embedding_layers=False)
        else:
            # Other runtimes learn from it where an answer ends.
            model.generation_config.eos_token_id = list(loaded.eos_token_ids)
            model.save_pretrained(temporary)
        loaded.template.save(temporary)
        manifest = _manifest(job, loaded, train_sha256)
        (temporary / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        # peft's page for the hub would say nothing but "more information needed".
        (temporary / "README.md").unlink(missing_ok=True)
        _make_durable(temporary)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    _replace(temporary, folder.model)
    return sum(path.stat().st_size for path in folder.model.iterdir())


def _manifest(job: RunJob, loaded: LoadedModel, train_sha256: str) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "adapter" if job.hyperparameters.method == "lora" else "full",
        "architecture": type(loaded.model).__name__,
        "base_model": job.base_model.to_json(),
        "base_model_sha256": loaded.base_model_sha256,
        "eos_token_ids": list(loaded.eos_token_ids),
        "context_window": loaded.context_window,
        "template_sha256": loaded.template.sha256,
        "train_data_sha256": train_sha256,
        "parameters": sum(parameter.numel() for parameter in loaded.model.parameters()),
        "versions": collect_versions(),
    }


def _make_durable(folder: Path) -> None:
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(folder)


def _replace(source: Path, target: Path) -> None:
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    source.rename(target)
    sync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)
