"""Reads the data files of a run folder: one training example a line, a chat or a plain text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .failures import TrainerError
from .template import Message

_ROLES = ("system", "user", "assistant")


@dataclass(frozen=True)
class Example:
    """One line of a data file: `messages` of a chat, or `text` alone. `place` names file and line, from 1."""

    place: str
    messages: tuple[Message, ...]
    text: str | None


def read_examples(path: Path) -> Iterator[Example]:
    """The examples of a file in order, one at a time; an absent file has none.

    Raises:
        TrainerError: `data_invalid`, naming file and line.
    """
    if not path.is_file():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            place = f"{path.name}, line {number}"
            try:
                yield _parse(place, json.loads(line))
            except ValueError as error:
                raise TrainerError(
                    "data_invalid",
                    f"{place}: {error}",
                    "Write each line as contract/jsonschema/training-example.schema.json says.",
                ) from error


def _parse(place: str, value: Any) -> Example:
    if not isinstance(value, dict) or set(value) not in ({"messages"}, {"text"}):
        raise ValueError("the line is not an object with messages or with text")
    if "text" in value:
        if not isinstance(value["text"], str) or not value["text"]:
            raise ValueError("text is not a text, or is empty")
        return Example(place, (), value["text"])
    if not isinstance(value["messages"], list) or not value["messages"]:
        raise ValueError("messages is not a list, or is empty")
    return Example(place, tuple(_parse_message(entry) for entry in value["messages"]), None)


def _parse_message(entry: Any) -> Message:
    if not isinstance(entry, dict) or not {"role", "content"} <= set(entry) <= {"role", "content", "weight"}:
        raise ValueError("a message is not an object with role, content and perhaps weight")
    weight = entry.get("weight", 1)
    if entry["role"] not in _ROLES or not isinstance(entry["content"], str):
        raise ValueError("a message has an unknown role, or content that is not a text")
    if isinstance(weight, bool) or weight not in (0, 1):
        raise ValueError("a message's weight is neither 0 nor 1")
    return Message(entry["role"], entry["content"], int(weight))
