"""Whole runs in this process: what they write, and how they end."""

import json
import shutil

import pytest
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from llm_tuner_trainer.base_model import FolderSource
from llm_tuner_trainer.loading import load_for_inference
from llm_tuner_trainer.parity import generate_greedily
from llm_tuner_trainer.run import EXIT_BUSY, _try_lock, run
from llm_tuner_trainer.run_folder import EXIT_COMPLETED, EXIT_FAILED
from llm_tuner_trainer.template import Message
from tests.training.schemas import validator
from tests.training.toys import chat, colour_examples, write_lines

FULL = {"method": "full"}
LORA = {"method": "lora", "learning_rate": 0.02}


def check_schemas(toy) -> None:
    events = toy.events()
    for event in events:
        validator("trainer-event").validate(event)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    validator("heartbeat").validate(json.loads(toy.folder.heartbeat.read_text()))


@pytest.mark.parametrize("hyperparameters", [FULL, LORA], ids=["full", "lora"])
@pytest.mark.parametrize("model_type", ["gpt2", "llama"])
def test_a_run_tells_everything_in_order_and_leaves_a_model(
    make_run, gpt2_folder, llama_folder, model_type, hyperparameters
):
    base = gpt2_folder if model_type == "gpt2" else llama_folder
    toy = make_run(base=base, hyperparameters={**hyperparameters, "epochs": 3}).complete()
    check_schemas(toy)
    kinds = [event["type"] for event in toy.events()]
    assert kinds[:4] == ["started", "tokenized", "planned", "evaluation"]
    assert kinds[-4:] == ["checkpoint", "evaluation", "saved", "completed"]
    assert list(toy.steps()) == list(range(1, 25))
    assert [event["phase"] for event in toy.events("evaluation")] == ["before", "during", "during", "after"]
    (completed,) = toy.events("completed")
    assert completed["steps"] == 24
    assert completed["held_out_loss_after"] < completed["held_out_loss_before"] - 0.2
    assert completed["trained_tokens"] == 3 * toy.events("tokenized")[0]["train"]["tokens"]
    planned = toy.events("planned")[0]
    assert (planned["trainable_parameters"] == planned["parameters"]) == (hyperparameters == FULL)


@pytest.mark.parametrize("hyperparameters", [FULL, LORA], ids=["full", "lora"])
@pytest.mark.parametrize("model_type", ["gpt2", "llama"])
def test_the_loaded_model_answers_the_golden_prompts_token_for_token(
    make_run, gpt2_folder, llama_folder, model_type, hyperparameters
):
    base = gpt2_folder if model_type == "gpt2" else llama_folder
    toy = make_run(base=base, hyperparameters={**hyperparameters, "epochs": 4}).complete()
    manifest = json.loads((toy.folder.model / "manifest.json").read_text())
    record = json.loads(toy.folder.parity.read_text())
    validator("model-manifest").validate(manifest)
    validator("parity-record").validate(record)
    loaded = load_for_inference(FolderSource(str(base)), toy.folder.model, "cpu", threads=1)
    assert list(loaded.eos_token_ids) == manifest["eos_token_ids"]
    assert len(record["prompts"]) == 2
    for prompt in record["prompts"]:
        messages = [message_of(message) for message in prompt["messages"]]
        assert loaded.template.encode_chat(messages) == prompt["prompt_token_ids"]
        answer = generate_greedily(loaded.model, prompt["prompt_token_ids"], prompt["max_tokens"], loaded.eos_token_ids)
        assert answer == prompt["output_token_ids"]


def message_of(row):
    return Message(row["role"], row["content"])


def test_pitfall_6_a_tuned_model_learns_to_stop(make_run):
    rows = [chat("what is the colour of the sky?", "blue")] * 8
    toy = make_run(train=rows, held_out=rows[:2], hyperparameters={"epochs": 15, "learning_rate": 0.01}).complete()
    (prompt,) = json.loads(toy.folder.parity.read_text())["prompts"]
    loaded = load_for_inference(FolderSource(toy.job["base_model"]["source"]["path"]), toy.folder.model, "cpu", 1)
    assert prompt["output_token_ids"][-1] in loaded.eos_token_ids
    assert loaded.tokenizer.decode(prompt["output_token_ids"]) == "blue"


def test_the_saved_model_is_read_by_transformers_alone(make_run):
    toy = make_run().complete()
    model = AutoModelForCausalLM.from_pretrained(toy.folder.model)
    assert model.generation_config.eos_token_id == [0]
    assert model.lm_head.weight is model.transformer.wte.weight
    tokenizer = AutoTokenizer.from_pretrained(toy.folder.model)
    assert tokenizer.apply_chat_template([{"role": "user", "content": "x"}], tokenize=False).startswith("### User:")
    assert not any(str(toy.root) in path.read_text(errors="replace") for path in toy.folder.model.iterdir())


def test_a_completed_folder_is_left_alone(make_run):
    toy = make_run(task="tokenize").complete()
    before = toy.folder.events.read_bytes()
    assert toy.run() == EXIT_COMPLETED
    assert toy.folder.events.read_bytes() == before


def test_counting_tokens_ends_with_the_counts(make_run):
    toy = make_run(task="tokenize").complete()
    check_schemas(toy)
    assert [event["type"] for event in toy.events()] == ["started", "tokenized", "completed"]
    training = make_run(name="training").complete()
    counted = {key: value for key, value in toy.events("tokenized")[0].items() if key in ("train", "held_out")}
    assert counted.items() <= training.events("tokenized")[0].items()


def warnings_of(toy) -> dict[str, str]:
    return {event["code"]: event["message"] for event in toy.events("log") if event["level"] == "warning"}


def test_pitfall_11_what_is_cut_or_left_out_is_said(make_run):
    rows = [*colour_examples(4), chat("x", "y" * 300), {"messages": [{"role": "user", "content": "no answer"}]}]
    toy = make_run(train=rows, hyperparameters={"max_sequence_length": 100_000}).complete()
    check_schemas(toy)
    said = warnings_of(toy)
    assert "96 and not 100000" in said["sequence_length_clipped"]
    assert "1 examples were cut off after 96 tokens" in said["examples_truncated"]
    assert "1 training examples" in said["examples_without_target"]
    assert toy.events("tokenized")[0]["max_sequence_length"] == 96
    assert len(toy.steps()) == 2


def test_a_sound_job_says_no_warning(make_run):
    assert warnings_of(make_run(task="tokenize").complete()) == {}


def test_without_held_out_data_nothing_is_evaluated(make_run):
    toy = make_run(held_out=[]).complete()
    check_schemas(toy)
    assert toy.events("evaluation") == []
    assert toy.events("completed")[0]["held_out_loss_after"] is None
    assert json.loads(toy.folder.parity.read_text())["prompts"] == []


def test_plain_texts_are_trained_on_and_asked(make_run):
    rows = [{"text": f"{number} is the colour of the sky"} for number in range(8)]
    toy = make_run(train=rows, held_out=rows[:2]).complete()
    (first, _) = json.loads(toy.folder.parity.read_text())["prompts"]
    assert first["messages"] == [{"role": "user", "content": "0 is the colo"}]


@pytest.mark.parametrize("setting", ["optimizer", "seed", "weight_decay", "batch_size", "learning_rate", "scheduler"])
def test_every_setting_reaches_the_training(make_run, setting):
    other = {
        "optimizer": "sgd",
        "seed": 8,
        "weight_decay": 0.9,
        "batch_size": 5,
        "learning_rate": 1e-4,
        "scheduler": "cosine",
    }
    usual = make_run(name="usual", evaluations=0, golden_prompts=0).complete()
    changed = make_run(name="x", evaluations=0, golden_prompts=0, hyperparameters={setting: other[setting]}).complete()
    assert losses(usual) != losses(changed)
    again = make_run(name="again", evaluations=0, golden_prompts=0).complete()
    assert losses(usual) == losses(again)


def losses(toy) -> list[float]:
    return [step["loss"] for step in toy.steps().values()]


def fail(toy, code: str) -> dict:
    assert toy.run() == EXIT_FAILED
    check_schemas(toy)
    last = toy.events()[-1]
    assert (last["type"], last["code"]) == ("failed", code)
    assert last["remedy"]
    return last


def test_a_wrong_job_fails(make_run):
    assert "epochs" in fail(make_run(hyperparameters={"epochs": 0}), "job_invalid")["message"]


def test_a_missing_base_model_fails(make_run, tmp_path):
    fail(make_run(base=tmp_path / "nothing"), "base_model_unavailable")


def test_data_with_a_broken_line_fails(make_run):
    toy = make_run()
    with toy.folder.train.open("a") as file:
        file.write("{broken\n")
    assert "train.jsonl, line 31" in fail(toy, "data_invalid")["message"]


@pytest.mark.parametrize("rows", [[], [{"messages": [{"role": "user", "content": "x"}]}]])
def test_data_with_nothing_to_learn_fails(make_run, rows):
    assert "Nothing" in fail(make_run(train=rows), "data_invalid")["message"]


def test_a_diverging_loss_fails_and_says_what_to_do(make_run):
    settings = {"optimizer": "sgd", "learning_rate": 1.0, "gradient_clip": 0, "weight_decay": 1.0, "epochs": 100}
    toy = make_run(train=[{"text": "a b"}] * 8, hyperparameters=settings, evaluations=0)
    weights = toy.root.parent / "broken"
    shutil.copytree(toy.job["base_model"]["source"]["path"], weights)
    tensors = load_file(weights / "model.safetensors")
    tensors["transformer.h.0.ln_1.weight"] *= float("nan")
    save_file(tensors, weights / "model.safetensors", {"format": "pt"})
    job = {**toy.job, "base_model": {"name": "toy", "source": {"kind": "folder", "path": str(weights)}}}
    toy.folder.job.write_text(json.dumps(job))
    assert "learning rate" in fail(toy, "loss_diverged")["remedy"]


def test_a_failure_carries_the_last_lines_of_the_log(make_run):
    toy = make_run(hyperparameters={"epochs": 0})
    toy.folder.log.write_text("".join(f"line {number}\n" for number in range(300)) + "x" * 5000)
    tail = fail(toy, "job_invalid")["log_tail"]
    assert len(tail) == 200
    assert tail[0] == "line 101"
    assert len(tail[-1]) == 2000


def test_without_a_log_a_failure_carries_its_trace(make_run):
    assert "TrainerError" in "".join(fail(make_run(hyperparameters={"epochs": 0}), "job_invalid")["log_tail"])


def test_a_failed_run_can_be_started_again(make_run):
    toy = make_run()
    rows = toy.folder.train.read_text()
    toy.folder.train.write_text("{")
    fail(toy, "data_invalid")
    toy.folder.train.write_text(rows)
    toy.complete()
    check_schemas(toy)
    assert toy.events("resumed")[0]["from_step"] == 0
    assert {event["attempt"] for event in toy.events()} == {1, 2}


def test_two_processes_do_not_work_on_one_folder(make_run):
    toy = make_run()
    with toy.folder.lock.open("w") as lock:
        assert _try_lock(lock)
        assert toy.run() == EXIT_BUSY
    assert not toy.folder.events.exists()


def test_a_folder_that_is_not_there_fails(tmp_path, capsys):
    assert run(tmp_path / "nothing") == EXIT_FAILED
    assert "not a folder" in capsys.readouterr().err


def tuned(make_run, base):
    return make_run(base=base, hyperparameters=LORA).complete().folder.model


def load_tuned(base, model):
    return load_for_inference(FolderSource(str(base)), model, "cpu", threads=1)


def test_an_adapter_is_refused_on_another_base_model(make_run, gpt2_folder, tmp_path):
    model = tuned(make_run, gpt2_folder)
    other = shutil.copytree(gpt2_folder, tmp_path / "other")
    data = bytearray((other / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (other / "model.safetensors").write_bytes(data)
    with pytest.raises(Exception, match="base model's weights"):
        load_tuned(other, model)


@pytest.mark.parametrize(
    ("name", "reason"), [("chat_template.jinja", "chat template"), ("adapter_model.safetensors", "cannot be used")]
)
def test_a_damaged_model_is_refused(make_run, gpt2_folder, name, reason):
    model = tuned(make_run, gpt2_folder)
    with (model / name).open("r+b") as file:
        file.truncate(100)
    with pytest.raises(Exception, match=reason):
        load_tuned(gpt2_folder, model)


def test_a_later_attempt_replaces_the_model_of_an_earlier_one(make_run):
    toy = make_run()
    toy.folder.model.mkdir()
    (toy.folder.model / "stale").write_text("x")
    toy.complete()
    assert not (toy.folder.model / "stale").exists()
    assert not list(toy.root.glob(".model*"))


def test_examples_of_a_data_file_may_end_without_a_newline(make_run):
    toy = make_run(task="tokenize")
    write_lines(toy.folder.train, colour_examples(3))
    toy.folder.train.write_text(toy.folder.train.read_text().rstrip("\n"))
    assert toy.complete().events("tokenized")[0]["train"]["examples"] == 3
