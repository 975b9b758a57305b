"""The task `tokenize`: count the tokens of the data as training would see them. Needs no weights and no torch."""

from __future__ import annotations

from .attempt import Attempt
from .base_model import resolve_source
from .data_stage import run_data_stage
from .run_folder import RunJob
from .template import ChatTemplate
from .versions import collect_versions


def run_tokenize_task(attempt: Attempt, job: RunJob) -> None:
    """Do the whole task; ends with the event `completed`.

    Raises:
        TrainerError: the data or the base model's tokenizer cannot be used.
        Stopped: asked to stop.
    """
    attempt.events.append("started", task="tokenize", device="cpu", precision="none", versions=collect_versions())
    attempt.enter("fetching the base model")
    folder = resolve_source(job.base_model.source, weights=False, on_progress=attempt.beat)
    attempt.enter("tokenizing")
    run_data_stage(attempt, folder, ChatTemplate.load(folder), job.hyperparameters)
    attempt.events.append(
        "completed",
        steps=0,
        train_seconds=0,
        trained_tokens=0,
        held_out_loss_before=None,
        held_out_loss_after=None,
    )
