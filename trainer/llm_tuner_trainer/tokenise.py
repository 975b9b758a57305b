"""Turns the data files into token files, once: later attempts on the same data find them in the run folder's cache.

Imports neither torch nor transformers, so that counting tokens starts fast and stays small.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Encoding

from .base_model import sha256_of_files
from .examples import Example, read_examples
from .failures import TrainerError
from .run_folder import RunFolder, write_atomically
from .template import ChatTemplate, Span
from .token_store import TokenStore, TokenWriter, open_store

# Raise it whenever the same input would give other tokens than before.
_FORMAT_VERSION = 1
# What is tokenised at once: enough to keep all cores busy, little enough to keep memory small.
_CHUNK_EXAMPLES = 512
_CHUNK_CHARACTERS = 500_000
_HISTOGRAM_BUCKETS = 16


@dataclass(frozen=True)
class PartCounts:
    """Counts of one part; `supervised_tokens` are those that count in the loss, after truncation like all others."""

    examples: int
    tokens: int
    supervised_tokens: int
    truncated_examples: int
    longest_example_tokens: int
    histogram: list[dict[str, int]]


@dataclass(frozen=True)
class TokenisedData:
    """Both parts of the data as tokens. `longest_example_tokens` is counted before truncation."""

    train: TokenStore
    held_out: TokenStore
    train_counts: PartCounts
    held_out_counts: PartCounts
    train_sha256: str


def tokenise(
    folder: RunFolder, template: ChatTemplate, max_tokens: int, on_progress: Callable[[], None]
) -> TokenisedData:
    """Tokenise both data files, cutting each example after `max_tokens`; `on_progress` is called now and then.

    Raises:
        TrainerError: `data_invalid`, naming the line.
    """
    train_sha256 = _file_sha256(folder.train)
    key = json.dumps([_FORMAT_VERSION, train_sha256, _file_sha256(folder.held_out), template.fingerprint, max_tokens])
    cached = folder.cache / f"tokens-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    if not cached.is_dir():
        _write_cache(cached, folder, template, max_tokens, on_progress)
    counts = json.loads((cached / "counts.json").read_text(encoding="utf-8"))
    return TokenisedData(
        train=open_store(cached, "train"),
        held_out=open_store(cached, "held-out"),
        train_counts=PartCounts(**counts["train"]),
        held_out_counts=PartCounts(**counts["held-out"]),
        train_sha256=train_sha256,
    )


def encode_examples(examples: list[Example], template: ChatTemplate) -> list[tuple[list[int], list[int]]]:
    """Ids and loss mask of each example, whole."""
    rendered = [_render(example, template) for example in examples]
    encodings = template.tokenizer.encode_batch([text for text, _ in rendered], add_special_tokens=False)
    result = []
    for example, (_, spans), encoding in zip(examples, rendered, encodings, strict=True):
        # Only plain texts lack a BOS still; a chat's template has written it.
        bos = [] if example.text is None else template.bos_ids(example.text)
        result.append((bos + encoding.ids, [0] * len(bos) + supervised_mask(encoding, spans)))
    return result


def supervised_mask(encoding: Encoding, spans: list[Span]) -> list[int]:
    """1 for every token with a character inside a span, else 0.

    A token across the start of a span counts: it is how the tokenizer writes the answer's first characters here.
    """
    offsets = encoding.offsets
    starts = [start for start, _ in offsets]
    # Some tokenizers report tokens of white space as empty; such a token is where it starts.
    ends = [max(end, start + 1) for start, end in offsets]
    mask = [0] * len(offsets)
    for span in spans:
        first, end = bisect_right(ends, span.start), bisect_left(starts, span.end)
        mask[first:end] = [1] * (end - first)
    return mask


def _render(example: Example, template: ChatTemplate) -> tuple[str, list[Span]]:
    try:
        if example.text is not None:
            return template.render_supervised_text(example.text)
        return template.render_supervised(example.messages)
    except TrainerError as error:
        raise TrainerError(error.code, f"{example.place}: {error.message}", error.remedy) from error


def _write_cache(
    target: Path, folder: RunFolder, template: ChatTemplate, max_tokens: int, on_progress: Callable[[], None]
) -> None:
    temporary = target.with_name(f".{target.name}.tmp")
    shutil.rmtree(folder.cache, ignore_errors=True)
    temporary.mkdir(parents=True)
    counts: dict[str, Any] = {}
    for part, path in (("train", folder.train), ("held-out", folder.held_out)):
        counter = _Counter()
        writer = TokenWriter(temporary, part)
        for chunk in _chunks(read_examples(path)):
            for ids, mask in encode_examples(chunk, template):
                counter.add(len(ids), mask[1:max_tokens], max_tokens)
                writer.add(ids[:max_tokens], mask[:max_tokens])
            on_progress()
        writer.close()
        counts[part] = counter.counts()
    write_atomically(temporary / "counts.json", json.dumps(counts))
    temporary.rename(target)


def _chunks(examples: Iterable[Example]) -> Iterator[list[Example]]:
    chunk: list[Example] = []
    characters = 0
    for example in examples:
        chunk.append(example)
        characters += len(example.text or "") + sum(len(message.content) for message in example.messages)
        if len(chunk) == _CHUNK_EXAMPLES or characters >= _CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


class _Counter:
    def __init__(self) -> None:
        self._lengths: dict[int, int] = {}
        self._supervised = 0
        self._truncated = 0
        self._longest = 0

    def add(self, length: int, target_mask: list[int], max_tokens: int) -> None:
        kept = min(length, max_tokens)
        self._lengths[kept] = self._lengths.get(kept, 0) + 1
        self._supervised += sum(target_mask)
        self._truncated += length > max_tokens
        self._longest = max(self._longest, length)

    def counts(self) -> dict[str, Any]:
        return {
            "examples": sum(self._lengths.values()),
            "tokens": sum(length * number for length, number in self._lengths.items()),
            "supervised_tokens": self._supervised,
            "truncated_examples": self._truncated,
            "longest_example_tokens": self._longest,
            "histogram": _histogram(self._lengths),
        }


def _histogram(lengths: dict[int, int]) -> list[dict[str, int]]:
    """Equal buckets of a round width (1, 2 or 5 times a power of ten), at most 16 of them, from the first in use."""
    if not lengths:
        return []
    width = next(
        step
        for power in range(7)
        for step in (10**power, 2 * 10**power, 5 * 10**power)
        if max(lengths) <= step * _HISTOGRAM_BUCKETS
    )
    buckets: dict[int, int] = {}
    for length, number in lengths.items():
        upper = -(-length // width) * width
        buckets[upper] = buckets.get(upper, 0) + number
    return [
        {"up_to": upper, "examples": buckets.get(upper, 0)}
        for upper in range(min(buckets), max(buckets) + width, width)
    ]


def _file_sha256(path: Path) -> str:
    return sha256_of_files([path] if path.is_file() else [])
