"""Saves and restores what training has reached: `checkpoints/step-N/`.

A checkpoint holds the trained weights, the optimizer's state and `state.json`. The learning rate, the order of the
data and the random numbers of dropout are functions of seed and step, so the step number restores all three.

A folder is written under a hidden name, made durable, then renamed: whatever has its final name is complete. Its files'
hashes are kept, so that one that a disk or a copy has damaged is noticed, and the one before it is used.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from .base_model import sha256_of_files
from .failures import TrainerError
from .run_folder import list_checkpoints, sync_folder

_WEIGHTS = "weights.safetensors"
_OPTIMIZER = "optimizer.pt"
_STATE = "state.json"


@dataclass(frozen=True)
class Progress:
    """How far training is: finished optimizer steps, and sums over all attempts."""

    step: int = 0
    trained_tokens: int = 0
    train_seconds: float = 0.0
    token_budget: int = 0


@dataclass(frozen=True)
class Saved:
    """A complete checkpoint on the disk; `path` is relative to the run folder."""

    step: int
    path: str
    bytes: int


class CheckpointStore:
    """The checkpoints of one run.

    `identity` is what must not change between attempts (settings, data, base model); the newest `kept` stay.
    """

    def __init__(self, folder: Path, identity: dict[str, Any], kept: int) -> None:
        self._folder = folder
        self._identity = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
        self._kept = kept

    def save(
        self, progress: Progress, trainable: list[tuple[str, nn.Parameter]], optimizer: torch.optim.Optimizer
    ) -> Saved:
        """Write a checkpoint, then remove the oldest ones beyond the number to keep."""
        target = self._folder / f"step-{progress.step}"
        temporary = self._folder / f".{target.name}.tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        try:
            self._write(temporary, progress, trainable, optimizer)
        except BaseException:
            # On a full disk the half of a checkpoint would take the space that the report of it needs.
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        # Only a damaged one can be there already.
        shutil.rmtree(target, ignore_errors=True)
        temporary.rename(target)
        sync_folder(self._folder)
        for _, old in list_checkpoints(self._folder)[self._kept :]:
            shutil.rmtree(old, ignore_errors=True)
        size = sum(file.stat().st_size for file in target.iterdir())
        return Saved(progress.step, f"{self._folder.name}/{target.name}", size)

    def _write(
        self,
        folder: Path,
        progress: Progress,
        trainable: list[tuple[str, nn.Parameter]],
        optimizer: torch.optim.Optimizer,
    ) -> None:
        save_file({name: parameter.detach().contiguous() for name, parameter in trainable}, folder / _WEIGHTS)
        # Through a Python file, so that a full disk is reported as one.
        with (folder / _OPTIMIZER).open("wb") as file:
            torch.save(optimizer.state_dict(), file)
        state = {
            "progress": asdict(progress),
            "identity": self._identity,
            "sha256": {name: sha256_of_files([folder / name]) for name in (_WEIGHTS, _OPTIMIZER)},
        }
        (folder / _STATE).write_text(json.dumps(state), encoding="utf-8")
        for file_path in folder.iterdir():
            with file_path.open("rb") as file:
                os.fsync(file.fileno())
        sync_folder(folder)

    def restore(
        self,
        trainable: list[tuple[str, nn.Parameter]],
        optimizer: torch.optim.Optimizer,
        on_skipped: Callable[[str], None],
    ) -> Progress:
        """Load the newest whole checkpoint into weights and optimizer; without one nothing changes.

        `on_skipped` is told about each damaged one that is passed over.

        Raises:
            TrainerError: `checkpoint_invalid` when the job is not the one that the checkpoint was made in.
        """
        for leftover in self._folder.glob(".step-*.tmp"):
            shutil.rmtree(leftover, ignore_errors=True)
        for _, path in list_checkpoints(self._folder):
            try:
                state = _read_whole(path)
            except (OSError, ValueError, KeyError, TypeError) as error:
                on_skipped(f"Checkpoint {path.name} is damaged and was passed over: {error}")
                continue
            if state["identity"] != self._identity:
                raise TrainerError(
                    "checkpoint_invalid",
                    f"Checkpoint {path.name} was made with other settings, other data or another base model.",
                    "Start a new job for the new settings.",
                )
            _load(path, trainable, optimizer)
            return Progress(**state["progress"])
        return Progress()


def _read_whole(path: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads((path / _STATE).read_text(encoding="utf-8"))
    Progress(**state["progress"])
    for name, expected in state["sha256"].items():
        if sha256_of_files([path / name]) != expected:
            raise ValueError(f"{name} has changed since it was written")
    return state


def _load(path: Path, trainable: list[tuple[str, nn.Parameter]], optimizer: torch.optim.Optimizer) -> None:
    weights = load_file(path / _WEIGHTS)
    with torch.no_grad():
        for name, parameter in trainable:
            parameter.copy_(weights[name])
    # weights_only: a checkpoint is data, and loading data must not run code.
    optimizer.load_state_dict(torch.load(path / _OPTIMIZER, map_location="cpu", weights_only=True))
