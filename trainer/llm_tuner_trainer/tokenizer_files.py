"""Reads the tokenizer of a model's folder, without importing transformers where `tokenizer.json` is present."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from .base_model import read_json, unsupported

_SPECIAL_TOKEN_NAMES = ("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token")


@dataclass(frozen=True)
class TokenizerFiles:
    """What a model's folder says about its tokens.

    `special_tokens` maps names such as `eos_token` to their text; `eos_token_ids` are all ids that the model's own
    configuration calls an end, the tokenizer's first; `chat_template` is the stored Jinja source, if there is one.
    """

    tokenizer: Tokenizer
    special_tokens: Mapping[str, str]
    eos_token_ids: tuple[int, ...]
    chat_template: str | None
    config: Mapping[str, Any]

    def save(self, folder: Path, chat_template: str) -> None:
        """Write tokenizer and template so that this class and transformers' `AutoTokenizer` both read them back."""
        self.tokenizer.save(str(folder / "tokenizer.json"))
        config = {key: value for key, value in self.config.items() if key != "chat_template"}
        config.update(self.special_tokens)
        config.setdefault("tokenizer_class", "PreTrainedTokenizerFast")
        (folder / "tokenizer_config.json").write_text(
            json.dumps(config, indent=2, ensure_ascii=False), encoding="utf-8"
        )
        (folder / "chat_template.jinja").write_text(chat_template, encoding="utf-8")


def load_tokenizer_files(folder: Path) -> TokenizerFiles:
    """Read tokenizer, special tokens, ends of text and stored template from `folder`.

    Raises:
        TrainerError: `base_model_unsupported` when there is no readable tokenizer or no end-of-text token.
    """
    config = read_json(folder / "tokenizer_config.json")
    tokenizer = _load_tokenizer(folder)
    special = _special_tokens(config, read_json(folder / "special_tokens_map.json"))
    model_configs = [read_json(folder / "generation_config.json"), read_json(folder / "config.json")]
    ids = list(_configured_eos_ids(model_configs))
    if "eos_token" not in special and ids:
        token = tokenizer.id_to_token(ids[0])
        if token is not None:
            special["eos_token"] = token
    eos_id = tokenizer.token_to_id(special["eos_token"]) if "eos_token" in special else None
    if eos_id is None:
        raise unsupported("The tokenizer has no end-of-text token (eos_token), so answers could never end.")
    unique_ids = tuple(dict.fromkeys([eos_id, *ids]))
    return TokenizerFiles(tokenizer, special, unique_ids, _stored_template(folder, config), config)


def _load_tokenizer(folder: Path) -> Tokenizer:
    path = folder / "tokenizer.json"
    try:
        if path.is_file():
            tokenizer = Tokenizer.from_file(str(path))
        else:
            # Older folders hold only vocabulary and merges; transformers knows how to convert each kind.
            from transformers import AutoTokenizer

            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True).backend_tokenizer
    # The Rust library raises bare Exception; whatever it is, this tokenizer cannot be read.
    except Exception as error:
        raise unsupported(f"The tokenizer cannot be read: {error}") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _special_tokens(config: Mapping[str, Any], special_map: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _SPECIAL_TOKEN_NAMES:
        value = config.get(name, special_map.get(name))
        # Either the text itself, or an object with the text under `content`.
        text = value.get("content") if isinstance(value, dict) else value
        if isinstance(text, str) and text:
            found[name] = text
    return found


def _configured_eos_ids(configs: Iterable[Mapping[str, Any]]) -> Iterable[int]:
    for config in configs:
        value = config.get("eos_token_id")
        yield from (value,) if isinstance(value, int) else value if isinstance(value, list) else ()


def _stored_template(folder: Path, config: Mapping[str, Any]) -> str | None:
    path = folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    value = config.get("chat_template")
    # A list names several templates; the one called "default" is the chat's.
    if isinstance(value, list):
        named = {entry.get("name"): entry.get("template") for entry in value if isinstance(entry, dict)}
        value = named.get("default")
    return value if isinstance(value, str) and value else None
