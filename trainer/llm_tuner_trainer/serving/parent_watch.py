"""Ends the process with the one that started it, however that one ended."""

from __future__ import annotations

import os
import signal
import threading

_POLL_SECONDS = 1.0


def end_with_parent(parent_pid: int) -> None:
    """Send this process SIGTERM once `parent_pid` is not its parent any more.

    An orphan is handed to another process, so a changed parent means that ours has died, however it died.
    """

    def watch() -> None:
        # Waiting on an event that never comes is a sleep that does not keep the process alive.
        never = threading.Event()
        while os.getppid() == parent_pid:
            never.wait(_POLL_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
