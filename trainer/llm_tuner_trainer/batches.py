"""Which examples each optimizer step trains on, and how they become tensors.

The order is a pure function of seed and step number, so a resumed run needs no cursor beyond the step it got to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from .token_store import IntArray, TokenStore


@dataclass(frozen=True)
class EpochPlan:
    """Examples in a new random order every epoch, `batch_size` a step; the last step of an epoch may have fewer.

    `examples` are the indices that are trained on; steps count from 0.
    """

    examples: IntArray
    batch_size: int
    epochs: int
    seed: int

    @property
    def steps_per_epoch(self) -> int:
        return -(-len(self.examples) // self.batch_size)

    @property
    def total_steps(self) -> int:
        return self.steps_per_epoch * self.epochs

    def step(self, step: int) -> IntArray:
        """Indices of the examples of one optimizer step."""
        epoch, position = divmod(step, self.steps_per_epoch)
        order = np.random.default_rng([self.seed, epoch]).permutation(self.examples)
        start = position * self.batch_size
        return order[start : start + self.batch_size]


def cut_micro_batches(lengths: Sequence[int] | IntArray, token_budget: int) -> list[IntArray]:
    """Positions in `lengths`, longest first, grouped so that no padded group exceeds `token_budget` tokens.

    Examples of like length meet in a group, so little is padded; one that is longer than the budget goes alone.
    """
    order = np.argsort(-np.asarray(lengths), kind="stable")
    groups = []
    start = 0
    while start < len(order):
        rows = max(1, token_budget // int(lengths[order[start]]))
        groups.append(order[start : start + rows])
        start += rows
    return groups


@dataclass(frozen=True)
class MicroBatch:
    """Examples padded on the right to one length T.

    `input_ids` (B, T), int64. `sources` (S,) are the flat positions in (B, T) whose next token is a target, and
    `targets` (S,) those tokens. There is no attention mask: attention looks only to the left, where no padding is,
    and nothing is predicted from a padded position. Padding is known by length, never by id, so that a tokenizer
    whose padding token is its end-of-text token still has the end of text in the loss. `tokens` counts no padding.
    """

    input_ids: torch.Tensor
    sources: torch.Tensor
    targets: torch.Tensor
    tokens: int


def make_micro_batch(store: TokenStore, indices: Sequence[int] | IntArray, device: torch.device) -> MicroBatch:
    """The examples `indices` as one padded batch on `device`."""
    rows = [store.example(int(index)) for index in indices]
    width = max(len(ids) for ids, _ in rows)
    input_ids = np.zeros((len(rows), width), np.int64)
    target_mask = np.zeros((len(rows), width), bool)
    for row, (ids, mask) in enumerate(rows):
        input_ids[row, : len(ids)] = ids
        target_mask[row, 1 : len(ids)] = mask[1:]
    flat_targets = np.flatnonzero(target_mask)
    return MicroBatch(
        input_ids=torch.from_numpy(input_ids).to(device),
        sources=torch.from_numpy(flat_targets - 1).to(device),
        targets=torch.from_numpy(input_ids.reshape(-1)[flat_targets]).to(device),
        tokens=sum(len(ids) for ids, _ in rows),
    )


def micro_batches(
    store: TokenStore, indices: IntArray, token_budget: int, device: torch.device
) -> Iterator[MicroBatch]:
    """The examples `indices` as micro-batches of at most `token_budget` padded tokens each."""
    lengths = store.lengths[indices]
    for group in cut_micro_batches(lengths, token_budget):
        yield make_micro_batch(store, indices[group], device)
