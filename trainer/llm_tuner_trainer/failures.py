"""Every way a run can end badly, as a code that programs read and words that people read.

The codes are those of `FailureCode` in `contract/src/run-folder.ts`. Code that knows what went wrong raises
`TrainerError`; `classify` finds the code for everything that libraries and the operating system raise.
"""

from __future__ import annotations

import errno
from typing import Literal

FailureCode = Literal[
    "job_invalid",
    "data_invalid",
    "base_model_unavailable",
    "base_model_unsupported",
    "licence_required",
    "out_of_memory",
    "disk_full",
    "loss_diverged",
    "checkpoint_invalid",
    "internal",
]

# PyTorch reports an allocation that failed on the CPU as a plain RuntimeError, known only by its text.
_OUT_OF_MEMORY_PHRASES = ("out of memory", "can't allocate memory", "not enough memory")


class TrainerError(Exception):
    """A failure with a known cause: `code` for programs, `message` and `remedy` for people."""

    def __init__(self, code: FailureCode, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code: FailureCode = code
        self.message = message
        self.remedy = remedy


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on the CPU or on a GPU; told without importing torch."""
    if isinstance(error, MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(phrase in text for phrase in _OUT_OF_MEMORY_PHRASES)


def is_disk_full(error: BaseException) -> bool:
    """Whether a write found no space or no quota left; libraries may wrap the error and keep only its text."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return "no space left on device" in str(error).lower()


def classify(error: BaseException) -> TrainerError:
    """The failure that `error` amounts to; a `TrainerError` is returned as it is."""
    if isinstance(error, TrainerError):
        return error
    if is_disk_full(error):
        return TrainerError(
            "disk_full",
            f"The disk is full: {error}",
            "Free some space, or keep fewer checkpoints, and resume the job.",
        )
    if is_out_of_memory(error):
        return TrainerError(
            "out_of_memory",
            f"Memory ran out: {_first_line(error)}",
            "Choose a smaller base model, a shorter max_sequence_length or method lora, or a machine with more memory.",
        )
    return TrainerError(
        "internal",
        f"{type(error).__name__}: {_first_line(error)}",
        "Read the log. If the data and the settings are sound, report this as a bug with the log attached.",
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:500] if lines else "no message"
