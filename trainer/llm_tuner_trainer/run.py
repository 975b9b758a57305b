"""Runs the job of one run folder and ends it in a state that the folder tells, whatever happens."""

from __future__ import annotations

import sys
import traceback
from collections import deque
from pathlib import Path
from typing import IO

from .attempt import Attempt, Stopped, StopRequest
from .event_log import EventLog
from .failures import TrainerError, classify
from .heartbeat import Heartbeat
from .run_folder import EXIT_COMPLETED, EXIT_FAILED, EXIT_STOPPED, RunFolder, list_checkpoints

# sysexits.h EX_TEMPFAIL. Not one of the protocol's codes: the run goes on in another process.
EXIT_BUSY = 75
_LOG_TAIL_LINES = 200
_LOG_LINE_CHARACTERS = 2000


def run(root: Path) -> int:
    """Do the job in the run folder `root`; returns the exit code of the process.

    A folder whose job is completed is left as it is. A folder with checkpoints is gone on with.
    """
    stop = StopRequest()
    stop.listen()
    folder = RunFolder(root.resolve())
    if not folder.root.is_dir():
        print(f"{root} is not a folder.", file=sys.stderr)
        return EXIT_FAILED
    with folder.lock.open("w") as lock:
        if not _try_lock(lock):
            print(f"Another process is at work on {root}.", file=sys.stderr)
            return EXIT_BUSY
        events = EventLog(folder.events)
        try:
            if events.last("completed") is not None:
                return EXIT_COMPLETED
            return _run_attempt(Attempt(folder, events, Heartbeat(folder, events.attempt), stop))
        finally:
            events.close()


def _run_attempt(attempt: Attempt) -> int:
    try:
        attempt.enter("starting")
        _run_task(attempt)
    except Stopped:
        newest = next(iter(list_checkpoints(attempt.folder.checkpoints)), None)
        attempt.events.append(
            "stopped",
            step=newest[0] if newest else 0,
            checkpoint=f"checkpoints/{newest[1].name}" if newest else None,
        )
        attempt.events.sync()
        return EXIT_STOPPED
    # The one place where every failure ends: it is told in the folder, with its cause.
    except Exception as error:  # noqa: BLE001
        _tell_failure(attempt, error)
        return EXIT_FAILED
    attempt.events.sync()
    return EXIT_COMPLETED


def _run_task(attempt: Attempt) -> None:
    job = attempt.folder.read_job()
    if job.task == "tokenize":
        from .tokenize_task import run_tokenize_task

        run_tokenize_task(attempt, job)
    else:
        # torch and transformers are imported only here: counting tokens does without them.
        from .train_task import run_train_task

        run_train_task(attempt, job)


def _tell_failure(attempt: Attempt, error: Exception) -> None:
    traceback.print_exception(error)
    sys.stderr.flush()
    failure = classify(error)
    print(f"error: {failure.message} {failure.remedy}", file=sys.stderr, flush=True)
    tail = _log_tail(attempt.folder.log) or traceback.format_exception(error)[-_LOG_TAIL_LINES:]
    _append_failure(attempt, failure, [line.rstrip("\n")[:_LOG_LINE_CHARACTERS] for line in tail])


def _append_failure(attempt: Attempt, failure: TrainerError, tail: list[str]) -> None:
    attempt.events.append("failed", code=failure.code, message=failure.message, remedy=failure.remedy, log_tail=tail)
    attempt.events.sync()


def _log_tail(path: Path) -> list[str]:
    """The last lines of the log that whoever started this process keeps; nothing if nobody keeps one."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", errors="replace") as file:
        return list(deque(file, maxlen=_LOG_TAIL_LINES))


def _try_lock(file: IO[str]) -> bool:
    """Take the lock of the folder, which ends with the process; true where the system has none."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    # Some network file systems have no locks.
    except OSError:
        return True
    return True
