"""Says in `heartbeat.json` that this process makes progress."""

from __future__ import annotations

import json
import os
import time

from .event_log import utc_now
from .run_folder import RunFolder

_INTERVAL_SECONDS = 1.0


class Heartbeat:
    """Written whenever work was done, at most once a second; a hung process falls silent.

    `phase` tells where it hangs; `step` counts finished optimizer steps.
    """

    def __init__(self, folder: RunFolder, attempt: int) -> None:
        self._path = folder.heartbeat
        self._attempt = attempt
        self._phase = "starting"
        self._step = 0
        self._written_at = float("-inf")

    def enter(self, phase: str) -> None:
        """Begin a phase of the work; always written."""
        self._phase = phase
        self._write()

    def beat(self, step: int | None = None) -> None:
        """Say that some work was done, and how many steps are finished if that has changed."""
        if step is not None:
            self._step = step
        if time.monotonic() - self._written_at >= _INTERVAL_SECONDS:
            self._write()

    def _write(self) -> None:
        self._written_at = time.monotonic()
        beat = {
            "pid": os.getpid(),
            "attempt": self._attempt,
            "time": utc_now(),
            "phase": self._phase,
            "step": self._step,
        }
        # Not synced: a heartbeat that a power cut loses says nothing anyway.
        temporary = self._path.with_name(".heartbeat.json.tmp")
        temporary.write_text(json.dumps(beat), encoding="utf-8")
        temporary.replace(self._path)
