"""The first stage of every run: tokenise the data, report the counts, warn of what will not be learnt from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np

from .attempt import Attempt
from .base_model import read_context_window
from .failures import TrainerError
from .run_folder import Hyperparameters
from .template import ChatTemplate
from .tokenise import TokenisedData, tokenise


def run_data_stage(
    attempt: Attempt, model_folder: Path, template: ChatTemplate, hyperparameters: Hyperparameters
) -> TokenisedData:
    """Tokenise both parts and append the `tokenized` event, with warnings before it.

    Raises:
        TrainerError: `data_invalid`, also when nothing in the training data would count in the loss.
    """
    context_window = read_context_window(model_folder)
    max_tokens = min(hyperparameters.max_sequence_length, context_window)
    if max_tokens < hyperparameters.max_sequence_length:
        attempt.warn(
            "sequence_length_clipped",
            f"The model takes {context_window} tokens, so max_sequence_length is {max_tokens} "
            f"and not {hyperparameters.max_sequence_length}.",
        )
    data = tokenise(attempt.folder, template, max_tokens, attempt.beat)
    _warn_of_losses(attempt, data, max_tokens)
    attempt.events.append(
        "tokenized",
        context_window=context_window,
        max_sequence_length=max_tokens,
        train=asdict(data.train_counts),
        held_out=asdict(data.held_out_counts),
    )
    if data.train_counts.supervised_tokens == 0:
        raise TrainerError(
            "data_invalid",
            "Nothing in the training data counts in the loss.",
            "Give examples with an assistant's answer of weight 1 within max_sequence_length, or plain texts.",
        )
    return data


def _warn_of_losses(attempt: Attempt, data: TokenisedData, max_tokens: int) -> None:
    truncated = data.train_counts.truncated_examples + data.held_out_counts.truncated_examples
    if truncated:
        longest = max(data.train_counts.longest_example_tokens, data.held_out_counts.longest_example_tokens)
        attempt.warn(
            "examples_truncated",
            f"{truncated} examples were cut off after {max_tokens} tokens; the longest has {longest}.",
        )
    without = int(np.count_nonzero(data.train.targets == 0))
    if without:
        attempt.warn(
            "examples_without_target", f"{without} training examples have no token to learn; they are left out."
        )
