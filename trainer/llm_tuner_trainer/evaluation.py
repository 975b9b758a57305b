"""Measures a model on held-out examples."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from .batches import micro_batches
from .failures import TrainerError
from .loss import Objective
from .token_store import IntArray, TokenStore


@dataclass(frozen=True)
class Evaluation:
    """Mean loss over all targets, and the share of them that were the model's first choice."""

    loss: float
    token_accuracy: float
    examples: int


class Evaluator:
    """Measures a model on the same held-out examples each time."""

    def __init__(self, store: TokenStore, max_tokens: int) -> None:
        self._store = store
        self.indices = _choose(store, max_tokens)

    @property
    def lengths(self) -> IntArray:
        """Tokens of each example that is evaluated."""
        chosen: IntArray = self._store.lengths[self.indices]
        return chosen

    def run(self, objective: Objective, token_budget: int, between: Callable[[], None]) -> Evaluation:
        """Evaluate; `between` is called between micro-batches and may raise."""
        objective.model.eval()
        loss = torch.zeros((), device=objective.device, dtype=torch.float64 if objective.device.type != "mps" else None)
        correct = torch.zeros((), device=objective.device, dtype=torch.int64)
        for batch in micro_batches(self._store, self.indices, token_budget, objective.device):
            batch_loss, batch_correct = objective.evaluate(batch)
            loss += batch_loss
            correct += batch_correct
            between()
        targets = int(self._store.targets[self.indices].sum())
        mean = loss.item() / targets
        if not math.isfinite(mean):
            raise diverged("The held-out loss was")
        return Evaluation(mean, correct.item() / targets, len(self.indices))


def _choose(store: TokenStore, max_tokens: int) -> IntArray:
    """Examples with a target, in an order that a fixed seed shuffles, while they have `max_tokens` or fewer in sum."""
    usable = np.flatnonzero(store.targets > 0)
    shuffled = np.random.default_rng(0).permutation(usable)
    fitting = np.cumsum(store.lengths[shuffled]) <= max_tokens
    fitting[:1] = True
    return shuffled[fitting]


def diverged(what: str) -> TrainerError:
    """`what` is no longer a finite number."""
    return TrainerError(
        "loss_diverged",
        f"{what} no longer a finite number.",
        "Lower the learning rate, raise warmup_ratio or set gradient_clip to 1, and start again.",
    )
