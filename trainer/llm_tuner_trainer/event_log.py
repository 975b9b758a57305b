"""Appends events to `events.jsonl`, one JSON object a line, numbered over the whole life of the run folder."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

# Only the last line can be torn, and no event is longer than its log tail allows.
_TAIL_BLOCK_BYTES = 1 << 20


def utc_now() -> str:
    """The time as the contract writes it: UTC, milliseconds, `Z`."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class EventLog:
    """The events of one run folder; opening it repairs a torn last line and starts a new attempt.

    `attempt` is one more than the attempts that left events. Every event reaches the operating system before `append`
    returns, so that it survives a kill of this process; `sync` makes it survive the machine too.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        _cut_torn_line(path)
        self._size = path.stat().st_size
        self._seq = 0
        self.attempt = 1
        self._last: dict[tuple[str, str | None], dict[str, Any]] = {}
        for event in read_events(path):
            self._seq = event["seq"]
            self.attempt = event["attempt"] + 1
            self._last[event["type"], event.get("phase")] = event

    def append(self, kind: str, **fields: object) -> None:
        """Append one event of type `kind`; `fields` are those that the contract gives this type."""
        event = {"seq": self._seq + 1, "time": utc_now(), "attempt": self.attempt, "type": kind, **fields}
        # ASCII alone: some readers take U+2028 in a text for the end of the line.
        line = json.dumps(event, allow_nan=False, separators=(",", ":"))
        data = line.encode("ascii") + b"\n"
        if self._file.write(data) != len(data):
            # A full disk takes a part of a line; without this the next event would be glued to it.
            self._file.truncate(self._size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._size += len(data)
        self._seq += 1

    def log(self, level: str, code: str | None, message: str) -> None:
        """Append a `log` event and print its message for people."""
        self.append("log", level=level, code=code, message=message)
        print(f"{level}: {message}", flush=True)

    def sync(self) -> None:
        """Wait until all events are on the disk."""
        os.fsync(self._file.fileno())

    def last(self, kind: str, phase: str | None = None) -> dict[str, Any] | None:
        """The latest event of a type (for `evaluation`, of a phase) that earlier attempts left."""
        return self._last.get((kind, phase))

    def close(self) -> None:
        self._file.close()


def read_events(path: Path) -> Iterator[dict[str, Any]]:
    """The events in a file, in order; a line that is not an event (of a damaged disk) is passed over."""
    with path.open("rb") as file:
        for line in file:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and isinstance(event.get("seq"), int):
                yield event


def _cut_torn_line(path: Path) -> None:
    """Remove what a crash in the middle of a write left behind the last complete line."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        end = size
        while end > 0:
            start = max(0, end - _TAIL_BLOCK_BYTES)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        if end < size:
            file.truncate(end)
