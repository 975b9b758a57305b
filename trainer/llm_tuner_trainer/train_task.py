"""The task `train`: from data and a base model to a tuned model in the run folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from .artefact import save_artefact
from .attempt import Attempt
from .base_model import FolderSource, ModelSource, resolve_source
from .batches import EpochPlan
from .checkpoint import CheckpointStore
from .data_stage import run_data_stage
from .devices import choose_device, inference_dtype, set_threads
from .engine import Engine
from .evaluation import Evaluator
from .examples import read_examples
from .loading import LoadedModel, load_for_training
from .lora import add_adapter
from .loss import Objective
from .parity import choose_prompts, record_parity
from .run_folder import RunJob, write_atomically
from .template import ChatTemplate
from .tokenise import TokenisedData
from .training import TrainingLoop
from .versions import collect_versions

# Enough for a mean that is stable to the second decimal; more would cost time at every evaluation.
_EVALUATION_TOKENS = 100_000


@dataclass(frozen=True)
class _Tuning:
    """A model being tuned: `wrapped` is what to save and generate with, `loaded.model` what to train."""

    loaded: LoadedModel
    wrapped: Any
    compute_dtype: torch.dtype


def run_train_task(attempt: Attempt, job: RunJob) -> None:
    """Do the whole task, going on from the newest checkpoint if there is one; ends with the event `completed`.

    Raises:
        TrainerError: the job cannot be done.
        Stopped: asked to stop.
    """
    set_threads(job.threads)
    device = choose_device(job.device)
    precision = str(inference_dtype(device)).removeprefix("torch.")
    attempt.events.append("started", task="train", device=str(device), precision=precision, versions=collect_versions())
    attempt.enter("fetching the base model")
    model_folder = resolve_source(job.base_model.source, weights=True, on_progress=attempt.beat)
    attempt.enter("tokenizing")
    data = run_data_stage(attempt, model_folder, ChatTemplate.load(model_folder), job.hyperparameters)
    attempt.enter("loading")
    tuning = _load(job, FolderSource(str(model_folder)), device)
    loop = _prepare(attempt, job, tuning, data)
    before = loop.evaluate("before")
    progress = loop.run()
    after = loop.evaluate("after")
    _save(attempt, job, tuning, data)
    attempt.events.append(
        "completed",
        steps=progress.step,
        train_seconds=progress.train_seconds,
        trained_tokens=progress.trained_tokens,
        held_out_loss_before=before,
        held_out_loss_after=after,
    )


def _load(job: RunJob, source: ModelSource, device: torch.device) -> _Tuning:
    """Full tuning keeps weights in float32 and multiplies in the compute type; LoRA keeps the base in it."""
    compute_dtype = inference_dtype(device)
    is_lora = job.hyperparameters.method == "lora"
    loaded = load_for_training(source, device, compute_dtype if is_lora else torch.float32)
    torch.manual_seed(job.hyperparameters.seed)
    wrapped = add_adapter(loaded.model, job.hyperparameters, job.base_model.name) if is_lora else loaded.model
    return _Tuning(loaded, wrapped, compute_dtype)


def _prepare(attempt: Attempt, job: RunJob, tuning: _Tuning, data: TokenisedData) -> TrainingLoop:
    """Plan the steps and take up the newest checkpoint; tells `planned`, and `resumed` in a later attempt."""
    model = tuning.loaded.model
    plan = EpochPlan(
        examples=np.flatnonzero(data.train.targets > 0),
        batch_size=job.hyperparameters.batch_size,
        epochs=job.hyperparameters.epochs,
        seed=job.hyperparameters.seed,
    )
    objective = Objective(model, tuning.loaded.device, tuning.compute_dtype)
    engine = Engine(objective, plan, data.train, job.hyperparameters)
    trainable = engine.trainable()
    attempt.events.append(
        "planned",
        total_steps=plan.total_steps,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        trainable_parameters=sum(parameter.numel() for _, parameter in trainable),
    )
    identity = {
        **job.identity(),
        "train_sha256": data.train_sha256,
        "base_model_sha256": tuning.loaded.base_model_sha256,
        "template": tuning.loaded.template.fingerprint,
    }
    checkpoints = CheckpointStore(attempt.folder.checkpoints, identity, job.checkpoints_kept)
    progress = checkpoints.restore(
        trainable, engine.optimizer, lambda message: attempt.warn("checkpoint_skipped", message)
    )
    if attempt.events.attempt > 1:
        attempt.events.append("resumed", from_step=progress.step)
    attempt.heartbeat.beat(progress.step)
    evaluator = Evaluator(data.held_out, _EVALUATION_TOKENS)
    return TrainingLoop(attempt, job, engine, evaluator, checkpoints, progress)


def _save(attempt: Attempt, job: RunJob, tuning: _Tuning, data: TokenisedData) -> None:
    """Write `model/`, then ask the model in memory, rounded as serving will load it, the golden prompts."""
    attempt.enter("saving the model")
    size = save_artefact(attempt.folder, job, tuning.loaded, tuning.wrapped, data.train_sha256)
    attempt.enter("recording parity")
    model = tuning.wrapped.eval()
    if job.hyperparameters.method == "full":
        model = model.to(tuning.compute_dtype)
    prompts = choose_prompts(read_examples(attempt.folder.held_out), job.golden_prompts)
    record = record_parity(model, tuning.loaded.template, prompts, tuning.loaded.context_window)
    write_atomically(attempt.folder.parity, json.dumps(record))
    attempt.events.append("saved", path=attempt.folder.model.name, bytes=size)
    attempt.events.sync()
