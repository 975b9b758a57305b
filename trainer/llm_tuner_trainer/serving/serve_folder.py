"""The serving folder: `serve.json` says what to load, `serving.json` says where it answers.

The protocol is `ServeJob` and `ServingAnnouncement` in `contract/src/run-folder.ts`.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from ..devices import DeviceChoice
from ..failures import TrainerError
from ..fields import FieldError, Fields, read_object
from ..run_folder import DEVICES, SCHEMA_VERSION, BaseModel, read_base_model, write_atomically

SHORTEST_TOKEN = 32


@dataclass(frozen=True)
class ServeJob:
    """What to serve: `serve.json`. `artefact` is a run folder's `model/`, or None for the base model itself."""

    model: str
    base_model: BaseModel
    artefact: Path | None
    token: str
    device: DeviceChoice
    threads: int
    max_batch: int
    max_queue: int


@dataclass(frozen=True)
class ServeFolder:
    """Paths inside one serving folder."""

    root: Path

    @property
    def job(self) -> Path:
        return self.root / "serve.json"

    @property
    def announcement(self) -> Path:
        return self.root / "serving.json"

    def read_job(self) -> ServeJob:
        """Read and check `serve.json`.

        Raises:
            TrainerError: `job_invalid`, naming the field that is wrong.
        """
        try:
            return _read_job(read_object(self.job))
        except FieldError as error:
            raise TrainerError(
                "job_invalid",
                f"serve.json: {error}",
                "Write the job as contract/jsonschema/serve-job.schema.json says.",
            ) from error

    def announce(self, port: int, context_window: int) -> None:
        """Say that this process answers now."""
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        announcement = {"pid": os.getpid(), "port": port, "context_window": context_window, "time": now}
        write_atomically(self.announcement, json.dumps(announcement))


def _read_job(fields: Fields) -> ServeJob:
    fields.integer("schema_version", SCHEMA_VERSION, SCHEMA_VERSION)
    artefact = fields.optional_text("artefact")
    job = ServeJob(
        model=fields.text("model"),
        base_model=read_base_model(fields.object("base_model")),
        artefact=None if artefact is None else Path(artefact),
        token=fields.text("token"),
        device=fields.choice("device", DEVICES),
        threads=fields.integer("threads", 0, 1024),
        max_batch=fields.integer("max_batch", 1, 256),
        max_queue=fields.integer("max_queue", 1, 10_000),
    )
    fields.finish()
    if len(job.token) < SHORTEST_TOKEN:
        raise FieldError(f"token must have at least {SHORTEST_TOKEN} characters")
    if job.artefact is not None and not (job.artefact / "manifest.json").is_file():
        raise FieldError(f"artefact {job.artefact} is not the folder of a tuned model: manifest.json is missing")
    return job
