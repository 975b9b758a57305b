from dataclasses import replace

import numpy as np
import pytest
import torch

from llm_tuner_trainer.attempt import Stopped
from llm_tuner_trainer.batches import EpochPlan
from llm_tuner_trainer.engine import Engine
from llm_tuner_trainer.evaluation import Evaluator
from llm_tuner_trainer.failures import TrainerError
from llm_tuner_trainer.loss import Objective
from llm_tuner_trainer.training import evaluation_steps
from tests.training.test_batches import store_of
from tests.training.test_loss import random_store
from tests.training.test_optimisation import SETTINGS
from tests.training.toys import load

CPU = torch.device("cpu")
GENTLE = replace(SETTINGS, learning_rate=1e-3, batch_size=8, gradient_clip=1.0)


def engine_of(folder, settings=GENTLE, store=None, **objective) -> Engine:
    store = store or random_store()
    plan = EpochPlan(np.arange(len(store)), settings.batch_size, settings.epochs, settings.seed)
    return Engine(Objective(load(folder).model, CPU, torch.float32, **objective), plan, store, settings)


def no_warning(code: str, message: str) -> None:
    pytest.fail(message)


def do(engine: Engine, step: int = 0, between=lambda: None, warn=no_warning):
    return engine.step(step, between, warn)


def weights(engine: Engine) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for _, parameter in engine.trainable()])


def test_a_step_reports_the_mean_over_its_targets(gpt2_folder):
    store = random_store()
    result = do(engine_of(gpt2_folder, store=store))
    assert result.supervised_tokens == store.targets.sum()
    assert result.tokens == store.lengths.sum()
    assert result.learning_rate == 1e-3
    assert 5 < result.loss < 7
    assert result.grad_norm > 0


def test_pitfall_1_one_batch_of_8_is_a_step_like_8_batches_of_1(family_folder):
    whole, cut = engine_of(family_folder("llama")), engine_of(family_folder("llama"))
    cut.token_budget = 1
    results = [do(engine) for engine in (whole, cut)]
    assert results[0].loss == pytest.approx(results[1].loss, rel=1e-5)
    assert results[0].grad_norm == pytest.approx(results[1].grad_norm, rel=1e-4)
    torch.testing.assert_close(weights(whole), weights(cut), rtol=1e-4, atol=2e-5)


def test_the_loss_falls(gpt2_folder):
    engine = engine_of(gpt2_folder, replace(GENTLE, epochs=30, learning_rate=5e-3))
    losses = [do(engine, step).loss for step in range(30)]
    assert losses[-1] < losses[0] - 1


def test_the_gradient_is_clipped_to_the_limit_and_not_without_one(gpt2_folder):
    settings = replace(GENTLE, optimizer="sgd", weight_decay=0.0, learning_rate=1.0)
    moved = {}
    for limit in (0.0, 0.01):
        engine = engine_of(gpt2_folder, replace(settings, gradient_clip=limit))
        before = weights(engine)
        norm = do(engine).grad_norm
        moved[limit] = (weights(engine) - before).norm().item()
        assert norm > 0.01
    # Stochastic gradient descent moves by rate times gradient.
    assert moved[0.01] == pytest.approx(0.01, rel=1e-3)
    assert moved[0.0] == pytest.approx(norm, rel=1e-3)


def test_pitfall_13_a_step_depends_on_its_number_and_not_on_what_was_drawn_before(gpt2_folder):
    torch.manual_seed(1)
    first = do(engine_of(gpt2_folder))
    torch.manual_seed(2)
    torch.rand(100)
    assert do(engine_of(gpt2_folder)) == first


def test_dropout_is_on_in_steps_and_off_in_evaluation(gpt2_folder):
    engine = engine_of(gpt2_folder, replace(GENTLE, batch_size=1, epochs=2, learning_rate=1e-9), random_store(1))
    assert do(engine, 0).loss != do(engine, 1).loss
    evaluator = Evaluator(random_store(1), 1000)
    results = [engine.evaluate(evaluator, lambda: None, no_warning) for _ in range(2)]
    assert results[0] == results[1]


def test_memory_that_runs_out_halves_the_token_budget(family_folder):
    """The head asks for more memory than any machine has, unless a micro-batch is small."""
    engine = engine_of(family_folder("llama"))
    reference = engine_of(family_folder("llama"))
    seen = []

    def fail_when_large(module, arguments) -> None:
        seen.append(arguments[0].shape[0])
        if arguments[0].shape[0] > 40:
            torch.empty(1 << 60)

    engine.objective.model.lm_head.register_forward_pre_hook(fail_when_large)
    warnings = []
    result = do(engine, warn=lambda code, message: warnings.append(code))
    assert set(warnings) == {"token_budget_halved"}
    assert engine.token_budget < 4096
    assert max(seen[-3:]) <= 40
    expected = do(reference)
    assert result.loss == pytest.approx(expected.loss, rel=1e-5)
    torch.testing.assert_close(weights(engine), weights(reference), rtol=1e-4, atol=2e-5)


def test_memory_that_runs_out_in_an_evaluation_halves_the_token_budget_too(gpt2_folder):
    engine = engine_of(gpt2_folder)
    evaluator = Evaluator(random_store(), 1000)
    expected = engine.evaluate(evaluator, lambda: None, no_warning)

    def fail_when_large(module, arguments) -> None:
        if arguments[0].shape[0] > 40:
            torch.empty(1 << 60)

    engine.objective.model.lm_head.register_forward_pre_hook(fail_when_large)
    result = engine.evaluate(evaluator, lambda: None, lambda code, message: None)
    assert engine.token_budget < 4096
    assert result.loss == pytest.approx(expected.loss, rel=1e-5)


def test_memory_that_runs_out_for_one_example_is_a_failure(gpt2_folder):
    engine = engine_of(gpt2_folder)
    engine.objective.model.lm_head.register_forward_pre_hook(lambda module, arguments: torch.empty(1 << 60))
    with pytest.raises(RuntimeError, match="memory"):
        do(engine, warn=lambda code, message: None)


@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_ends_training_before_it_reaches_the_weights(gpt2_folder, poison):
    engine = engine_of(gpt2_folder)
    engine.objective.model.lm_head.register_forward_hook(lambda module, arguments, output: output * poison)
    before = weights(engine)
    with pytest.raises(TrainerError, match="At step 1 ") as caught:
        do(engine)
    assert caught.value.code == "loss_diverged"
    assert torch.equal(weights(engine), before)


def test_a_step_given_up_between_micro_batches_leaves_the_weights(gpt2_folder):
    engine = engine_of(gpt2_folder)
    engine.token_budget = 1
    before = weights(engine)
    calls = []

    def stop_at_the_third() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise Stopped

    with pytest.raises(Stopped):
        do(engine, between=stop_at_the_third)
    assert torch.equal(weights(engine), before)
    untouched = engine_of(gpt2_folder)
    untouched.token_budget = 1
    assert do(engine) == do(untouched)


def test_evaluation_takes_the_same_examples_each_time_up_to_a_limit():
    store = random_store(50)
    chosen = Evaluator(store, 300).indices
    assert np.array_equal(chosen, Evaluator(store, 300).indices)
    assert 0 < store.lengths[chosen].sum() <= 300
    assert len(Evaluator(store, 10**6).indices) == 50
    assert len(Evaluator(store, 1).indices) == 1


def test_examples_without_a_target_are_not_evaluated():
    assert Evaluator(store_of(([5, 6], [1, 0]), ([5, 6], [0, 1])), 100).indices.tolist() == [1]


@pytest.mark.parametrize(
    ("total", "number", "expected"),
    [(100, 0, []), (100, 1, [50]), (100, 3, [25, 50, 75]), (3, 10, [1, 2]), (1, 5, [])],
)
def test_evaluations_are_spread_evenly_between_the_first_and_the_last(total, number, expected):
    assert sorted(evaluation_steps(total, number)) == expected
