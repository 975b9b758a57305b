import errno

import pytest
import torch

from llm_tuner_trainer.failures import TrainerError, classify


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TrainerError("licence_required", "m", "r"), "licence_required"),
        (MemoryError(), "out_of_memory"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"), "out_of_memory"),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory"),
            "out_of_memory",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "disk_full"),
        (RuntimeError("I/O error: No space left on device (os error 28)"), "disk_full"),
        (OSError(errno.EACCES, "Permission denied"), "internal"),
        (ValueError("out of memory, says a text"), "internal"),
        (KeyError("x"), "internal"),
    ],
)
def test_every_error_has_a_code_a_message_and_a_remedy(error, code):
    failure = classify(error)
    assert failure.code == code
    assert failure.message
    assert failure.remedy


def test_a_real_allocation_that_fails_is_out_of_memory():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert classify(caught.value).code == "out_of_memory"


def test_a_long_message_is_shortened_to_its_first_line():
    assert len(classify(ValueError("x" * 10_000 + "\nmore")).message) < 600
