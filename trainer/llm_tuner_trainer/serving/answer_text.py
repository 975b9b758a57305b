"""Turns generated tokens into text piece by piece: whole characters only, and never a part of a stop string."""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Tokenizer

# What decoding puts in place of bytes that are no character (yet).
_REPLACEMENT = "\ufffd"
# A character has at most four bytes. What is not complete after this many tokens is no text and never will be.
_LONGEST_HOLD = 32


class TokenText:
    """The text of a growing list of tokens.

    A byte-level token may end within a character, and a SentencePiece token's leading space depends on its
    neighbours. So each step decodes from a few tokens back and gives out what that adds.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._context_start = 0
        self._given_out = 0

    def push(self, token_id: int) -> str:
        """The text that this token completes; empty while a character is incomplete."""
        self._ids.append(token_id)
        text = self._new_text()
        held = len(self._ids) - self._given_out
        if held < _LONGEST_HOLD and (not text or text.endswith(_REPLACEMENT)):
            return ""
        self._context_start, self._given_out = self._given_out, len(self._ids)
        return text

    def finish(self) -> str:
        """What is left at the end, without a character that was cut in the middle."""
        return self._new_text().rstrip(_REPLACEMENT)

    def _new_text(self) -> str:
        before = self._tokenizer.decode(self._ids[self._context_start : self._given_out])
        now = self._tokenizer.decode(self._ids[self._context_start :])
        return now[len(before) :]


class StopFilter:
    """Passes text on up to the first stop string; holds back what may be the beginning of one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stops)
        self._held = ""
        self.stopped = False

    def push(self, text: str) -> str:
        """The text that may be given out now. Sets `stopped` when a stop string is complete."""
        self._held += text
        # Of several, the one that was complete first ends the answer, however the text was cut into pieces.
        complete = [(index + len(stop), index) for stop in self._stops if (index := self._held.find(stop)) >= 0]
        if complete:
            self.stopped = True
            given, self._held = self._held[: min(complete)[1]], ""
            return given
        keep = max((self._possible_beginning(stop) for stop in self._stops), default=0)
        cut = len(self._held) - keep
        given, self._held = self._held[:cut], self._held[cut:]
        return given

    def finish(self) -> str:
        """What was held back for a stop string that did not come."""
        given, self._held = self._held, ""
        return given

    def _possible_beginning(self, stop: str) -> int:
        longest = min(len(stop) - 1, len(self._held))
        return next((length for length in range(longest, 0, -1) if self._held.endswith(stop[:length])), 0)


class AnswerText:
    """The text of one answer: tokens in, text out, with stop strings honoured."""

    def __init__(self, tokenizer: Tokenizer, stops: Sequence[str]) -> None:
        self._text = TokenText(tokenizer)
        self._filter = StopFilter(stops)

    @property
    def stopped(self) -> bool:
        return self._filter.stopped

    def push(self, token_id: int) -> str:
        """The text that may be given out after this token."""
        return self._filter.push(self._text.push(token_id))

    def finish(self) -> str:
        """The rest of the text when the answer ends for another reason than a stop string."""
        given = self._filter.push(self._text.finish())
        return given if self.stopped else given + self._filter.finish()
