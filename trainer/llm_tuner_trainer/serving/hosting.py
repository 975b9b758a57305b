"""Loads a model, announces where it answers, and answers until told to stop."""

from __future__ import annotations

import logging
import socket

import uvicorn

from ..failures import TrainerError, classify
from ..loading import LoadedModel, load_for_inference
from ..run_folder import EXIT_COMPLETED, EXIT_FAILED
from .app import Service, create_app
from .engine import Engine
from .serve_folder import ServeFolder, ServeJob
from .server import WorkerServer

GRACE_SECONDS = 10
_LAST_STEP_SECONDS = 5
# Longer than the pause in which a gateway keeps an idle connection for its next request.
_KEEP_ALIVE_SECONDS = 75

log = logging.getLogger(__name__)


def run_worker(folder: ServeFolder) -> int:
    """Load, announce, answer. Returns the exit code; why it failed is in the log."""
    # An announcement of an earlier process must not be taken for this one's.
    folder.announcement.unlink(missing_ok=True)
    try:
        job = folder.read_job()
        loaded = load_for_inference(job.base_model.source, job.artefact, job.device, job.threads)
        log.info("Serving %s on %s", job.model, loaded.device)
        _answer_until_stopped(folder, job, loaded)
    # Every failure ends in one line that a person understands.
    except Exception as error:
        failure = classify(error)
        log.error("%s: %s %s", failure.code, failure.message, failure.remedy, exc_info=_unexpected(error))  # noqa: TRY400
        return EXIT_FAILED
    return EXIT_COMPLETED


def _answer_until_stopped(folder: ServeFolder, job: ServeJob, loaded: LoadedModel) -> None:
    engine = Engine(loaded, job.max_batch, job.max_queue)
    service = Service(job.model, job.token, loaded, engine)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        create_app(service),
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = WorkerServer(config, lambda: folder.announce(port, loaded.context_window), engine.drain)
    engine.start()
    try:
        server.run(sockets=[listener])
    finally:
        folder.announcement.unlink(missing_ok=True)
        engine.stop(_LAST_STEP_SECONDS)


def _unexpected(error: Exception) -> Exception | None:
    return None if isinstance(error, TrainerError) else error
