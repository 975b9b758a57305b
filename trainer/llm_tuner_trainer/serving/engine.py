"""Owns the model: one thread that lets waiting requests join the batch, steps it, and reports what each row says."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Union

import torch

from ..failures import TrainerError, classify
from ..loading import LoadedModel
from .answer_text import AnswerText
from .batch import RunningBatch
from .sampling import Sampling, sample_token

log = logging.getLogger(__name__)

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True)
class Generation:
    """What to generate. Prompt and `max_tokens` together fit the model's context window."""

    prompt_ids: list[int]
    max_tokens: int
    sampling: Sampling = field(default_factory=Sampling)
    stops: tuple[str, ...] = ()


@dataclass(frozen=True)
class Piece:
    """A part of an answer: text that is safe to give out, and the tokens generated since the piece before.

    The text may lag behind the tokens. The last piece has a finish reason.
    """

    text: str
    token_ids: list[int]
    finish_reason: FinishReason | None


@dataclass(frozen=True)
class Failure:
    """The end of an answer that could not be computed."""

    error: TrainerError


@dataclass(frozen=True)
class ShutDown:
    """The end of an answer that had not begun when the worker was told to stop."""


Event = Union[Piece, Failure, ShutDown]


class QueueFullError(Exception):
    """Too many requests wait already."""


class Ticket:
    """A request in the engine's hands. `on_event` is called on the engine's thread and must return at once."""

    def __init__(self, generation: Generation, on_event: Callable[[Event], None], text: AnswerText) -> None:
        self.generation = generation
        self.on_event = on_event
        self.cancelled = False
        self._text = text
        self._generator = generation.sampling.new_generator()
        self._generated = 0
        self._unreported: list[int] = []
        self.newest_token = -1

    def cancel(self) -> None:
        """Nobody waits for this answer any more; its place is free from the next step on."""
        self.cancelled = True

    def choose(self, scores: torch.Tensor) -> int:
        """The next token from the scores of this row."""
        if self.generation.sampling.is_greedy:
            return int(scores.argmax())
        return sample_token(scores, self.generation.sampling, self._generator)

    def accept(self, token_id: int, eos_token_ids: tuple[int, ...]) -> bool:
        """Take the next token and report what it brings. Returns whether the answer is complete."""
        self.newest_token = token_id
        self._generated += 1
        self._unreported.append(token_id)
        reason: FinishReason | None = None
        if token_id in eos_token_ids:
            text, reason = self._text.finish(), "stop"
        else:
            text = self._text.push(token_id)
            if self._text.stopped:
                reason = "stop"
            elif self._generated == self.generation.max_tokens:
                text += self._text.finish()
                # What was held back may hold a stop string after all.
                reason = "stop" if self._text.stopped else "length"
        if text or reason is not None:
            self.on_event(Piece(text, self._unreported, reason))
            self._unreported = []
        return reason is not None


class Engine:
    """Answers many requests at once with one model.

    `tick` does one round of work and belongs to one thread; `start` runs it on a thread of its own.
    """

    def __init__(self, loaded: LoadedModel, max_batch: int, max_queue: int) -> None:
        self._loaded = loaded
        self._max_batch = max_batch
        self._max_queue = max_queue
        self._batch = RunningBatch(loaded.model, loaded.device)
        self._rows: list[Ticket] = []
        self._waiting: deque[Ticket] = deque()
        self._changed = threading.Condition()
        self._draining = False
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    @property
    def running(self) -> int:
        return len(self._rows)

    @property
    def queued(self) -> int:
        return len(self._waiting)

    def start(self) -> None:
        """Work on a thread of its own until `stop`."""
        self._thread.start()

    def stop(self, timeout_seconds: float) -> None:
        """End the thread after the step at hand; answers that are not complete stay so."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)

    def submit(self, generation: Generation, on_event: Callable[[Event], None]) -> Ticket:
        """Queue a request. Its events end with a piece that has a finish reason, with a failure or a shut-down.

        Raises:
            QueueFullError: `max_queue` requests wait already.
        """
        ticket = Ticket(generation, on_event, AnswerText(self._loaded.tokenizer, generation.stops))
        with self._changed:
            if self._draining:
                on_event(ShutDown())
            elif len(self._waiting) >= self._max_queue:
                raise QueueFullError
            else:
                self._waiting.append(ticket)
                self._changed.notify()
        return ticket

    def drain(self) -> None:
        """Begin nothing new: what waits is shut down, what runs goes on."""
        with self._changed:
            self._draining = True
            waiting, self._waiting = self._waiting, deque()
        for ticket in waiting:
            ticket.on_event(ShutDown())

    def tick(self) -> None:
        """Let cancelled rows go, let one waiting request join, and generate one token for every row.

        One request a round, so that a burst of long prompts does not silence the rows that are being answered.
        """
        self._keep([index for index, row in enumerate(self._rows) if not row.cancelled])
        ticket = self._next_waiting()
        if ticket is not None:
            self._admit(ticket)
        if self._rows:
            self._step()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or self._waiting or self._rows)
                if self._stopped:
                    return
            self.tick()

    def _next_waiting(self) -> Ticket | None:
        with self._changed:
            while self._waiting and len(self._rows) < self._max_batch:
                ticket = self._waiting.popleft()
                if not ticket.cancelled:
                    return ticket
        return None

    def _admit(self, ticket: Ticket) -> None:
        try:
            row = self._batch.prefill(ticket.generation.prompt_ids)
            if not ticket.accept(ticket.choose(row.scores), self._loaded.eos_token_ids):
                self._batch.join(row)
                self._rows.append(ticket)
        # Whatever the libraries raise ends this one answer, never the thread that serves all the others.
        except Exception as error:  # noqa: BLE001
            self._fail([ticket], error)

    def _step(self) -> None:
        try:
            scores = self._batch.step([row.newest_token for row in self._rows])
            done = {
                index
                for index, row in enumerate(self._rows)
                if row.accept(row.choose(scores[index]), self._loaded.eos_token_ids)
            }
        # The tensors may be half changed: every row of this batch ends, and a new batch begins.
        except Exception as error:  # noqa: BLE001
            rows, self._rows = self._rows, []
            self._batch = RunningBatch(self._loaded.model, self._loaded.device)
            self._fail(rows, error)
            return
        self._keep([index for index in range(len(self._rows)) if index not in done])

    def _keep(self, indices: list[int]) -> None:
        if len(indices) < len(self._rows):
            self._rows = [self._rows[index] for index in indices]
            self._batch.keep(indices)

    def _fail(self, tickets: list[Ticket], error: Exception) -> None:
        log.error("An answer could not be computed", exc_info=error)
        for ticket in tickets:
            ticket.on_event(Failure(classify(error)))
