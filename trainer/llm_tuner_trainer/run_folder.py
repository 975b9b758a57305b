"""The run folder: the only thing that the trainer shares with whoever started it.

The protocol is written once, in `contract/src/run-folder.ts`; JSON Schemas derived from it are in
`contract/jsonschema`, and the tests hold this module to them. This module reads `job.json` and names the paths;
`event_log` appends events, `heartbeat` says that the process is at work.
"""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from .base_model import FolderSource, HubSource, ModelSource
from .failures import TrainerError
from .fields import FieldError, Fields, read_object

SCHEMA_VERSION = 1
EXIT_COMPLETED = 0
EXIT_FAILED = 1
EXIT_STOPPED = 3

Task = Literal["train", "tokenize"]
DEVICES: tuple[Literal["auto", "cpu", "cuda", "mps"], ...] = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class Hyperparameters:
    """Settings of a tuning run; `batch_size` counts the examples of one optimizer step."""

    learning_rate: float
    batch_size: int
    epochs: int
    optimizer: Literal["adam", "adamw", "sgd"]
    weight_decay: float
    max_sequence_length: int
    method: Literal["full", "lora"]
    lora_rank: int
    lora_alpha: float
    lora_dropout: float
    warmup_ratio: float
    scheduler: Literal["constant", "linear", "cosine"]
    gradient_clip: float
    seed: int


@dataclass(frozen=True)
class BaseModel:
    """The model that a run starts from."""

    name: str
    source: ModelSource

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "source": self.source.to_json()}


@dataclass(frozen=True)
class RunJob:
    """What is to be done: `job.json`."""

    job_name: str
    task: Task
    base_model: BaseModel
    hyperparameters: Hyperparameters
    evaluations: int
    checkpoint_every_seconds: float
    checkpoints_kept: int
    golden_prompts: int
    device: Literal["auto", "cpu", "cuda", "mps"]
    threads: int

    def identity(self) -> dict[str, Any]:
        """What must be the same for a checkpoint to be continued."""
        return {"base_model": self.base_model.name, "hyperparameters": asdict(self.hyperparameters)}


@dataclass(frozen=True)
class RunFolder:
    """Paths inside one run folder."""

    root: Path

    @property
    def job(self) -> Path:
        return self.root / "job.json"

    @property
    def train(self) -> Path:
        return self.root / "data" / "train.jsonl"

    @property
    def held_out(self) -> Path:
        return self.root / "data" / "held-out.jsonl"

    @property
    def events(self) -> Path:
        return self.root / "events.jsonl"

    @property
    def heartbeat(self) -> Path:
        return self.root / "heartbeat.json"

    @property
    def log(self) -> Path:
        return self.root / "log.txt"

    @property
    def lock(self) -> Path:
        return self.root / ".lock"

    @property
    def cache(self) -> Path:
        """Tokens of the data; may be deleted when no process runs."""
        return self.root / "cache"

    @property
    def checkpoints(self) -> Path:
        return self.root / "checkpoints"

    @property
    def model(self) -> Path:
        return self.root / "model"

    @property
    def parity(self) -> Path:
        return self.root / "parity.json"

    def read_job(self) -> RunJob:
        """Read and check `job.json`.

        Raises:
            TrainerError: `job_invalid`, naming the field that is wrong.
        """
        try:
            return _read_job(read_object(self.job))
        except FieldError as error:
            raise TrainerError(
                "job_invalid", f"job.json: {error}", "Write the job as contract/jsonschema/run-job.schema.json says."
            ) from error


def read_base_model(fields: Fields) -> BaseModel:
    """`{name, source}` of a run or serving job.

    Raises:
        FieldError: a field is missing, unknown or wrong.
    """
    name = fields.text("name")
    source = fields.object("source")
    fields.finish()
    kind = source.choice("kind", ("folder", "hub"))
    result: ModelSource
    if kind == "folder":
        result = FolderSource(source.text("path"))
    else:
        result = HubSource(source.text("repository"), source.text("revision"))
    source.finish()
    return BaseModel(name, result)


def _read_job(fields: Fields) -> RunJob:
    fields.integer("schema_version", SCHEMA_VERSION, SCHEMA_VERSION)
    job = RunJob(
        job_name=fields.text("job_name"),
        task=fields.choice("task", ("train", "tokenize")),
        base_model=read_base_model(fields.object("base_model")),
        hyperparameters=_read_hyperparameters(fields.object("hyperparameters")),
        evaluations=fields.integer("evaluations", 0, 1000),
        checkpoint_every_seconds=fields.number("checkpoint_every_seconds", 0, above_low=True),
        checkpoints_kept=fields.integer("checkpoints_kept", 1, 100),
        golden_prompts=fields.integer("golden_prompts", 0, 32),
        device=fields.choice("device", DEVICES),
        threads=fields.integer("threads", 0, 1024),
    )
    fields.finish()
    return job


def _read_hyperparameters(fields: Fields) -> Hyperparameters:
    hyperparameters = Hyperparameters(
        learning_rate=fields.number("learning_rate", 0, 1, above_low=True),
        batch_size=fields.integer("batch_size", 1, 1024),
        epochs=fields.integer("epochs", 1, 100),
        optimizer=fields.choice("optimizer", ("adam", "adamw", "sgd")),
        weight_decay=fields.number("weight_decay", 0, 1),
        max_sequence_length=fields.integer("max_sequence_length", 8, 131_072),
        method=fields.choice("method", ("full", "lora")),
        lora_rank=fields.integer("lora_rank", 1, 512),
        lora_alpha=fields.number("lora_alpha", 0, 2048, above_low=True),
        lora_dropout=fields.number("lora_dropout", 0, 0.9),
        warmup_ratio=fields.number("warmup_ratio", 0, 0.5),
        scheduler=fields.choice("scheduler", ("constant", "linear", "cosine")),
        gradient_clip=fields.number("gradient_clip", 0, 1000),
        seed=fields.integer("seed", 0, 2_147_483_647),
    )
    fields.finish()
    return hyperparameters


def list_checkpoints(folder: Path) -> list[tuple[int, Path]]:
    """Step and folder of every complete checkpoint, the newest first."""
    if not folder.is_dir():
        return []
    named = ((re.fullmatch(r"step-(\d+)", path.name), path) for path in folder.iterdir())
    return sorted(((int(match[1]), path) for match, path in named if match), reverse=True)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file so that a reader sees the old text or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a rename alone may be lost when the machine loses power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
