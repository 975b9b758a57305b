"""One optimizer step: micro-batches, gradient, clipping, update; with a guard against running out of memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from .batches import EpochPlan, micro_batches
from .failures import TrainerError, is_out_of_memory
from .loss import Objective
from .optimisation import learning_rate, make_optimizer, set_learning_rate
from .run_folder import Hyperparameters
from .token_store import IntArray, TokenStore

# Padded tokens of one micro-batch. More keeps a GPU busier; on a CPU it only leaves the caches.
_TOKEN_BUDGETS = {"cuda": 16_384}
_DEFAULT_TOKEN_BUDGET = 4096


@dataclass(frozen=True)
class StepResult:
    """What one optimizer step did; `loss` is the mean over `supervised_tokens`, `tokens` counts no padding."""

    loss: float
    learning_rate: float
    grad_norm: float
    supervised_tokens: int
    tokens: int


class Engine:
    """Trains one model on one plan. Everything that a step does follows from the weights and the step's number."""

    def __init__(
        self, objective: Objective, plan: EpochPlan, store: TokenStore, hyperparameters: Hyperparameters
    ) -> None:
        self.objective = objective
        self.plan = plan
        self.optimizer = make_optimizer(objective.model, hyperparameters, objective.device)
        self.token_budget = _TOKEN_BUDGETS.get(objective.device.type, _DEFAULT_TOKEN_BUDGET)
        self._store = store
        self._hyperparameters = hyperparameters
        self._lengths = store.lengths
        self._targets = store.targets

    def trainable(self) -> list[tuple[str, nn.Parameter]]:
        """The parameters that training changes, by name; a tied tensor once."""
        return [item for item in self.objective.model.named_parameters() if item[1].requires_grad]

    def step(self, step: int, between: Callable[[], None], warn: Callable[[str, str], None]) -> StepResult:
        """Do optimizer step number `step`, from 0.

        `between` is called between micro-batches and may raise to give the step up: the weights are then as before.
        `warn` gets a code and a message when the step had to be retried in smaller pieces.

        Raises:
            TrainerError: `loss_diverged`; the weights are then as before the step.
        """
        while True:
            try:
                return self._try_step(step, between)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error) or not self._halve_token_budget(self.plan.step(step)):
                    raise
            # Outside the handler, whose exception would keep the tensors of the failed try alive.
            warn("token_budget_halved", f"Memory ran out; going on with {self.token_budget} tokens at a time.")
            if self.objective.device.type == "cuda":
                torch.cuda.empty_cache()

    def _try_step(self, step: int, between: Callable[[], None]) -> StepResult:
        indices = self.plan.step(step)
        targets = int(self._targets[indices].sum())
        self.optimizer.zero_grad(set_to_none=True)
        self.objective.model.train()
        # Dropout depends on seed and step alone, so a resumed run draws what an uninterrupted one would have drawn.
        torch.manual_seed(self._hyperparameters.seed * 1_000_003 + step)
        total = torch.zeros((), device=self.objective.device)
        for batch in micro_batches(self._store, indices, self.token_budget, self.objective.device):
            total += self.objective.backward(batch, targets)
            between()
        limit = self._hyperparameters.gradient_clip or math.inf
        norm = nn.utils.clip_grad_norm_([parameter for _, parameter in self.trainable()], limit)
        loss, grad_norm = torch.stack([total / targets, norm]).tolist()
        if not (math.isfinite(loss) and math.isfinite(grad_norm)):
            raise diverged(step + 1)
        rate = learning_rate(self._hyperparameters, step, self.plan.total_steps)
        set_learning_rate(self.optimizer, rate)
        self.optimizer.step()
        return StepResult(loss, rate, grad_norm, targets, int(self._lengths[indices].sum()))

    def _halve_token_budget(self, indices: IntArray) -> bool:
        """Halve it below what the step had at once; false when single examples were already too much."""
        longest = int(self._lengths[indices].max())
        if self.token_budget <= longest or len(indices) == 1:
            return False
        self.token_budget = max(longest, min(self.token_budget, longest * len(indices)) // 2)
        return True


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

    def run(self, objective: Objective, token_budget: int, between: Callable[[], None], step: int) -> Evaluation:
        """Evaluate; `between` is called between micro-batches and may raise.

        Raises:
            TrainerError: `loss_diverged` when the loss is not a number.
        """
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
            raise diverged(step)
        return Evaluation(mean, correct.item() / targets, len(self.indices))


def _choose(store: TokenStore, max_tokens: int) -> IntArray:
    """Examples with a target, in an order that a fixed seed shuffles, while they have `max_tokens` or fewer in sum."""
    usable = np.flatnonzero(store.targets > 0)
    shuffled = np.random.default_rng(0).permutation(usable)
    fitting = np.cumsum(store.lengths[shuffled]) <= max_tokens
    fitting[:1] = True
    return shuffled[fitting]


def diverged(step: int) -> TrainerError:
    """The loss or its gradient is no longer a finite number."""
    return TrainerError(
        "loss_diverged",
        f"At step {step} the loss or its gradient was no longer a finite number.",
        "Lower the learning rate, raise warmup_ratio or set gradient_clip to 1, and start again.",
    )
