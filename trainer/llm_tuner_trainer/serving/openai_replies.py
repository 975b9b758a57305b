"""Writes answers in OpenAI's wire format: one object, or server-sent chunks."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from typing import Any, Literal

from .engine import Piece
from .openai_requests import AnswerRequest

Dialect = Literal["chat", "completion"]
_ID_PREFIX = {"chat": "chatcmpl-", "completion": "cmpl-"}
_OBJECT = {"chat": "chat.completion", "completion": "text_completion"}
_CHUNK_OBJECT = {"chat": "chat.completion.chunk", "completion": "text_completion"}


class Reply:
    """The answer to one request, as it is put together from pieces."""

    def __init__(self, dialect: Dialect, model: str, request: AnswerRequest) -> None:
        self._dialect: Dialect = dialect
        self._request = request
        self._base = {
            "id": _ID_PREFIX[dialect] + secrets.token_hex(12),
            "object": _OBJECT[dialect],
            "created": int(time.time()),
            "model": model,
        }
        self._chunk_base = {**self._base, "object": _CHUNK_OBJECT[dialect]}
        self._completion_tokens = 0

    def whole(self, pieces: list[Piece]) -> dict[str, Any]:
        """The body of an answer that is not streamed."""
        text = "".join(piece.text for piece in pieces)
        token_ids = [token_id for piece in pieces for token_id in piece.token_ids]
        self._completion_tokens = len(token_ids)
        choice: dict[str, Any] = {"index": 0, "logprobs": None, "finish_reason": pieces[-1].finish_reason}
        if self._dialect == "chat":
            choice["message"] = {"role": "assistant", "content": text, "refusal": None}
        else:
            choice["text"] = text
        body: dict[str, Any] = {**self._base, "choices": [choice], "usage": self._usage()}
        if self._request.return_token_ids:
            choice["token_ids"] = token_ids
            body["prompt_token_ids"] = self._request.generation.prompt_ids
        return body

    def opening(self) -> Iterator[bytes]:
        """The chunk before the first piece: a chat announces its role, and the prompt's tokens come if asked for."""
        chunk = self._chunk({"role": "assistant", "content": "", "refusal": None}, "", [], None)
        if self._request.return_token_ids:
            chunk["prompt_token_ids"] = self._request.generation.prompt_ids
        if self._dialect == "chat" or self._request.return_token_ids:
            yield _event(chunk)

    def chunks(self, piece: Piece) -> Iterator[bytes]:
        """A piece as chunks. The finish reason comes in a chunk of its own, which carries no text."""
        self._completion_tokens += len(piece.token_ids)
        token_ids = piece.token_ids
        if piece.text:
            yield _event(self._chunk({"content": piece.text}, piece.text, token_ids, None))
            token_ids = []
        if piece.finish_reason is not None:
            yield _event(self._chunk({}, "", token_ids, piece.finish_reason))

    def closing(self) -> Iterator[bytes]:
        """What follows the last piece: the usage if asked for, and the end mark."""
        if self._request.include_usage:
            yield _event({**self._chunk_base, "choices": [], "usage": self._usage()})
        yield b"data: [DONE]\n\n"

    def _chunk(
        self, delta: dict[str, Any], text: str, token_ids: list[int], finish_reason: str | None
    ) -> dict[str, Any]:
        choice: dict[str, Any] = {"index": 0, "logprobs": None, "finish_reason": finish_reason}
        if self._dialect == "chat":
            choice["delta"] = delta
        else:
            choice["text"] = text
        if self._request.return_token_ids:
            choice["token_ids"] = token_ids
        chunk: dict[str, Any] = {**self._chunk_base, "choices": [choice]}
        if self._request.include_usage:
            chunk["usage"] = None
        return chunk

    def _usage(self) -> dict[str, int]:
        prompt_tokens = len(self._request.generation.prompt_ids)
        return {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": self._completion_tokens,
            "total_tokens": prompt_tokens + self._completion_tokens,
        }


def error_event(body: dict[str, Any]) -> bytes:
    """An error in the middle of a stream, when the status can no longer say it."""
    return _event(body)


def _event(body: dict[str, Any]) -> bytes:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return f"data: {text}\n\n".encode()
