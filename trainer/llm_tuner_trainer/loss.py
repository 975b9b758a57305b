"""Next-token loss, computed only where there is a target.

The language-model head is the largest matrix of a small model, and in a chat most positions have no target. So the
decoder runs once, the hidden states of the positions with a target are gathered, and the head and the cross-entropy
see only these, in chunks: the logits of a whole batch never exist at once. The idea is that of Liger's fused linear
cross-entropy (Hsu et al. 2024) and of TRL's `chunked_nll`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from .batches import MicroBatch

# 128 MB in float32.
_LOGITS_AT_ONCE = 1 << 25


@dataclass(frozen=True)
class Objective:
    """The loss of one model.

    `model` is a transformers causal model, not wrapped by peft (whose layers work from inside it). `autocast_dtype`
    is the type that matrices are multiplied in; float32 leaves everything as it is. Not more than `logits_at_once`
    numbers are computed by the head in one piece.
    """

    model: Any
    device: torch.device
    autocast_dtype: torch.dtype
    logits_at_once: int = _LOGITS_AT_ONCE

    def backward(self, batch: MicroBatch, divisor: int) -> torch.Tensor:
        """Add the gradients of the summed loss over `divisor`; returns the summed loss, a scalar on the device.

        `divisor` is the number of targets in the whole optimizer step. Dividing each micro-batch by its own number
        would make the loss a mean of means, in which short answers weigh more.
        """
        hidden = self.hidden_states(batch)
        pieces = [piece.requires_grad_() for piece in hidden.detach().split(self._rows_at_once)]
        total = torch.zeros((), device=self.device)
        for piece, targets in zip(pieces, batch.targets.split(self._rows_at_once), strict=True):
            loss = functional.cross_entropy(self._logits(piece), targets, reduction="sum")
            # The gradient stops at the piece, and its logits are freed before the next piece's are made.
            (loss / divisor).backward()
            total += loss.detach()
        hidden.backward(torch.cat([_gradient(piece) for piece in pieces]))
        return total

    @torch.no_grad()
    def evaluate(self, batch: MicroBatch) -> tuple[torch.Tensor, torch.Tensor]:
        """Summed loss, and the number of targets that are the most likely token; scalars on the device."""
        hidden = self.hidden_states(batch)
        loss = torch.zeros((), device=self.device)
        correct = torch.zeros((), device=self.device, dtype=torch.int64)
        for piece, targets in zip(
            hidden.split(self._rows_at_once), batch.targets.split(self._rows_at_once), strict=True
        ):
            logits = self._logits(piece)
            loss += functional.cross_entropy(logits, targets, reduction="sum")
            correct += (logits.argmax(-1) == targets).sum()
        return loss, correct

    def hidden_states(self, batch: MicroBatch) -> torch.Tensor:
        """Last hidden states (S, H) of the positions from which a target is predicted."""
        with self._autocast():
            # With neither mask nor positions given, transformers chooses plain causal attention, the fastest kernel.
            hidden = self.model.base_model(input_ids=batch.input_ids, use_cache=False).last_hidden_state
        selected: torch.Tensor = hidden.reshape(-1, hidden.shape[-1]).index_select(0, batch.sources)
        return selected

    def _logits(self, hidden: torch.Tensor) -> torch.Tensor:
        with self._autocast():
            logits: torch.Tensor = self.model.get_output_embeddings()(hidden)
        return logits.float()

    def _autocast(self) -> torch.autocast:
        enabled = self.autocast_dtype != torch.float32
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=enabled)

    @property
    def _rows_at_once(self) -> int:
        return max(1, self.logits_at_once // int(self.model.config.vocab_size))


def _gradient(piece: torch.Tensor) -> torch.Tensor:
    return torch.zeros_like(piece) if piece.grad is None else piece.grad
