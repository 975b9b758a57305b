"""Golden prompts: what the trainer's own model answers, so that serving can prove that it answers the same.

Tuned models that answer differently once they are served (another template, another end-of-text token, a double BOS)
are the commonest complaint about tuning platforms. The prompts are the first distinct ones of the held-out data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch

from .examples import Example
from .run_folder import SCHEMA_VERSION
from .template import ChatTemplate, Message

_MAX_NEW_TOKENS = 32


def choose_prompts(examples: Iterable[Example], count: int) -> Iterator[tuple[Message, ...]]:
    """Up to `count` different conversations that end where the assistant is to answer.

    A chat is asked its last question; of a plain text the first half is asked as a question.
    """
    seen: set[tuple[Message, ...]] = set()
    for example in examples:
        if len(seen) == count:
            return
        prompt = _prompt_of(example)
        if prompt and prompt not in seen:
            seen.add(prompt)
            yield prompt


def record_parity(
    model: Any, template: ChatTemplate, prompts: Iterable[Sequence[Message]], context_window: int
) -> dict[str, Any]:
    """A `ParityRecord`: the greedy answer of `model` to each prompt, by transformers' own `generate`.

    `output_token_ids` ends with the end-of-text token if the model gave one within `max_tokens`. Prompts that leave
    no room for an answer are left out.
    """
    record = []
    for messages in prompts:
        prompt_ids = template.encode_chat(messages)
        max_tokens = min(_MAX_NEW_TOKENS, context_window - len(prompt_ids))
        if max_tokens > 0:
            output_ids = generate_greedily(model, prompt_ids, max_tokens, template.eos_token_ids)
            record.append(
                {
                    "messages": [{"role": message.role, "content": message.content} for message in messages],
                    "max_tokens": max_tokens,
                    "prompt_token_ids": prompt_ids,
                    "output_token_ids": output_ids,
                }
            )
    return {"schema_version": SCHEMA_VERSION, "prompts": record}


@torch.no_grad()
def generate_greedily(
    model: Any, prompt_ids: Sequence[int], max_tokens: int, eos_token_ids: Sequence[int]
) -> list[int]:
    """The most likely continuation of a prompt, token by token, up to and with the first end-of-text token."""
    input_ids = torch.tensor([list(prompt_ids)], device=model.device)
    output = model.generate(
        input_ids=input_ids,
        attention_mask=torch.ones_like(input_ids),
        max_new_tokens=max_tokens,
        do_sample=False,
        eos_token_id=list(eos_token_ids),
        pad_token_id=eos_token_ids[0],
    )
    ids: list[int] = output[0, len(prompt_ids) :].tolist()
    return ids


def _prompt_of(example: Example) -> tuple[Message, ...]:
    if example.text is not None:
        return (Message("user", example.text[: max(1, len(example.text) // 2)]),)
    last = next((at for at in reversed(range(len(example.messages))) if example.messages[at].role == "assistant"), 0)
    # Weights say what was trained on; a question has none.
    return tuple(Message(message.role, message.content) for message in example.messages[:last])
