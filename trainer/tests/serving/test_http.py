"""The HTTP interface of a real worker process on a toy model."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from llm_tuner_trainer.base_model import FolderSource
from llm_tuner_trainer.loading import LoadedModel, load_for_inference
from llm_tuner_trainer.parity import generate_greedily
from llm_tuner_trainer.template import Message
from tests.serving.toy_models import write_toy_model
from tests.serving.worker_process import TOKEN, Worker, events_of, eventually, write_job

CHAT, COMPLETIONS = "/v1/chat/completions", "/v1/completions"
HELLO = [{"role": "user", "content": "the cat"}]


@pytest.fixture(scope="module")
def base_folder(tmp_path_factory):
    return write_toy_model(tmp_path_factory.mktemp("base"), "llama")


@pytest.fixture(scope="module")
def worker(base_folder, tmp_path_factory) -> Iterator[Worker]:
    worker = Worker.start(write_job(tmp_path_factory.mktemp("serve"), base_folder))
    yield worker
    worker.stop()


@pytest.fixture(scope="module")
def loaded(base_folder) -> LoadedModel:
    return load_for_inference(FolderSource(str(base_folder)), None, "cpu", threads=1)


def expected_tokens(loaded: LoadedModel, content: str, max_tokens: int) -> tuple[list[int], list[int]]:
    prompt_ids = loaded.template.encode_chat([Message("user", content)])
    return prompt_ids, generate_greedily(loaded.model, prompt_ids, max_tokens, loaded.eos_token_ids)


def test_a_chat_answer_has_the_shape_of_the_openai_api(worker, loaded):
    status, body = worker.chat("the cat", max_tokens=12)
    prompt_ids, output_ids = expected_tokens(loaded, "the cat", 12)
    assert status == 200
    assert body.pop("id").startswith("chatcmpl-")
    assert isinstance(body.pop("created"), int)
    text = loaded.tokenizer.decode(output_ids).rstrip("\ufffd")
    finish = "stop" if output_ids[-1] in loaded.eos_token_ids else "length"
    assert body == {
        "object": "chat.completion",
        "model": "toy",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "logprobs": None,
                "finish_reason": finish,
            }
        ],
        "usage": {
            "prompt_tokens": len(prompt_ids),
            "completion_tokens": len(output_ids),
            "total_tokens": len(prompt_ids) + len(output_ids),
        },
    }


def test_concurrent_requests_get_the_trainers_own_greedy_tokens(worker, loaded):
    prompts = [f"the cat number {number} " * (number % 3 + 1) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda prompt: worker.chat(prompt, max_tokens=24, return_token_ids=True), prompts))
    for prompt, (status, body) in zip(prompts, replies, strict=True):
        prompt_ids, output_ids = expected_tokens(loaded, prompt, 24)
        assert status == 200
        assert body["prompt_token_ids"] == prompt_ids
        assert body["choices"][0]["token_ids"] == output_ids


def test_a_chat_stream_announces_the_role_then_text_then_the_reason_then_usage(worker):
    events = worker.stream(
        CHAT,
        {
            "messages": HELLO,
            "max_tokens": 30,
            "stream_options": {"include_usage": True},
            "return_token_ids": True,
        },
    )
    whole = worker.chat("the cat", max_tokens=30, return_token_ids=True)[1]
    *chunks, usage = events
    assert {event["object"] for event in events} == {"chat.completion.chunk"}
    assert len({event["id"] for event in events}) == 1
    assert all(chunk["usage"] is None for chunk in chunks)
    assert (usage["choices"], usage["usage"]) == ([], whole["usage"])
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert chunks[0]["prompt_token_ids"] == whole["prompt_token_ids"]
    assert chunks[-1]["choices"][0]["delta"] == {}
    assert chunks[-1]["choices"][0]["finish_reason"] == whole["choices"][0]["finish_reason"]
    texts = [chunk["choices"][0]["delta"]["content"] for chunk in chunks[1:-1]]
    assert len(texts) > 1
    assert "".join(texts) == whole["choices"][0]["message"]["content"]
    tokens = [token for chunk in chunks for token in chunk["choices"][0]["token_ids"]]
    assert tokens == whole["choices"][0]["token_ids"]


def test_without_include_usage_no_chunk_speaks_of_usage(worker):
    events = worker.stream(CHAT, {"messages": HELLO, "max_tokens": 5})
    assert not any("usage" in event for event in events)
    assert all(event["choices"] for event in events)


def test_completions_take_text_and_token_ids_and_stream(worker, loaded):
    body = {"model": "toy", "prompt": "the dog", "temperature": 0, "max_tokens": 20, "return_token_ids": True}
    status, reply = worker.call(COMPLETIONS, body)
    prompt_ids = loaded.template.encode_text("the dog")
    assert (status, reply["object"]) == (200, "text_completion")
    assert reply["id"].startswith("cmpl-")
    assert reply["prompt_token_ids"] == prompt_ids
    output_ids = generate_greedily(loaded.model, prompt_ids, 20, loaded.eos_token_ids)
    assert reply["choices"][0]["token_ids"] == output_ids
    assert worker.call(COMPLETIONS, {**body, "prompt": prompt_ids})[1]["choices"] == reply["choices"]
    assert worker.call(COMPLETIONS, {**body, "prompt": ["the dog"]})[1]["choices"] == reply["choices"]
    events = worker.stream(COMPLETIONS, {"prompt": "the dog", "max_tokens": 20})
    assert "".join(event["choices"][0]["text"] for event in events) == reply["choices"][0]["text"]


def test_a_stop_string_is_never_sent_streamed_or_whole(worker):
    text = worker.chat("the cat", max_tokens=60)[1]["choices"][0]["message"]["content"]
    stop = text[4:8]
    choice = worker.chat("the cat", max_tokens=60, stop=[stop, "never there"])[1]["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == (text[: text.index(stop)], "stop")
    events = worker.stream(CHAT, {"messages": HELLO, "max_tokens": 60, "stop": stop})
    streamed = "".join(event["choices"][0]["delta"].get("content", "") for event in events)
    assert streamed == text[: text.index(stop)]


def test_max_completion_tokens_wins_and_the_context_window_limits(worker):
    two = worker.chat("the cat", max_tokens=9, max_completion_tokens=2)[1]
    assert two["usage"]["completion_tokens"] == 2
    rest = worker.call(COMPLETIONS, {"model": "toy", "prompt": [7] * 250, "max_tokens": 10**9, "seed": 1})[1]
    assert rest["usage"]["total_tokens"] <= worker.context_window


def test_a_seed_repeats_an_answer(worker):
    def ask(seed: int) -> str:
        reply = worker.chat("the cat", temperature=1.5, top_p=0.95, seed=seed, max_tokens=30)[1]
        return reply["choices"][0]["message"]["content"]

    assert ask(1) == ask(1) != ask(2)


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}])
@pytest.mark.parametrize("path", ["/health", CHAT, "/elsewhere"])
def test_nothing_answers_without_the_token(worker, headers, path):
    status, body = worker.call(path, None if path == "/health" else {}, headers)
    assert status == 401
    assert body["error"]["code"] == "invalid_api_key"


def test_health_says_what_runs(worker):
    assert worker.health() == {"status": "ok", "model": "toy", "running": 0, "queued": 0}


def test_an_unknown_route_and_a_wrong_method_get_errors_in_the_same_shape(worker):
    assert worker.call("/v1/nothing")[0] == 404
    status, body = worker.call(CHAT)
    assert status == 405
    assert set(body["error"]) == {"message", "type", "param", "code"}


def test_another_model_is_not_found(worker):
    status, body = worker.chat("x", model="gpt-4o")
    assert (status, body["error"]["code"], body["error"]["param"]) == (404, "model_not_found", "model")


def test_a_prompt_longer_than_the_context_is_refused(worker):
    status, body = worker.chat("x" * 400)
    assert (status, body["error"]["code"], body["error"]["param"]) == (400, "context_length_exceeded", "messages")


@pytest.mark.parametrize("data", [b"{", b"[]", b'"text"', b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(worker, data):
    status, body = worker.call(CHAT, data)
    assert (status, body["error"]["code"]) == (400, "invalid_json")


def test_a_body_over_the_limit_is_refused(worker):
    status, body = worker.call(CHAT, b" " * (8 * 1024 * 1024 + 1))
    assert (status, body["error"]["code"]) == (413, "request_too_large")


def test_a_refused_stream_is_a_plain_error(worker):
    status, body = worker.chat("x" * 400, stream=True)
    assert (status, body["error"]["code"]) == (400, "context_length_exceeded")


def test_a_full_queue_refuses_and_a_client_that_leaves_frees_its_place(base_folder, tmp_path):
    # With room for a million tokens the first answer would take many minutes: only leaving ends it.
    config = json.loads((base_folder / "config.json").read_text(encoding="utf-8"))
    endless = tmp_path / "endless"
    endless.mkdir()
    for file in base_folder.iterdir():
        (endless / file.name).write_bytes(file.read_bytes())
    (endless / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 1_000_000}))
    worker = Worker.start(write_job(tmp_path / "serve", endless, max_batch=1, max_queue=1))
    try:
        long = {"model": "toy", "prompt": "a", "stream": True, "max_tokens": 900_000, "temperature": 0}
        first_connection, first = worker.open(COMPLETIONS, long)
        next(events_of(first))
        with ThreadPoolExecutor(2) as pool:
            second = pool.submit(worker.open, COMPLETIONS, long)
            eventually(lambda: worker.health()["queued"] == 1)
            connection, refused = worker.open(COMPLETIONS, {**long, "stream": False})
            assert (refused.status, refused.headers["retry-after"]) == (429, "1")
            assert json.loads(refused.read())["error"]["code"] == "queue_full"
            connection.close()
            first.close()
            first_connection.close()
            second_connection, response = second.result()
            assert next(events_of(response))
            # A client that waits for a whole answer and leaves is noticed too, while it is still queued.
            whole_connection = worker.send(COMPLETIONS, {**long, "stream": False})
            eventually(lambda: worker.health()["queued"] == 1)
            whole_connection.close()
            response.close()
            second_connection.close()
            eventually(lambda: worker.health()["running"] == worker.health()["queued"] == 0)
    finally:
        worker.stop()
