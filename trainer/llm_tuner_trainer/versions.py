"""Versions of what a result depends on, without importing any of it."""

from __future__ import annotations

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

from . import __version__

_PACKAGES = ("torch", "transformers", "peft", "tokenizers", "safetensors")


def collect_versions() -> dict[str, str]:
    """Versions of Python, of this package and of the libraries that decide about numbers."""
    found = {"python": platform.python_version(), "llm_tuner_trainer": __version__}
    for package in _PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
