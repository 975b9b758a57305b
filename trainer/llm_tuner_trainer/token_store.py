"""Tokenised examples in files that are mapped into memory, so that a data set may be larger than it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[Any]


@dataclass(frozen=True)
class TokenStore:
    """All examples of one part, one after another.

    `ids` (int32) and `mask` (uint8, 1 where the token counts in the loss) have one entry per token; example `i` is
    `offsets[i]` to `offsets[i + 1]` (int64).
    """

    ids: IntArray
    mask: IntArray
    offsets: IntArray

    @property
    def lengths(self) -> IntArray:
        """Tokens of each example."""
        return np.diff(self.offsets)

    @property
    def targets(self) -> IntArray:
        """Tokens of each example that count in the loss: the first has nothing before it to be predicted from."""
        if len(self.offsets) == 1:
            return np.zeros(0, np.int64)
        counted = np.concatenate([[0], np.cumsum(self.mask, dtype=np.int64)])
        total: IntArray = np.diff(counted[self.offsets]) - self.mask[self.offsets[:-1]]
        return total

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def example(self, index: int) -> tuple[IntArray, IntArray]:
        """Ids and mask of one example."""
        part = slice(int(self.offsets[index]), int(self.offsets[index + 1]))
        return self.ids[part], self.mask[part]


class TokenWriter:
    """Writes the files of a `TokenStore` example by example."""

    def __init__(self, folder: Path, part: str) -> None:
        self._ids = (folder / f"{part}.ids").open("wb")
        self._mask = (folder / f"{part}.mask").open("wb")
        self._offsets_path = folder / f"{part}.offsets"
        self._offsets = [0]

    def add(self, ids: list[int], mask: list[int]) -> None:
        self._ids.write(np.asarray(ids, np.int32).tobytes())
        self._mask.write(np.asarray(mask, np.uint8).tobytes())
        self._offsets.append(self._offsets[-1] + len(ids))

    def close(self) -> None:
        self._ids.close()
        self._mask.close()
        np.asarray(self._offsets, np.int64).tofile(self._offsets_path)


def open_store(folder: Path, part: str) -> TokenStore:
    """The store that a `TokenWriter` left in `folder`."""
    return TokenStore(
        ids=_map(folder / f"{part}.ids", np.int32),
        mask=_map(folder / f"{part}.mask", np.uint8),
        offsets=np.fromfile(folder / f"{part}.offsets", np.int64),
    )


def _map(path: Path, dtype: type[np.generic]) -> IntArray:
    # An empty file cannot be mapped.
    if path.stat().st_size == 0:
        return np.zeros(0, dtype)
    return np.memmap(path, dtype=dtype, mode="r")
