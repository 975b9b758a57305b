"""How a conversation becomes text and tokens: one code for counting, training and serving alike.

The template stored with a model wins; a model without one gets `DEFAULT_TEMPLATE`, which is then stored with the
tuned model.

A text is tokenised once, whole, and the tokens are then assigned to the answer or to the rest by their offsets:
tokenising prompt and answer apart would change the tokens at the boundary.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jinja2 import Template, TemplateError
from tokenizers import Encoding, Tokenizer

from .base_model import unsupported
from .failures import TrainerError
from .template_language import DEFAULT_TEMPLATE, compile_template
from .tokenizer_files import TokenizerFiles, load_tokenizer_files

# Put inside a special token that a user typed, so that it stays text: U+2060 WORD JOINER, invisible.
_WORD_JOINER = "\u2060"


@dataclass(frozen=True)
class Message:
    """One turn. `weight` 0 keeps an assistant's turn out of the loss."""

    role: str
    content: str
    weight: int = 1


@dataclass(frozen=True)
class Span:
    """Characters `start` to `end` (exclusive) of a rendered text, all of which count in the loss."""

    start: int
    end: int


@dataclass(frozen=True, eq=False)
class ChatTemplate:
    """The template of one model together with its tokenizer. Make it with `load`."""

    files: TokenizerFiles
    source: str
    eos_token_ids: tuple[int, ...]
    turn_end: str | None

    @classmethod
    def load(cls, folder: Path, eos_token_ids: Sequence[int] | None = None) -> ChatTemplate:
        """Read tokenizer and template from a model's folder.

        Args:
            folder: Hugging Face layout; a tuned model's folder too.
            eos_token_ids: What a tuned model's manifest says; found out from the folder when None.

        Raises:
            TrainerError: `base_model_unsupported` when tokenizer or template cannot be used.
        """
        files = load_tokenizer_files(folder)
        source = files.chat_template or _default_template(files)
        bare = cls(files, source, files.eos_token_ids, turn_end=None)
        turn_end = bare._find_turn_end()
        turn_end_id = None if turn_end is None else files.tokenizer.token_to_id(turn_end)
        found = tuple(dict.fromkeys([*([] if turn_end_id is None else [turn_end_id]), *files.eos_token_ids]))
        return cls(files, source, tuple(eos_token_ids) if eos_token_ids else found, turn_end)

    @property
    def tokenizer(self) -> Tokenizer:
        return self.files.tokenizer

    @property
    def sha256(self) -> str:
        """Of the template's source, as hex."""
        return hashlib.sha256(self.source.encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        """Of all that decides which tokens a conversation becomes, as hex."""
        parts = [self.tokenizer.to_str(), self.source, json.dumps(dict(self.files.special_tokens), sort_keys=True)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def save(self, folder: Path) -> None:
        """Write tokenizer and template into a model's folder, to be read by `load`."""
        self.files.save(folder, self.source)

    def render(self, messages: Sequence[Message], add_generation_prompt: bool) -> str:
        """The text of a conversation, with the opening of the assistant's next turn if asked for.

        Raises:
            TrainerError: `data_invalid` when the template refuses the messages (an unknown role, a wrong order).
        """
        rows = [{"role": message.role, "content": self._as_text(message.content)} for message in messages]
        try:
            text = self._compiled.render(
                messages=rows,
                add_generation_prompt=add_generation_prompt,
                tools=None,
                documents=None,
                **self.files.special_tokens,
            )
        # A template is a program of somebody else: it may raise TypeError and ValueError besides Jinja's own errors.
        except (TemplateError, TypeError, ValueError) as error:
            raise TrainerError(
                "data_invalid",
                f"The model's chat template refuses these messages: {error}",
                "Use the roles that the model knows, in the order that it expects.",
            ) from error
        return text

    def render_supervised(self, messages: Sequence[Message]) -> tuple[str, list[Span]]:
        """The text of a training conversation, and where the assistant's words are in it.

        A span starts where serving would start to generate and ends after the token that closes the turn, so that
        the model learns to stop. A template that closes turns with no special token gets the end-of-text token
        after the last turn.
        """
        text = self.render(messages, add_generation_prompt=False)
        last = messages[-1]
        if last.role == "assistant" and self.turn_end is None:
            text += self.files.special_tokens["eos_token"]
        spans = []
        for index, message in enumerate(messages):
            if message.role == "assistant" and message.weight != 0:
                start = self._answer_start(text, messages[:index])
                is_last = index == len(messages) - 1
                spans.append(Span(start, self._answer_end(text, start, messages[: index + 1], is_last)))
        return text, spans

    def render_supervised_text(self, text: str) -> tuple[str, list[Span]]:
        """A plain text with its end of text; all of it counts in the loss."""
        whole = text + self.files.special_tokens["eos_token"]
        return whole, [Span(0, len(whole))]

    def encode_chat(self, messages: Sequence[Message], add_generation_prompt: bool = True) -> list[int]:
        """Token ids of a conversation, ready to generate from."""
        return self.encode_rendered(self.render(messages, add_generation_prompt)).ids

    def encode_rendered(self, text: str) -> Encoding:
        """Tokenise a rendered conversation. The template has written every special token, a BOS too if one belongs."""
        return self.tokenizer.encode(text, add_special_tokens=False)

    def encode_text(self, text: str) -> list[int]:
        """Token ids of a plain text to go on from: with the model's BOS exactly once, with no EOS."""
        return [*self.bos_ids(text), *self.tokenizer.encode(text, add_special_tokens=False).ids]

    def bos_ids(self, text: str) -> list[int]:
        """What goes before a plain text: the BOS, if this tokenizer adds one and the text does not bring its own."""
        if self._added_bos is None or text.startswith(self.files.special_tokens["bos_token"]):
            return []
        return [self._added_bos]

    @cached_property
    def _added_bos(self) -> int | None:
        return _added_bos(self.files)

    @cached_property
    def _compiled(self) -> Template:
        return compile_template(self.source)

    @cached_property
    def _special_texts(self) -> list[str]:
        added = self.tokenizer.get_added_tokens_decoder().values()
        # Longest first: a token may be the beginning of another.
        return sorted((token.content for token in added if token.special), key=len, reverse=True)

    def _as_text(self, content: str) -> str:
        """`content` with nothing in it that the tokenizer would read as a special token."""
        for token in self._special_texts:
            if len(token) > 1 and token in content:
                content = content.replace(token, token[0] + _WORD_JOINER + token[1:])
        return content

    def _find_turn_end(self) -> str | None:
        """The special token that the template writes after an assistant's words, if it writes one."""
        # Digits: nothing that a template may do to letters changes them.
        probe = "739154"
        try:
            text = self.render([Message("user", "x"), Message("assistant", probe)], add_generation_prompt=False)
        except TrainerError as error:
            raise unsupported(error.message) from error
        _, found, after = text.rpartition(probe)
        if not found:
            raise unsupported("The model's chat template drops the assistant's words.")
        return next((token for token in self._special_texts if after.lstrip().startswith(token)), None)

    def _answer_start(self, text: str, before: Sequence[Message]) -> int:
        opening = self.render(before, add_generation_prompt=True)
        if not text.startswith(opening):
            # Some templates end the opening with a space that they do not write before a given answer.
            opening = opening.rstrip()
        if not text.startswith(opening):
            raise _not_a_beginning()
        return len(opening)

    def _answer_end(self, text: str, start: int, upto: Sequence[Message], is_last: bool) -> int:
        if self.turn_end is None and is_last:
            return len(text)
        words = self._as_text(upto[-1].content).strip()
        found = text.find(words, start)
        after = found + len(words)
        if found < 0 or text[start:found].strip() != "":
            # The template rewrites the answer: it ends where the conversation up to it ends.
            closing = self.render(upto, add_generation_prompt=False).rstrip()
            if not text.startswith(closing):
                raise _not_a_beginning()
            return len(closing)
        if self.turn_end is None:
            return after
        gap = len(text[after:]) - len(text[after:].lstrip())
        closed = text.startswith(self.turn_end, after + gap)
        return after + gap + len(self.turn_end) if closed else after


def _not_a_beginning() -> TrainerError:
    return unsupported(
        "The model's chat template writes a conversation differently once it goes on, "
        "so the assistant's words cannot be told from the rest."
    )


def _added_bos(files: TokenizerFiles) -> int | None:
    """Id of the BOS that the tokenizer puts before a plain text, or None if it puts none."""
    bos = files.special_tokens.get("bos_token")
    bos_id = None if bos is None else files.tokenizer.token_to_id(bos)
    return bos_id if files.tokenizer.encode("x", add_special_tokens=True).ids[:1] == [bos_id] else None


def _default_template(files: TokenizerFiles) -> str:
    # Written into the stored template, so that every other runtime renders the same text.
    return ("{{- bos_token }}\n" if _added_bos(files) is not None else "") + DEFAULT_TEMPLATE
