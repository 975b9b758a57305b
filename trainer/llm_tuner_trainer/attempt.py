"""What every part of a run needs: the folder, its events, its heartbeat, and whether to stop."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from types import FrameType

from .event_log import EventLog
from .heartbeat import Heartbeat
from .run_folder import RunFolder


class Stopped(BaseException):
    """Somebody asked this process to stop. Not an `Exception`, so that no handler of errors takes it for one."""


class StopRequest:
    """Set by SIGTERM or SIGINT; the work looks at it between two of its pieces."""

    def __init__(self) -> None:
        self._requested = False

    def listen(self) -> None:
        """Take the two signals. Asked twice is asked once: leaving half a checkpoint helps nobody."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)

    def request(self) -> None:
        """Ask for the stop."""
        self._requested = True

    def check(self) -> None:
        """Raise `Stopped` if it was asked for."""
        if self._requested:
            raise Stopped

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.request()


@dataclass(frozen=True)
class Attempt:
    """One process at work on one run folder."""

    folder: RunFolder
    events: EventLog
    heartbeat: Heartbeat
    stop: StopRequest

    def beat(self) -> None:
        """Between two pieces of work: say that one was done, and leave if asked to."""
        self.heartbeat.beat()
        self.stop.check()

    def enter(self, phase: str) -> None:
        """Begin a phase, unless asked to stop."""
        self.stop.check()
        self.heartbeat.enter(phase)

    def warn(self, code: str, message: str) -> None:
        """A `log` event of level warning."""
        self.events.log("warning", code, message)
