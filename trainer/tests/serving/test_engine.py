import pytest

from llm_tuner_trainer.parity import generate_greedily
from llm_tuner_trainer.serving.engine import Engine, Event, Failure, Generation, Piece, QueueFullError, ShutDown
from llm_tuner_trainer.serving.sampling import Sampling
from tests.serving.conftest import NO_TOKEN, without_end
from tests.serving.toy_models import ALL_FAMILIES

GREEDY = Sampling(temperature=0)
PROMPTS = ["a", "the cat sat on the mat and the dog", "shop 12345", "Grüße 漢字", "x y z " * 9, "??"]


class Client:
    """Collects the events of one answer."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    @property
    def pieces(self) -> list[Piece]:
        assert all(isinstance(event, Piece) for event in self.events), self.events
        return [event for event in self.events if isinstance(event, Piece)]

    @property
    def token_ids(self) -> list[int]:
        return [token for piece in self.pieces for token in piece.token_ids]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def reason(self) -> str | None:
        return self.pieces[-1].finish_reason if self.events else None


def ask(engine: Engine, loaded, prompt: str, max_tokens: int = 20, **options) -> Client:
    client = Client()
    generation = Generation(loaded.template.encode_text(prompt), max_tokens, options.pop("sampling", GREEDY), **options)
    client.ticket = engine.submit(generation, client.events.append)
    return client


def run(engine: Engine) -> None:
    while engine.running or engine.queued:
        engine.tick()


def alone(loaded, prompt: str, max_tokens: int = 20) -> list[int]:
    return generate_greedily(loaded.model, loaded.template.encode_text(prompt), max_tokens, loaded.eos_token_ids)


@pytest.mark.parametrize("family", ALL_FAMILIES)
def test_rows_that_join_and_leave_at_any_time_get_the_tokens_that_they_get_alone(toy, family):
    loaded = toy(family)
    engine = Engine(loaded, max_batch=4, max_queue=10)
    lengths = [30, 5, 17, 1, 24, 12]
    clients = []
    for prompt, length in zip(PROMPTS, lengths, strict=True):
        clients.append(ask(engine, loaded, prompt, length))
        # The next one comes when this one is in the middle of its answer.
        for _ in range(3):
            engine.tick()
    run(engine)
    for client, prompt, length in zip(clients, PROMPTS, lengths, strict=True):
        assert client.token_ids == alone(loaded, prompt, length)
        assert client.reason == "length"


@pytest.mark.parametrize("family", ALL_FAMILIES)
def test_the_toy_models_answer_differently_to_different_prompts(toy, family):
    loaded = toy(family)
    assert len({tuple(alone(loaded, prompt)) for prompt in PROMPTS}) == len(PROMPTS)


def test_a_whole_context_window_can_be_filled(toy):
    loaded = toy("gpt2")
    engine = Engine(loaded, max_batch=2, max_queue=2)
    prompt_ids = loaded.template.encode_text("a")
    client = ask(engine, loaded, "a", loaded.context_window - len(prompt_ids))
    run(engine)
    assert len(client.token_ids) == loaded.context_window - len(prompt_ids)


def test_no_more_rows_run_than_the_batch_holds(toy):
    engine = Engine(toy("llama"), max_batch=2, max_queue=10)
    clients = [ask(engine, toy("llama"), prompt, 6) for prompt in PROMPTS]
    most = 0
    while engine.running or engine.queued:
        engine.tick()
        most = max(most, engine.running)
    assert most == 2
    assert [client.reason for client in clients] == ["length"] * len(PROMPTS)


def test_the_end_token_stops_the_answer_and_is_no_text(toy):
    loaded = toy("llama")
    tokens = alone(loaded, "the cat")
    end = next(token for token in tokens[3:] if token not in tokens[:3])
    ending = without_end(loaded, (NO_TOKEN, end))
    engine = Engine(ending, max_batch=2, max_queue=2)
    client = ask(engine, ending, "the cat")
    run(engine)
    assert client.reason == "stop"
    assert client.token_ids == tokens[: tokens.index(end) + 1]
    assert client.text == loaded.tokenizer.decode(client.token_ids[:-1]).rstrip("\ufffd")


def test_a_stop_string_stops_the_row_in_the_middle(toy):
    loaded = toy("llama")
    whole = Client()
    engine = Engine(loaded, max_batch=2, max_queue=2)
    whole = ask(engine, loaded, "the cat", 40)
    run(engine)
    stop = whole.text[5:9]
    stopped = ask(engine, loaded, "the cat", 40, stops=(stop,))
    other = ask(engine, loaded, "shop", 40)
    run(engine)
    assert stopped.reason == "stop"
    assert stopped.text == whole.text[: whole.text.index(stop)]
    assert len(stopped.token_ids) < 40
    assert other.token_ids == alone(loaded, "shop", 40)


def test_a_seed_gives_the_same_answer_alone_and_in_company(toy):
    loaded = toy("llama")
    engine = Engine(loaded, max_batch=4, max_queue=4)
    sampling = Sampling(temperature=0.8, top_p=0.9, seed=5)
    first = ask(engine, loaded, "dog", 15, sampling=sampling)
    run(engine)
    clients = [ask(engine, loaded, "cat", 9), ask(engine, loaded, "dog", 15, sampling=sampling)]
    run(engine)
    assert clients[1].token_ids == first.token_ids != alone(loaded, "dog", 15)


def test_a_cancelled_row_frees_its_place_at_the_next_round(toy):
    loaded = toy("llama")
    engine = Engine(loaded, max_batch=1, max_queue=5)
    leaving = ask(engine, loaded, "a", 200)
    engine.tick()
    waiting, never = ask(engine, loaded, "the cat"), ask(engine, loaded, "dog")
    never.ticket.cancel()
    leaving.ticket.cancel()
    run(engine)
    assert len(leaving.token_ids) <= 2
    assert leaving.reason is None
    assert waiting.token_ids == alone(loaded, "the cat")
    assert never.events == []


def test_the_queue_is_bounded(toy):
    engine = Engine(toy("llama"), max_batch=1, max_queue=2)
    ask(engine, toy("llama"), "a")
    ask(engine, toy("llama"), "b")
    with pytest.raises(QueueFullError):
        ask(engine, toy("llama"), "c")
    engine.tick()
    ask(engine, toy("llama"), "c")


def test_draining_ends_what_waits_and_finishes_what_runs(toy):
    loaded = toy("llama")
    engine = Engine(loaded, max_batch=1, max_queue=5)
    running = ask(engine, loaded, "a")
    engine.tick()
    waiting = ask(engine, loaded, "b")
    engine.drain()
    late = ask(engine, loaded, "c")
    run(engine)
    assert running.token_ids == alone(loaded, "a")
    assert waiting.events == late.events == [ShutDown()]


def test_a_failing_prompt_ends_alone(toy):
    loaded = toy("llama")
    engine = Engine(loaded, max_batch=3, max_queue=5)
    good = ask(engine, loaded, "a")
    engine.tick()
    bad = Client()
    # No such token: the embedding refuses it.
    engine.submit(Generation([10**6], 5, GREEDY), bad.events.append)
    run(engine)
    assert good.token_ids == alone(loaded, "a")
    assert [type(event) for event in bad.events] == [Failure]
    assert bad.events[0].error.code == "internal"


def test_after_a_failing_step_the_engine_goes_on(toy):
    loaded = toy("llama")
    engine = Engine(loaded, max_batch=3, max_queue=5)
    rows = [ask(engine, loaded, "a"), ask(engine, loaded, "b")]
    engine.tick()
    engine.tick()
    # As if memory had given out in the middle of a step.
    embedding = loaded.model.get_input_embeddings()
    hook = embedding.register_forward_pre_hook(_raise_out_of_memory)
    engine.tick()
    hook.remove()
    assert [row.events[-1].error.code for row in rows] == ["out_of_memory"] * 2
    again = ask(engine, loaded, "a")
    run(engine)
    assert again.token_ids == alone(loaded, "a")


def _raise_out_of_memory(*_args):
    raise MemoryError("out of memory")


def test_the_thread_works_until_it_is_stopped(toy):
    import threading

    loaded = toy("llama")
    engine = Engine(loaded, max_batch=2, max_queue=5)
    engine.start()
    client, done = Client(), threading.Event()

    def collect(event: Event) -> None:
        client.events.append(event)
        if not isinstance(event, Piece) or event.finish_reason:
            done.set()

    engine.submit(Generation(loaded.template.encode_text("a"), 20, GREEDY), collect)
    assert done.wait(30)
    engine.stop(timeout_seconds=30)
    assert client.token_ids == alone(loaded, "a")
    assert not engine._thread.is_alive()
