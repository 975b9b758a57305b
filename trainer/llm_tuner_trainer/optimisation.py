"""Optimizers, and the learning rate of each step."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from .run_folder import Hyperparameters

_SGD_MOMENTUM = 0.9


def learning_rate(hyperparameters: Hyperparameters, step: int, total_steps: int) -> float:
    """The learning rate of step 0, 1, … `total_steps` - 1: linear warm-up, then the schedule.

    `linear` and `cosine` (Loshchilov and Hutter 2017, without restarts) fall from the peak towards zero, which they
    would reach one step after the last. No step has a rate of zero.
    """
    peak = hyperparameters.learning_rate
    warmup_steps = math.ceil(hyperparameters.warmup_ratio * total_steps)
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    progress = (step - warmup_steps) / (total_steps - warmup_steps)
    if hyperparameters.scheduler == "linear":
        return peak * (1 - progress)
    if hyperparameters.scheduler == "cosine":
        return peak * 0.5 * (1 + math.cos(math.pi * progress))
    return peak


def make_optimizer(model: nn.Module, hyperparameters: Hyperparameters, device: torch.device) -> torch.optim.Optimizer:
    """The optimizer over the trainable parameters of `model`.

    `adam` adds weight decay to the gradient, `adamw` decays weights directly (Loshchilov and Hutter 2019), `sgd` has
    a momentum of 0.9. Norms and biases are not decayed.
    """
    groups = parameter_groups(model.named_parameters(), hyperparameters.weight_decay)
    rate = hyperparameters.learning_rate
    # One kernel for all parameters; PyTorch has none for Apple's GPUs in every version that the trainer supports.
    fused = device.type in ("cpu", "cuda")
    if hyperparameters.optimizer == "adam":
        return torch.optim.Adam(groups, lr=rate, fused=fused)
    if hyperparameters.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=rate, fused=fused)
    return torch.optim.SGD(groups, lr=rate, momentum=_SGD_MOMENTUM, fused=fused)


def parameter_groups(named: Iterable[tuple[str, nn.Parameter]], weight_decay: float) -> list[dict[str, Any]]:
    """Trainable parameters with and without weight decay.

    Matrices are decayed; vectors (norms, biases) are not. `named_parameters` names a tied tensor once, so that it is
    in one group, once.
    """
    trainable = [parameter for _, parameter in named if parameter.requires_grad]
    groups = [
        {"params": [parameter for parameter in trainable if parameter.ndim >= 2], "weight_decay": weight_decay},
        {"params": [parameter for parameter in trainable if parameter.ndim < 2], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the rate of all groups."""
    for group in optimizer.param_groups:
        group["lr"] = rate
