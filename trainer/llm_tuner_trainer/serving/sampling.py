"""Chooses the next token from a model's scores."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import torch

# Dividing scores by less than this overflows single precision; such an answer is greedy anyway.
_SMALLEST_TEMPERATURE = 1e-4


@dataclass(frozen=True)
class Sampling:
    """How to choose: the likeliest token at temperature 0, else by chance among the likeliest `top_p` of the mass."""

    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None

    @property
    def is_greedy(self) -> bool:
        return self.temperature < _SMALLEST_TEMPERATURE

    def new_generator(self) -> torch.Generator:
        """The source of chance of one answer; the same seed gives the same answer."""
        seed = secrets.randbits(63) if self.seed is None else self.seed
        return torch.Generator().manual_seed(seed)


def sample_token(scores: torch.Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    """Draws a token id from the scores (logits) of one position, a vector as long as the vocabulary.

    Nucleus sampling as in Holtzman et al. 2020: the smallest set of tokens whose probabilities reach `top_p`.
    """
    # Drawn on the CPU so that a seed means the same on every device.
    probabilities = torch.softmax(scores.float().cpu() / sampling.temperature, dim=-1)
    if sampling.top_p < 1:
        ordered, ids = probabilities.sort(descending=True)
        outside = ordered.cumsum(-1) - ordered >= sampling.top_p
        # The likeliest token stays even at top_p 0.
        outside[0] = False
        probabilities = probabilities.index_fill(0, ids[outside], 0.0)
    return int(torch.multinomial(probabilities, 1, generator=generator))
