"""The training loop: steps, evaluations and checkpoints, each told as an event."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, replace

from .attempt import Attempt, Stopped
from .checkpoint import CheckpointStore, Progress
from .engine import Engine, StepResult
from .evaluation import Evaluator
from .run_folder import RunJob

# The estimate of the time left follows the latest steps.
_ETA_STEPS = 50
_SECONDS_BETWEEN_LINES = 5.0


@dataclass
class TrainingLoop:
    """Trains from `progress` to the end of the plan.

    An optimizer step, its event, its evaluation and its checkpoint come in this order; so a run that goes on from a
    checkpoint has told everything up to it, and tells again only what came after.
    """

    attempt: Attempt
    job: RunJob
    engine: Engine
    evaluator: Evaluator
    checkpoints: CheckpointStore
    progress: Progress

    def __post_init__(self) -> None:
        self._total = self.engine.plan.total_steps
        self._evaluation_steps = evaluation_steps(self._total, self.job.evaluations)
        self._first_step = self.progress.step
        self._saved_step = self.progress.step if self.progress.step else None
        self._saved_at = time.monotonic()
        self._step_seconds: deque[float] = deque(maxlen=_ETA_STEPS)
        self._line_at = float("-inf")
        if self.progress.token_budget:
            self.engine.token_budget = self.progress.token_budget

    def run(self) -> Progress:
        """Train to the end and save the last checkpoint.

        Raises:
            Stopped: asked to stop; a checkpoint of the last finished step has been saved.
        """
        self.attempt.enter("training")
        try:
            # A stop during an evaluation leaves a checkpoint before it: the evaluation is still due.
            self._evaluate_if_due()
            while self.progress.step < self._total:
                self.attempt.stop.check()
                self._do_step()
                self._evaluate_if_due()
                if time.monotonic() - self._saved_at >= self.job.checkpoint_every_seconds:
                    self.save_checkpoint()
        except Stopped:
            self.save_checkpoint()
            raise
        self.save_checkpoint()
        return self.progress

    def evaluate(self, phase: str) -> float | None:
        """Measure the held-out loss and tell it; None when there is no held-out data.

        What an earlier attempt has told about this phase and the steps that stand is not measured again.
        """
        if len(self.evaluator.indices) == 0:
            return None
        step = 0 if phase == "before" else self.progress.step
        told = self.attempt.events.last("evaluation", phase)
        if told is not None and told["step"] == step <= self._first_step:
            return float(told["loss"])
        self.attempt.enter("evaluating")
        result = self.engine.evaluate(self.evaluator, self.attempt.beat, self.attempt.warn)
        self.attempt.events.append(
            "evaluation",
            step=step,
            phase=phase,
            loss=result.loss,
            token_accuracy=result.token_accuracy,
            examples=result.examples,
        )
        print(f"step {step}/{self._total}: held-out loss {result.loss:.4f}", flush=True)
        return result.loss

    def save_checkpoint(self) -> None:
        """Save what is reached, unless it is saved already; nothing is reached before the first step."""
        if self._saved_step == self.progress.step or self.progress.step == 0:
            return
        self.attempt.heartbeat.enter("saving a checkpoint")
        # The events of the steps in the checkpoint must be on the disk before it is.
        self.attempt.events.sync()
        progress = replace(self.progress, token_budget=self.engine.token_budget)
        saved = self.checkpoints.save(progress, self.engine.trainable(), self.engine.optimizer)
        self.attempt.events.append("checkpoint", step=saved.step, path=saved.path, bytes=saved.bytes)
        self._saved_step = saved.step
        self._saved_at = time.monotonic()
        self.attempt.heartbeat.enter("training")

    def _evaluate_if_due(self) -> None:
        if self.progress.step in self._evaluation_steps:
            self.evaluate("during")
            self.attempt.enter("training")

    def _do_step(self) -> None:
        started = time.perf_counter()
        result = self.engine.step(self.progress.step, self.attempt.beat, self.attempt.warn)
        seconds = time.perf_counter() - started
        self._step_seconds.append(seconds)
        self.progress = Progress(
            step=self.progress.step + 1,
            trained_tokens=self.progress.trained_tokens + result.tokens,
            train_seconds=self.progress.train_seconds + seconds,
        )
        self._tell_step(result, seconds)
        self.attempt.heartbeat.beat(self.progress.step)

    def _tell_step(self, result: StepResult, seconds: float) -> None:
        step = self.progress.step
        rate = result.tokens / max(seconds, 1e-9)
        eta = (self._total - step) * sum(self._step_seconds) / len(self._step_seconds)
        self.attempt.events.append(
            "step",
            step=step,
            total_steps=self._total,
            epoch=step / self.engine.plan.steps_per_epoch,
            loss=result.loss,
            learning_rate=result.learning_rate,
            grad_norm=result.grad_norm,
            supervised_tokens=result.supervised_tokens,
            tokens_per_second=rate,
            eta_seconds=eta,
        )
        if time.monotonic() - self._line_at >= _SECONDS_BETWEEN_LINES or step == self._total:
            self._line_at = time.monotonic()
            line = f"step {step}/{self._total}: loss {result.loss:.4f}, {rate:,.0f} tokens/s, {eta:.0f} s left"
            print(line, flush=True)


def evaluation_steps(total_steps: int, evaluations: int) -> frozenset[int]:
    """The steps after which to evaluate: `evaluations` of them, evenly between the first and the last."""
    steps = {round(total_steps * number / (evaluations + 1)) for number in range(1, evaluations + 1)}
    return frozenset(steps - {0, total_steps})
