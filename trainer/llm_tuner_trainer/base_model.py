"""Where a base model comes from, and what its folder says about it. Imports neither torch nor transformers.

Only safetensors weights are accepted: pickled weights run code when they are loaded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

from .failures import TrainerError

_TOKENIZER_FILES = ["*.json", "*.jinja", "tokenizer.model", "merges.txt", "LICENSE*"]
_WEIGHT_FILES = ["*.safetensors"]
_READ_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class FolderSource:
    """A folder in Hugging Face layout."""

    path: str

    def to_json(self) -> dict[str, str]:
        return {"kind": "folder", "path": self.path}


@dataclass(frozen=True)
class HubSource:
    """A repository of the Hugging Face hub, at a branch, tag or commit."""

    repository: str
    revision: str

    def to_json(self) -> dict[str, str]:
        return {"kind": "hub", "repository": self.repository, "revision": self.revision}


ModelSource = Union[FolderSource, HubSource]


@dataclass(frozen=True)
class Family:
    """What the trainer must know of an architecture: which linear layers LoRA adapts.

    `fan_in_fan_out` says that they are stored as GPT-2's `Conv1D`, transposed against `nn.Linear`.
    """

    lora_targets: tuple[str, ...]
    fan_in_fan_out: bool


_LLAMA = Family(("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"), fan_in_fan_out=False)

# By `model_type` of config.json. All have a decoder at `.base_model` and a plain linear head on top of it.
FAMILIES = {
    "gpt2": Family(("c_attn", "c_proj", "c_fc"), fan_in_fan_out=True),
    "llama": _LLAMA,
    "mistral": _LLAMA,
    "qwen2": _LLAMA,
    "qwen3": _LLAMA,
}


def _nothing() -> None:
    pass


def resolve_source(source: ModelSource, *, weights: bool, on_progress: Callable[[], None] = _nothing) -> Path:
    """The local folder of a model; for the hub, after downloading what is missing (`weights` or the rest only).

    `on_progress` is called while bytes arrive, and may raise to break off.

    Raises:
        TrainerError: `base_model_unavailable`, or `licence_required` for a gated repository.
    """
    if isinstance(source, HubSource):
        # Imported here: a run on a local folder needs no hub client.
        from .hub import download

        files = _TOKENIZER_FILES + (_WEIGHT_FILES if weights else [])
        return download(source.repository, source.revision, files, on_progress)
    folder = Path(source.path)
    if not (folder / "config.json").is_file():
        raise TrainerError(
            "base_model_unavailable",
            f"There is no model in {folder}: config.json is missing.",
            "Give the path of a folder in Hugging Face layout (config.json, tokenizer.json, *.safetensors).",
        )
    return folder


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file of the model; an absent file is an empty object.

    Raises:
        TrainerError: `base_model_unsupported` when the file is there but is not a JSON object.
    """
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise unsupported(f"{path.name} is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise unsupported(f"{path.name} is not a JSON object.")
    return value


def read_family(folder: Path) -> Family:
    """The family of the model in `folder`.

    Raises:
        TrainerError: `base_model_unsupported` for any other architecture.
    """
    model_type = read_json(folder / "config.json").get("model_type")
    family = FAMILIES.get(model_type) if isinstance(model_type, str) else None
    if family is None:
        raise unsupported(f"The architecture {model_type!r} is not supported; supported are {', '.join(FAMILIES)}.")
    return family


def read_context_window(folder: Path) -> int:
    """The longest sequence in tokens that the model has positions for."""
    config = read_json(folder / "config.json")
    for key in ("n_positions", "max_position_embeddings"):
        if isinstance(config.get(key), int):
            return int(config[key])
    raise unsupported("config.json names no context window (n_positions or max_position_embeddings).")


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a model, in name order.

    Raises:
        TrainerError: `base_model_unsupported` when there are none.
    """
    files = sorted(folder.glob("*.safetensors"))
    if files:
        return files
    if any(folder.glob("*.bin")):
        raise unsupported(
            "The weights are pickled (.bin), which can run code when loaded; convert them to safetensors."
        )
    raise TrainerError(
        "base_model_unavailable",
        "The model's folder holds no *.safetensors weights.",
        "Copy the weights into the folder, or choose another base model.",
    )


def hash_weights(folder: Path) -> str:
    """SHA-256 over the bytes of all weight files in name order, as hex."""
    return sha256_of_files(weight_files(folder))


def sha256_of_files(paths: list[Path]) -> str:
    """SHA-256 over the bytes of the files one after another, as hex; reads in blocks."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(_READ_BLOCK_BYTES):
                digest.update(block)
    return digest.hexdigest()


def unsupported(message: str) -> TrainerError:
    """A model that the trainer will not take, for the reason in `message`."""
    return TrainerError("base_model_unsupported", message, "Choose another base model.")
