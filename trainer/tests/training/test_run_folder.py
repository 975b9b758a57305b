import copy
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from llm_tuner_trainer.attempt import Stopped, StopRequest
from llm_tuner_trainer.base_model import HubSource
from llm_tuner_trainer.event_log import EventLog
from llm_tuner_trainer.failures import TrainerError, classify
from llm_tuner_trainer.fields import Fields
from llm_tuner_trainer.heartbeat import Heartbeat
from llm_tuner_trainer.run_folder import RunFolder, write_atomically
from tests.training.schemas import validator

JOB = {
    "schema_version": 1,
    "job_name": "job",
    "task": "train",
    "base_model": {"name": "gpt2", "source": {"kind": "hub", "repository": "openai/gpt2", "revision": "main"}},
    "hyperparameters": {
        "learning_rate": 1e-3,
        "batch_size": 8,
        "epochs": 3,
        "optimizer": "adamw",
        "weight_decay": 0.01,
        "max_sequence_length": 512,
        "method": "lora",
        "lora_rank": 8,
        "lora_alpha": 16,
        "lora_dropout": 0.05,
        "warmup_ratio": 0.1,
        "scheduler": "cosine",
        "gradient_clip": 1,
        "seed": 1,
    },
    "evaluations": 4,
    "checkpoint_every_seconds": 60,
    "checkpoints_kept": 2,
    "golden_prompts": 8,
    "device": "auto",
    "threads": 0,
}
MISSING = object()
VALUES = [
    MISSING,
    None,
    True,
    -1,
    0,
    1,
    1.5,
    2,
    1e9,
    "",
    "x",
    "hub",
    "folder",
    "train",
    "sgd",
    [],
    {},
    {"kind": "folder"},
]


def read(tmp_path: Path, job: Any) -> TrainerError | None:
    (tmp_path / "job.json").write_text(json.dumps(job))
    try:
        RunFolder(tmp_path).read_job()
    except TrainerError as error:
        return error
    return None


def places(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for key, inner in value.items():
        found.append((*path, key))
        if isinstance(inner, dict):
            found += places(inner, (*path, key))
    return found


def with_value(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    job = copy.deepcopy(JOB)
    parent = job
    for key in path[:-1]:
        parent = parent[key]
    if value is MISSING:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return job


def test_the_whole_job_is_read(tmp_path):
    (tmp_path / "job.json").write_text(json.dumps(JOB))
    job = RunFolder(tmp_path).read_job()
    assert job.base_model.source == HubSource("openai/gpt2", "main")
    assert job.base_model.to_json() == JOB["base_model"]
    assert job.hyperparameters.lora_dropout == 0.05
    assert (job.golden_prompts, job.device, job.checkpoint_every_seconds) == (8, "auto", 60)


@pytest.mark.parametrize("path", [*places(JOB), ("unknown",), ("hyperparameters", "unknown")], ids=".".join)
def test_a_job_is_taken_if_and_only_if_it_has_the_schema(tmp_path, path):
    schema = validator("run-job")
    for value in VALUES:
        if value is MISSING and path[-1] == "unknown":
            continue
        job = with_value(path, value)
        refused = read(tmp_path, job)
        assert (refused is None) == schema.is_valid(job), f"{path} = {value!r}: {refused}"
        if refused:
            assert refused.code == "job_invalid"
            assert path[0] in refused.message


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file"), ("{", "not valid JSON"), ("[]", "not a JSON object")]
)
def test_a_job_that_cannot_be_read_says_why(tmp_path, content, reason):
    if content is not None:
        (tmp_path / "job.json").write_text(content)
    with pytest.raises(TrainerError, match=reason):
        RunFolder(tmp_path).read_job()


def test_an_optional_text_is_a_text_or_null():
    fields = Fields({"a": None, "b": "x"})
    assert (fields.optional_text("a"), fields.optional_text("b")) == (None, "x")
    with pytest.raises(ValueError, match="missing"):
        fields.optional_text("c")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_events_are_numbered_over_all_attempts(tmp_path):
    path = tmp_path / "events.jsonl"
    for attempt in (1, 2, 3):
        log = EventLog(path)
        assert log.attempt == attempt
        log.append("log", level="info", code=None, message="grüße \u2028 🪴")
        log.log("warning", "a_code", "words")
        log.close()
    assert [event["seq"] for event in lines(path)] == [1, 2, 3, 4, 5, 6]
    assert [event["attempt"] for event in lines(path)] == [1, 1, 2, 2, 3, 3]
    for event in lines(path):
        validator("trainer-event").validate(event)


@pytest.mark.parametrize("torn", [b"{", b'{"seq":2,"time":"20', b'{"seq":2}', b"\x00" * 5000])
def test_a_torn_last_line_is_cut_off(tmp_path, torn):
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log.append("log", level="info", code=None, message="whole")
    log.close()
    with path.open("ab") as file:
        file.write(torn)
    log = EventLog(path)
    log.append("log", level="info", code=None, message="next")
    assert [(event["seq"], event["message"]) for event in lines(path)] == [(1, "whole"), (2, "next")]
    assert log.attempt == 2


def test_a_file_with_nothing_but_a_torn_line_starts_anew(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"seq":1')
    log = EventLog(path)
    log.append("log", level="info", code=None, message="first")
    assert [event["seq"] for event in lines(path)] == [1]


def test_a_line_that_a_disk_has_damaged_is_passed_over(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"seq":1,"attempt":1,"type":"started"}\n\x00\x00\n7\n')
    log = EventLog(path)
    log.append("log", level="info", code=None, message="next")
    assert json.loads(path.read_bytes().splitlines()[-1])["seq"] == 2


def test_a_number_that_json_has_no_word_for_is_not_written(tmp_path):
    log = EventLog(tmp_path / "events.jsonl")
    with pytest.raises(ValueError, match="JSON"):
        log.append("step", loss=float("nan"))
    log.append("log", level="info", code=None, message="next")
    assert [event["seq"] for event in lines(tmp_path / "events.jsonl")] == [1]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full device")
def test_a_full_disk_is_an_error_that_is_classified():
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(OSError, match="No space") as caught:
        full.write(b"x")
    assert classify(caught.value).code == "disk_full"


def test_the_latest_event_of_a_type_and_phase_is_known(tmp_path):
    log = EventLog(tmp_path / "events.jsonl")
    for phase, loss in (("before", 3), ("during", 2), ("during", 1)):
        log.append("evaluation", phase=phase, loss=loss)
    later = EventLog(tmp_path / "events.jsonl")
    assert later.last("evaluation", "during")["loss"] == 1
    assert later.last("evaluation", "before")["loss"] == 3
    assert later.last("completed") is None


def test_the_heartbeat_tells_process_phase_and_step(tmp_path):
    heartbeat = Heartbeat(RunFolder(tmp_path), attempt=2)
    heartbeat.beat(5)
    heartbeat.enter("training")
    beat = json.loads((tmp_path / "heartbeat.json").read_text())
    assert (beat["pid"], beat["attempt"], beat["phase"], beat["step"]) == (os.getpid(), 2, "training", 5)
    validator("heartbeat").validate(beat)
    assert [path.name for path in tmp_path.iterdir()] == ["heartbeat.json"]


def test_a_file_is_replaced_whole(tmp_path):
    write_atomically(tmp_path / "a.json", "old")
    write_atomically(tmp_path / "a.json", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.json", "new")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_asks_for_a_stop_and_nothing_more(number):
    stop = StopRequest()
    stop.listen()
    stop.check()
    os.kill(os.getpid(), number)
    os.kill(os.getpid(), number)
    with pytest.raises(Stopped):
        stop.check()
