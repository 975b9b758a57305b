"""The promise of the platform: a served model answers what the trainer's own model answered, token for token."""

import json

import pytest

from tests.serving.worker_process import Worker, write_job
from tests.training.toys import CHATML, write_model, write_run


@pytest.mark.parametrize(("family", "method"), [("gpt2", "full"), ("llama", "lora")])
def test_a_tuned_model_is_served_with_the_tokens_of_its_parity_record(tmp_path, family, method):
    base = write_model(tmp_path / "base", family, CHATML if family == "llama" else None)
    hyperparameters = {"method": method, "epochs": 3}
    run = write_run(tmp_path / "run", base, golden_prompts=4, hyperparameters=hyperparameters).complete()
    artefact = str(run.folder.model)
    worker = Worker.start(write_job(tmp_path / "serve", base, artefact=artefact))
    try:
        record = json.loads(run.folder.parity.read_text(encoding="utf-8"))["prompts"]
        assert len(record) == 4
        for prompt in record:
            body = {
                "model": "toy",
                "messages": prompt["messages"],
                "max_tokens": prompt["max_tokens"],
                "temperature": 0,
                "return_token_ids": True,
            }
            status, reply = worker.call("/v1/chat/completions", body)
            assert status == 200
            assert reply["prompt_token_ids"] == prompt["prompt_token_ids"]
            assert reply["choices"][0]["token_ids"] == prompt["output_token_ids"]
    finally:
        worker.stop()
