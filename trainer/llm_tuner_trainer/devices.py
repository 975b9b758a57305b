"""Which device a model runs on, in which precision, and with how many threads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import psutil
import torch

from .failures import TrainerError

DeviceChoice = Literal["auto", "cpu", "cuda", "mps"]


def choose_device(choice: DeviceChoice) -> torch.device:
    """The device for `choice`; `auto` takes CUDA, else Apple's GPU, else the CPU.

    Raises:
        TrainerError: `job_invalid` when the chosen device is not there.
    """
    has_cuda = torch.cuda.is_available()
    has_mps = torch.backends.mps.is_available()
    if choice == "auto":
        return torch.device("cuda" if has_cuda else "mps" if has_mps else "cpu")
    if (choice == "cuda" and not has_cuda) or (choice == "mps" and not has_mps):
        raise TrainerError(
            "job_invalid",
            f"This machine has no {choice} device that PyTorch can use.",
            "Choose the device auto or cpu, or install a PyTorch build for the device.",
        )
    return torch.device(choice)


def inference_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 on CUDA devices that compute in it (Ampere and later), float32 everywhere else."""
    if device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0):
        return torch.bfloat16
    return torch.float32


def set_threads(threads: int) -> int:
    """Give PyTorch `threads` CPU threads, or as many as there are usable physical cores for 0; returns the number."""
    number = threads or usable_cores()
    torch.set_num_threads(number)
    # Values near zero would otherwise slow vector arithmetic down by an order of magnitude.
    torch.set_flush_denormal(True)
    return number


def usable_cores() -> int:
    """Physical cores that this process may use: not more than its affinity mask or its container's quota allows."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    physical = psutil.cpu_count(logical=False) or allowed
    return max(1, min(allowed, physical, _quota_cores()))


def _quota_cores() -> int:
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return 1 << 16
    return 1 << 16 if quota == "max" else max(1, int(quota) // int(period))
