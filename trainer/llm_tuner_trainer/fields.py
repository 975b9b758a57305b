"""Reads JSON objects strictly: every field present, of its type, within its bounds, and no unknown ones."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

Choice = TypeVar("Choice", bound=str)


class FieldError(ValueError):
    """A document that does not have its shape; the text names the field and what is wrong with it."""


class Fields:
    """The fields of one JSON object. Take each of them, then call `finish` to refuse what is left."""

    def __init__(self, value: object, place: str = "") -> None:
        if not isinstance(value, dict):
            raise FieldError(f"{place or 'the document'} is not a JSON object")
        self._left = dict(value)
        self._place = f"{place}." if place else ""

    def _take(self, name: str) -> Any:
        if name not in self._left:
            raise FieldError(f"{self._place}{name} is missing")
        return self._left.pop(name)

    def _refuse(self, name: str, rule: str) -> FieldError:
        return FieldError(f"{self._place}{name} must be {rule}")

    def text(self, name: str) -> str:
        """A text that is not empty."""
        value = self._take(name)
        if not isinstance(value, str) or not value:
            raise self._refuse(name, "a text that is not empty")
        return value

    def choice(self, name: str, choices: Sequence[Choice]) -> Choice:
        """One of `choices`."""
        value = self._take(name)
        for choice in choices:
            if value == choice:
                return choice
        raise self._refuse(name, f"one of {', '.join(choices)}")

    def integer(self, name: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included; 1.0 counts as whole, as it does in JSON Schema."""
        value = self._take(name)
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole or not low <= value <= high:
            raise self._refuse(name, f"a whole number from {low} to {high}")
        return int(value)

    def number(self, name: str, low: float, high: float = math.inf, *, above_low: bool = False) -> float:
        """A finite number from `low` (or above it) to `high`."""
        value = self._take(name)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if not is_number or value > high or (value <= low if above_low else value < low):
            limit = "" if high == math.inf else f" and at most {high}"
            raise self._refuse(name, f"a number {'above' if above_low else 'of at least'} {low}{limit}")
        return float(value)

    def object(self, name: str) -> Fields:
        """A JSON object, read in turn."""
        return Fields(self._take(name), f"{self._place}{name}")

    def optional_text(self, name: str) -> str | None:
        """A text, or null."""
        if self._left.get(name, "") is None:
            self._take(name)
            return None
        return self.text(name)

    def finish(self) -> None:
        """Refuse fields that nobody took: a misspelt setting must not be ignored silently."""
        if self._left:
            raise FieldError(f"{self._place}{min(self._left)} is not a known field")


def read_object(path: Path) -> Fields:
    """The JSON object in a file.

    Raises:
        FieldError: the file is missing or is not a JSON object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FieldError(f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise FieldError(f"is not valid JSON: {error}") from error
    return Fields(value)
