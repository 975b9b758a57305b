"""The tensors of a running batch: rows join and leave between two steps (continuous batching, Yu et al. 2022).

The keys and values of all rows lie in one tensor pair a layer, padded on the left to the longest row. The attention
mask hides the padding and every row carries its own positions, so a row computes what it would compute alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import pad
from transformers import DynamicCache


@dataclass
class _Layer:
    """Keys and values of one layer, both `[rows, heads, length, head width]`."""

    keys: torch.Tensor
    values: torch.Tensor


@dataclass
class Prefilled:
    """A prompt that went through the model: its layers (one row), and the scores `[vocabulary]` of the next token."""

    layers: list[_Layer]
    scores: torch.Tensor
    length: int


class RunningBatch:
    """Rows that are generated together, in the order in which they joined."""

    def __init__(self, model: Any, device: torch.device) -> None:
        self._model = model
        self._device = device
        self._layers: list[_Layer] = []
        self._lengths: list[int] = []

    def __len__(self) -> int:
        return len(self._lengths)

    @torch.inference_mode()
    def prefill(self, prompt_ids: Sequence[int]) -> Prefilled:
        """Run a prompt through the model by itself. The batch does not change."""
        output = self._model(
            input_ids=torch.tensor([list(prompt_ids)], device=self._device),
            past_key_values=DynamicCache(),
            use_cache=True,
            logits_to_keep=1,
        )
        return Prefilled(_layers_of(output.past_key_values), output.logits[0, -1], len(prompt_ids))

    @torch.inference_mode()
    def join(self, row: Prefilled) -> None:
        """Add a row at the end of the batch."""
        if not self._lengths:
            self._layers = row.layers
        else:
            width = max(*self._lengths, row.length)
            self._layers = [
                _Layer(_stack(mine.keys, new.keys, width), _stack(mine.values, new.values, width))
                for mine, new in zip(self._layers, row.layers, strict=True)
            ]
        self._lengths.append(row.length)

    @torch.inference_mode()
    def step(self, token_ids: Sequence[int]) -> torch.Tensor:
        """Feed each row its newest token. Returns the scores of the next one, `[rows, vocabulary]`."""
        lengths = torch.tensor(self._lengths, device=self._device).unsqueeze(1)
        width = max(self._lengths) + 1
        # A row of length n fills its last n places, and the new token takes one more.
        mask = torch.arange(width, device=self._device) >= width - 1 - lengths
        output = self._model(
            input_ids=torch.tensor(token_ids, device=self._device).unsqueeze(1),
            attention_mask=mask.long(),
            position_ids=lengths,
            past_key_values=DynamicCache([(layer.keys, layer.values) for layer in self._layers]),
            use_cache=True,
        )
        self._layers = _layers_of(output.past_key_values)
        self._lengths = [length + 1 for length in self._lengths]
        scores: torch.Tensor = output.logits[:, -1]
        return scores

    @torch.inference_mode()
    def keep(self, rows: Sequence[int]) -> None:
        """Let every other row go, and with them the columns that only they needed."""
        self._lengths = [self._lengths[row] for row in rows]
        if not self._lengths:
            self._layers = []
            return
        indices, width = torch.tensor(rows, device=self._device), max(self._lengths)
        self._layers = [
            _Layer(layer.keys[indices, :, -width:], layer.values[indices, :, -width:]) for layer in self._layers
        ]


def _layers_of(cache: DynamicCache) -> list[_Layer]:
    return [_Layer(layer.keys, layer.values) for layer in cache.layers]


def _stack(rows: torch.Tensor, row: torch.Tensor, width: int) -> torch.Tensor:
    widened = [pad(part, (0, 0, width - part.shape[2], 0)) for part in (rows, row)]
    return torch.cat(widened)
