"""Downloads models from the Hugging Face hub, or from what `HF_ENDPOINT` names, into the hub client's cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError
from tqdm import tqdm

from .failures import TrainerError


def download(repository: str, revision: str, patterns: list[str], on_progress: Callable[[], None]) -> Path:
    """The local folder with those files of a repository that match `patterns`, the missing ones downloaded.

    `on_progress` is called while bytes arrive, and may raise to break off.

    Raises:
        TrainerError: `base_model_unavailable`, or `licence_required` for a gated repository.
    """

    class ProgressReport(tqdm):  # type: ignore[misc] # tqdm has no types
        """In the place of the progress bar, which would fill the log: told whenever bytes have arrived."""

        def __init__(self, *arguments: Any, **settings: Any) -> None:
            super().__init__(*arguments, **{**settings, "disable": True})

        def update(self, n: float | None = 1) -> None:
            on_progress()

    where = f"{repository} at {revision}"
    try:
        return Path(
            snapshot_download(repository, revision=revision, allow_patterns=patterns, tqdm_class=ProgressReport)
        )
    except GatedRepoError as error:
        raise TrainerError(
            "licence_required",
            f"{where} is gated: its licence has not been accepted with the account of this machine.",
            f"Accept the licence at https://huggingface.co/{repository} and set HF_TOKEN to a token of that account.",
        ) from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise TrainerError(
            "base_model_unavailable",
            f"The hub has no {where}, or it is private.",
            "Check the name and the revision; for a private repository set HF_TOKEN.",
        ) from error
    # Whatever else goes wrong on the way to the hub (no route, proxy, time-out, offline mode) has the same remedy.
    except Exception as error:
        raise TrainerError(
            "base_model_unavailable",
            f"{where} could not be downloaded: {error}",
            "Check that this machine reaches the hub, or give a local folder as the source.",
        ) from error
