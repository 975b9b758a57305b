"""One optimizer step: micro-batches, gradient, clipping, update; with a guard against running out of memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import nn

from .batches import EpochPlan, micro_batches
from .evaluation import Evaluation, Evaluator, diverged
from .failures import is_out_of_memory
from .loss import Objective
from .optimisation import learning_rate, make_optimizer, set_learning_rate
from .run_folder import Hyperparameters
from .token_store import IntArray, TokenStore

Result = TypeVar("Result")

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
        return self._in_memory(lambda: self._try_step(step, between), self._lengths[self.plan.step(step)], warn)

    def evaluate(
        self, evaluator: Evaluator, between: Callable[[], None], warn: Callable[[str, str], None]
    ) -> Evaluation:
        """Measure the model; `between` and `warn` as in `step`.

        Raises:
            TrainerError: `loss_diverged` when the loss is not a number.
        """
        return self._in_memory(
            lambda: evaluator.run(self.objective, self.token_budget, between), evaluator.lengths, warn
        )

    def _in_memory(self, work: Callable[[], Result], lengths: IntArray, warn: Callable[[str, str], None]) -> Result:
        """Do `work` on examples of these lengths, with ever fewer tokens at a time until they fit into memory."""
        while True:
            try:
                return work()
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error) or not self._halve_token_budget(lengths):
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
            raise diverged(f"At step {step + 1} the loss or its gradient was")
        rate = learning_rate(self._hyperparameters, step, self.plan.total_steps)
        set_learning_rate(self.optimizer, rate)
        self.optimizer.step()
        return StepResult(loss, rate, grad_norm, targets, int(self._lengths[indices].sum()))

    def _halve_token_budget(self, lengths: IntArray) -> bool:
        """Halve it below what was computed at once; false when single examples were already too much."""
        longest = int(lengths.max())
        if self.token_budget <= longest or len(lengths) == 1:
            return False
        self.token_budget = max(longest, min(self.token_budget, longest * len(lengths)) // 2)
        return True
