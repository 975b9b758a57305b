"""The text that the starter model learns from, generated: the same seed gives the same examples.

Every sentence comes from the templates and word lists of this folder, so that the model may be used and changed
without asking anybody. Run `python -m starter.corpus --examples 20` to read some of it.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import TypedDict

from starter import businesses, skills, smalltalk, tables
from starter.businesses import Message


class Example(TypedDict, total=False):
    """A chat (`messages`) or a plain text (`text`), like a line of a run folder's data file."""

    messages: list[Message]
    text: str


# How often each kind appears, relative to the others.
CHAT_KINDS: tuple[tuple[int, Callable[[Random], list[Message]]], ...] = (
    (24, businesses.faq_chat),
    (10, businesses.grounded_chat),
    (4, businesses.person_chat),
    (6, tables.lookup_chat),
    (5, tables.fill_chat),
    (4, tables.sentiment_chat),
    (5, tables.topic_chat),
    (5, skills.arithmetic_chat),
    (2, skills.sequence_chat),
    (4, skills.capital_chat),
    (8, smalltalk.small_talk_chat),
    (16, smalltalk.explanation_chat),
    (6, smalltalk.story_chat),
)
TEXT_KINDS: tuple[tuple[int, Callable[[Random], str]], ...] = (
    (4, businesses.faq_list),
    (7, tables.row_text),
    (4, tables.csv_text),
    (8, smalltalk.story_text),
)


def examples(seed: int) -> Iterator[Example]:
    """Yields examples without end; equal seeds yield equal examples."""
    random = Random(seed)  # noqa: S311 - repeatable chance is the point
    kinds: list[tuple[int, Callable[[Random], list[Message] | str]]] = [*CHAT_KINDS, *TEXT_KINDS]
    weights = [weight for weight, _ in kinds]
    while True:
        _, make = random.choices(kinds, weights)[0]
        made = make(random)
        yield {"text": made} if isinstance(made, str) else {"messages": made}


def plain_text(example: Example) -> str:
    """The words of an example without any markup, for training the tokenizer."""
    if "text" in example:
        return example["text"]
    return "\n".join(message["content"] for message in example["messages"])


def main() -> None:
    """Prints some examples, one JSON object a line."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--examples", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    source = examples(arguments.seed)
    for _ in range(arguments.examples):
        print(json.dumps(next(source), ensure_ascii=False))


if __name__ == "__main__":
    main()
