"""How a worker starts and ends, as a real process."""

import json
import signal
import subprocess
import sys

import psutil
import pytest
from jsonschema import Draft202012Validator

from llm_tuner_trainer.serving.hosting import run_worker
from llm_tuner_trainer.serving.serve_folder import ServeFolder
from tests.serving.toy_models import write_toy_model
from tests.serving.worker_process import (
    TOKEN,
    TRAINER,
    Worker,
    command,
    events_of,
    eventually,
    read_announcement,
    write_job,
)

SCHEMAS = TRAINER.parent / "contract" / "jsonschema"


@pytest.fixture(scope="module")
def base_folder(tmp_path_factory):
    return write_toy_model(tmp_path_factory.mktemp("base"), "gpt2", context_window=512)


def test_job_and_announcement_are_those_of_the_contract_and_sigterm_lets_running_answers_end(base_folder, tmp_path):
    folder = write_job(tmp_path / "serve", base_folder)
    # Left by an earlier process: must not be taken for this one's.
    (folder / "serving.json").write_text('{"pid": 1, "port": 1}')
    worker = Worker.start(folder)
    try:
        for name, schema in (("serve.json", "serve-job"), ("serving.json", "serving-announcement")):
            validator = Draft202012Validator(json.loads((SCHEMAS / f"{schema}.schema.json").read_text()))
            validator.validate(json.loads((folder / name).read_text()))
        assert worker.context_window == 512
        body = {"model": "toy", "prompt": "the cat", "stream": True, "temperature": 0, "max_tokens": 400}
        _, response = worker.open("/v1/completions", body)
        events = events_of(response)
        next(events)
        worker.process.send_signal(signal.SIGTERM)
        rest = list(events)
        assert rest[-1] == "[DONE]"
        assert json.loads(rest[-2])["choices"][0]["finish_reason"] == "length"
        assert worker.process.wait(60) == 0
        assert not (folder / "serving.json").exists()
    finally:
        worker.stop()


@pytest.mark.parametrize("moment", ["loading", "answering"])
def test_a_worker_whose_parent_was_killed_ends_too(base_folder, tmp_path, moment):
    folder = write_job(tmp_path / "serve", base_folder)
    start = f"import subprocess; print(subprocess.Popen({command(folder)!r}).pid, flush=True); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", start], cwd=TRAINER, **pipes) as parent:
        worker = psutil.Process(int(parent.stdout.readline()))
        # The first thread beside the main one is the watch; the model is loaded after it.
        eventually(lambda: worker.num_threads() > 1 if moment == "loading" else read_announcement(folder))
        parent.kill()
    eventually(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token": "short"}, "token must have at least 32 characters"),
        ({"max_batch": 0}, "max_batch must be a whole number from 1 to 256"),
        ({"colour": "red"}, "colour is not a known field"),
        ({"artefact": "/nowhere/model"}, "artefact /nowhere/model is not the folder of a tuned model"),
        ({"base_model": {"name": "x", "source": {"kind": "folder", "path": "/nowhere"}}}, "base_model_unavailable"),
    ],
)
def test_a_job_that_cannot_be_served_ends_with_a_reason(base_folder, tmp_path, caplog, changes, words):
    folder = write_job(tmp_path, base_folder, **changes)
    assert run_worker(ServeFolder(folder)) == 1
    assert words in caplog.text
    assert TOKEN not in caplog.text
    assert not (folder / "serving.json").exists()
