"""Reads the bodies of OpenAI's chat completions and completions. What cannot be honoured is refused by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..failures import TrainerError
from ..loading import LoadedModel
from ..template import Message
from .api_errors import ApiError, context_length_exceeded, invalid, unsupported_parameter
from .engine import Generation
from .sampling import Sampling

DEFAULT_MAX_TOKENS = 512
MAX_STOPS = 4
MAX_STOP_CHARACTERS = 256
MAX_MESSAGES = 4096
_LARGEST_SEED = 2**63 - 1

# Fields that change nothing in the answer of this server: who asks, how to bill, how to cache.
_HINTS = {
    "user", "metadata", "service_tier", "safety_identifier", "parallel_tool_calls",
    "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention",
}  # fmt: skip

# Fields that are understood but not offered: only these values, which ask for nothing, are taken.
_SWITCHED_OFF: Mapping[str, tuple[Any, ...]] = {
    "n": (None, 1),
    "best_of": (None, 1),
    "logprobs": (None, False),
    "top_logprobs": (None,),
    "echo": (None, False),
    "suffix": (None, ""),
    "frequency_penalty": (None, 0),
    "presence_penalty": (None, 0),
    "logit_bias": (None, {}),
    "tools": (None, []),
    "tool_choice": (None, "none", "auto"),
    "functions": (None, []),
    "function_call": (None, "none", "auto"),
    "response_format": (None, {"type": "text"}),
    "modalities": (None, ["text"]),
    "audio": (None,),
    "prediction": (None,),
    "web_search_options": (None,),
    "reasoning_effort": (None, "none"),
    "verbosity": (None, "medium"),
    "store": (None, False),
}

_READ = {
    "model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "temperature", "top_p", "seed", "stop",
    "return_token_ids",
}  # fmt: skip


@dataclass(frozen=True)
class AnswerRequest:
    """One request, checked: what to generate and how to send it."""

    generation: Generation
    stream: bool
    include_usage: bool
    return_token_ids: bool


def read_chat_request(body: Mapping[str, Any], loaded: LoadedModel) -> AnswerRequest:
    """A body of `POST /v1/chat/completions`.

    Raises:
        ApiError: 400, naming the field.
    """
    _refuse_unsupported(body, {"messages"})
    messages = _read_messages(body.get("messages"))
    try:
        prompt_ids = loaded.template.encode_chat(messages)
    except TrainerError as error:
        raise invalid("messages", f"{error.message} {error.remedy}") from error
    return _read_common(body, loaded, "messages", prompt_ids)


def read_completion_request(body: Mapping[str, Any], loaded: LoadedModel) -> AnswerRequest:
    """A body of `POST /v1/completions`.

    Raises:
        ApiError: 400, naming the field.
    """
    _refuse_unsupported(body, {"prompt"})
    return _read_common(body, loaded, "prompt", _read_prompt(body.get("prompt"), loaded))


def _refuse_unsupported(body: Mapping[str, Any], read_here: set[str]) -> None:
    for name, value in body.items():
        if name in _SWITCHED_OFF:
            if value not in _SWITCHED_OFF[name]:
                raise unsupported_parameter(name, "leave it out.")
        elif name not in _READ | _HINTS | read_here:
            raise ApiError(400, f"Unknown field: {name[:100]}", param=name[:100], code="unknown_parameter")


def _read_common(body: Mapping[str, Any], loaded: LoadedModel, param: str, prompt_ids: list[int]) -> AnswerRequest:
    if not prompt_ids:
        raise invalid(param, f"{param} is empty: there is nothing to go on from.")
    left = loaded.context_window - len(prompt_ids)
    if left < 1:
        raise context_length_exceeded(param, len(prompt_ids), loaded.context_window)
    asked = _integer(body, "max_completion_tokens", 1, None)
    if asked is None:
        asked = _integer(body, "max_tokens", 1, None)
    stream = _boolean(body, "stream")
    generation = Generation(
        prompt_ids=prompt_ids,
        max_tokens=min(DEFAULT_MAX_TOKENS if asked is None else asked, left),
        sampling=Sampling(
            temperature=_number(body, "temperature", 2.0, default=1.0),
            top_p=_number(body, "top_p", 1.0, default=1.0),
            seed=_integer(body, "seed", -_LARGEST_SEED, _LARGEST_SEED),
        ),
        stops=_read_stops(body.get("stop")),
    )
    return AnswerRequest(generation, stream, stream and _read_include_usage(body), _boolean(body, "return_token_ids"))


def _read_messages(value: Any) -> list[Message]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_MESSAGES:
        raise invalid("messages", f"messages must be a list of 1 to {MAX_MESSAGES} messages.")
    return [_read_message(f"messages[{index}]", message) for index, message in enumerate(value)]


def _read_message(where: str, message: Any) -> Message:
    if not isinstance(message, dict):
        raise invalid(where, f"{where} must be an object with role and content.")
    role = message.get("role")
    # "developer" is the newer name of the same role.
    role = "system" if role == "developer" else role
    if role not in ("system", "user", "assistant"):
        raise invalid(f"{where}.role", f"{where}.role must be system, developer, user or assistant.")
    for name in ("tool_calls", "function_call", "audio"):
        if message.get(name):
            raise unsupported_parameter(f"{where}.{name}", "messages carry text only.")
    return Message(role, _read_content(f"{where}.content", message.get("content")))


def _read_content(where: str, content: Any) -> str:
    if isinstance(content, str):
        return _text(where, content)
    if not isinstance(content, list):
        raise invalid(where, f"{where} must be a text or a list of text parts.")
    parts = []
    for index, part in enumerate(content):
        if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise unsupported_parameter(f"{where}[{index}]", "only parts of type text can be read.")
        parts.append(_text(where, part["text"]))
    return "".join(parts)


def _read_prompt(value: Any, loaded: LoadedModel) -> list[int]:
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], (str, list)):
        value = value[0]
    if isinstance(value, str):
        return loaded.template.encode_text(_text("prompt", value))
    if not isinstance(value, list):
        raise invalid("prompt", "prompt must be a text or a list of token ids.")
    if any(isinstance(item, (str, list)) for item in value):
        raise unsupported_parameter("prompt", "send one prompt a request.")
    vocabulary = loaded.tokenizer.get_vocab_size()
    if not all(type(item) is int and 0 <= item < vocabulary for item in value):
        raise invalid("prompt", f"Token ids must be whole numbers from 0 to {vocabulary - 1}.")
    return value


def _read_stops(value: Any) -> tuple[str, ...]:
    stops = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(stops, list) or len(stops) > MAX_STOPS:
        raise invalid("stop", f"stop must be a text or a list of at most {MAX_STOPS} texts.")
    for stop in stops:
        if not isinstance(stop, str) or not 1 <= len(stop) <= MAX_STOP_CHARACTERS:
            raise invalid("stop", f"Each stop must be a text of 1 to {MAX_STOP_CHARACTERS} characters.")
    return tuple(_text("stop", stop) for stop in stops)


def _read_include_usage(body: Mapping[str, Any]) -> bool:
    options = body.get("stream_options")
    if options is None:
        return False
    if not isinstance(options, dict):
        raise invalid("stream_options", "stream_options must be an object.")
    return _boolean(options, "include_usage", "stream_options.")


def _text(where: str, text: str) -> str:
    # JSON can spell half a surrogate pair, which is no text and which no tokenizer takes.
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise invalid(where, f"{where} holds half a surrogate pair, which is not valid text.") from error
    return text


def _number(body: Mapping[str, Any], name: str, high: float, default: float) -> float:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= high or math.isnan(value):
        raise invalid(name, f"{name} must be a number from 0 to {high:g}.")
    return float(value)


def _integer(body: Mapping[str, Any], name: str, low: int, high: int | None) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if type(value) is not int or value < low or (high is not None and value > high):
        upto = "" if high is None else f" and at most {high}"
        raise invalid(name, f"{name} must be a whole number of at least {low}{upto}.")
    return value


def _boolean(body: Mapping[str, Any], name: str, prefix: str = "") -> bool:
    value = body.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise invalid(prefix + name, f"{prefix}{name} must be true or false.")
    return value
