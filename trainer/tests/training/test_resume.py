"""A run that is cut off anywhere and started again ends as if it had never been."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from safetensors.torch import load_file

from llm_tuner_trainer.run_folder import EXIT_COMPLETED, EXIT_STOPPED, RunFolder
from tests.training.schemas import validator
from tests.training.toys import ToyRun, write_run

# Dropout is on in the toy GPT-2, so that wrong random numbers would show.
SETTINGS = {"epochs": 3, "optimizer": "adamw", "scheduler": "cosine", "lora_dropout": 0.1}
TOTAL_STEPS = 24
OFTEN = {"checkpoint_every_seconds": 1e-6, "checkpoints_kept": 100}


@pytest.fixture(scope="module", params=["full", "lora"])
def whole(request, tmp_path_factory, gpt2_folder) -> ToyRun:
    """An uninterrupted run with a checkpoint after every step."""
    root = tmp_path_factory.mktemp(request.param)
    settings = {**SETTINGS, "method": request.param}
    return write_run(root, gpt2_folder, hyperparameters=settings, **OFTEN).complete()


def cut_after(whole: ToyRun, target: Path, size: int) -> ToyRun:
    """The folder as a kill would have left it when `size` bytes of events had been written."""
    shutil.copytree(whole.root, target)
    cut = ToyRun(RunFolder(target), whole.job)
    cut.folder.events.write_bytes(whole.folder.events.read_bytes()[:size])
    complete = cut.folder.events.read_bytes().rpartition(b"\n")[0].splitlines()
    kinds = [json.loads(line) for line in complete]
    steps = [event["step"] for event in kinds if event["type"] == "step"]
    # A checkpoint is there before its event is, at the earliest after its step's.
    told = [event["step"] for event in kinds if event["type"] == "checkpoint"]
    for step in range(1, TOTAL_STEPS + 1):
        if step > max(told, default=0) and not (steps and step == steps[-1] and Random(size).random() < 0.5):
            shutil.rmtree(target / "checkpoints" / f"step-{step}", ignore_errors=True)
    if not any(event["type"] == "saved" for event in kinds):
        shutil.rmtree(target / "model")
        (target / "parity.json").unlink()
    return cut


def assert_same_end(resumed: ToyRun, whole: ToyRun) -> None:
    assert list(resumed.steps()) == list(range(1, TOTAL_STEPS + 1))
    assert resumed.evaluations() == whole.evaluations()
    for step, event in whole.steps().items():
        same = ("loss", "learning_rate", "grad_norm", "supervised_tokens", "epoch", "total_steps")
        assert {key: resumed.steps()[step][key] for key in same} == {key: event[key] for key in same}
    name = "model.safetensors" if whole.job["hyperparameters"]["method"] == "full" else "adapter_model.safetensors"
    expected, found = load_file(whole.folder.model / name), load_file(resumed.folder.model / name)
    assert all((expected[key] == found[key]).all() for key in expected)
    assert resumed.folder.parity.read_text() == whole.folder.parity.read_text()
    (completed,), (reference,) = resumed.events("completed"), whole.events("completed")
    same = ("steps", "trained_tokens", "held_out_loss_before", "held_out_loss_after")
    assert {key: completed[key] for key in same} == {key: reference[key] for key in same}
    for event in resumed.events():
        validator("trainer-event").validate(event)
    assert [event["seq"] for event in resumed.events()] == list(range(1, len(resumed.events()) + 1))


@pytest.mark.parametrize("part", [number / 20 for number in range(1, 20)])
def test_pitfall_13_a_run_killed_anywhere_goes_on_exactly(whole, tmp_path, part):
    size = len(whole.folder.events.read_bytes())
    resumed = cut_after(whole, tmp_path / "run", int(size * part))
    assert resumed.run() == EXIT_COMPLETED
    assert_same_end(resumed, whole)


def line_ends(whole: ToyRun, kind: str) -> int:
    """Bytes of the events up to and with the first of a kind."""
    lines = whole.folder.events.read_bytes().splitlines(keepends=True)
    at = next(index for index, line in enumerate(lines) if json.loads(line)["type"] == kind)
    return sum(map(len, lines[: at + 1]))


def test_a_run_killed_between_saved_and_completed_is_completed(whole, tmp_path):
    resumed = cut_after(whole, tmp_path / "run", line_ends(whole, "saved"))
    assert resumed.run() == EXIT_COMPLETED
    assert_same_end(resumed, whole)
    assert resumed.events("resumed")[-1]["from_step"] == TOTAL_STEPS


def test_a_run_killed_again_and_again_goes_on_exactly(whole, tmp_path):
    size = len(whole.folder.events.read_bytes())
    resumed = cut_after(whole, tmp_path / "run", size // 3)
    assert resumed.run() == EXIT_COMPLETED
    resumed = cut_after(resumed, tmp_path / "again", int(len(resumed.folder.events.read_bytes()) * 0.7))
    assert resumed.run() == EXIT_COMPLETED
    assert_same_end(resumed, whole)
    assert [event["attempt"] for event in resumed.events("started")] == [1, 2, 3]


def test_a_broken_newest_checkpoint_costs_only_its_steps(whole, tmp_path):
    resumed = cut_after(whole, tmp_path / "run", line_ends(whole, "saved"))
    for step in (23, 24):
        (resumed.folder.checkpoints / f"step-{step}" / "weights.safetensors").write_bytes(b"broken")
    assert resumed.run() == EXIT_COMPLETED
    assert_same_end(resumed, whole)
    assert resumed.events("resumed")[-1]["from_step"] == 22
    assert [event["code"] for event in resumed.events("log")] == ["checkpoint_skipped"] * 2


def test_a_run_without_any_whole_checkpoint_starts_anew(whole, tmp_path):
    resumed = cut_after(whole, tmp_path / "run", line_ends(whole, "saved"))
    for path in resumed.folder.checkpoints.glob("step-*/state.json"):
        path.unlink()
    assert resumed.run() == EXIT_COMPLETED
    assert_same_end(resumed, whole)
    assert resumed.events("resumed")[-1]["from_step"] == 0


def test_other_data_is_not_trained_on_from_an_old_checkpoint(whole, tmp_path):
    resumed = cut_after(whole, tmp_path / "run", line_ends(whole, "saved"))
    with resumed.folder.train.open("a") as file:
        file.write('{"text": "one more"}\n')
    assert resumed.run() == 1
    assert resumed.events()[-1]["code"] == "checkpoint_invalid"


def start(toy: ToyRun) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with toy.folder.log.open("ab") as log:
        command = [sys.executable, "-m", "llm_tuner_trainer", "run", str(toy.root)]
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment)


def wait_until(toy: ToyRun, process: subprocess.Popen, condition: Callable[[], bool]) -> None:
    while not condition():
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.02)
            pytest.fail(f"the trainer ended early: {toy.folder.log.read_text()}")


def has_told_step(toy: ToyRun, step: int) -> bool:
    return toy.folder.events.exists() and f'"type":"step","step":{step},' in toy.folder.events.read_text()


@pytest.fixture(scope="module")
def long_run(tmp_path_factory, gpt2_folder) -> ToyRun:
    root = tmp_path_factory.mktemp("long")
    return write_run(root, gpt2_folder, hyperparameters={"epochs": 30}, checkpoint_every_seconds=0.2).complete()


def same_job(long_run: ToyRun, root: Path) -> ToyRun:
    shutil.copytree(long_run.root / "data", root / "data")
    shutil.copy(long_run.folder.job, root / "job.json")
    return ToyRun(RunFolder(root), long_run.job)


def assert_same_losses(found: ToyRun, expected: ToyRun) -> None:
    losses = {step: event["loss"] for step, event in expected.steps().items()}
    assert {step: event["loss"] for step, event in found.steps().items()} == losses


def test_sigterm_saves_a_checkpoint_and_a_later_start_goes_on(long_run, tmp_path):
    toy = same_job(long_run, tmp_path)
    process = start(toy)
    wait_until(toy, process, lambda: has_told_step(toy, 20))
    process.send_signal(signal.SIGTERM)
    assert process.wait() == EXIT_STOPPED
    stopped = toy.events()[-1]
    validator("trainer-event").validate(stopped)
    assert stopped["type"] == "stopped"
    assert stopped["step"] == max(toy.steps())
    assert (toy.root / stopped["checkpoint"] / "state.json").is_file()
    assert toy.run() == EXIT_COMPLETED
    assert toy.events("resumed")[0]["from_step"] == stopped["step"]
    assert_same_losses(toy, long_run)


def test_kill_9_loses_nothing_that_matters(long_run, tmp_path):
    toy = same_job(long_run, tmp_path)
    process = start(toy)
    wait_until(toy, process, lambda: has_told_step(toy, 60))
    process.kill()
    process.wait()
    assert toy.run() == EXIT_COMPLETED
    assert_same_losses(toy, long_run)


def test_counting_tokens_imports_neither_torch_nor_transformers(tmp_path, gpt2_folder):
    toy = write_run(tmp_path, gpt2_folder, task="tokenize")
    code = (
        "import sys; from llm_tuner_trainer.__main__ import main; "
        f"code = main(['run', {str(toy.root)!r}]); "
        "heavy = {'torch', 'transformers', 'peft'} & set(sys.modules); sys.exit(code or (heavy and 9) or 0)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == EXIT_COMPLETED


def test_a_stop_before_the_first_step_leaves_no_checkpoint(tmp_path, gpt2_folder):
    toy = write_run(tmp_path, gpt2_folder, train=[{"text": "a long story " * 50}] * 20_000)
    process = start(toy)
    # The first heartbeat is written after the signals are taken; tokenising so much takes longer than this.
    wait_until(toy, process, toy.folder.heartbeat.exists)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == EXIT_STOPPED
    assert toy.events()[-1]["type"] == "stopped"
    assert (toy.events()[-1]["step"], toy.events()[-1]["checkpoint"]) == (0, None)
