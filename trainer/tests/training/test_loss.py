import copy

import numpy as np
import pytest
import torch

from llm_tuner_trainer.base_model import FAMILIES
from llm_tuner_trainer.batches import make_micro_batch, micro_batches
from llm_tuner_trainer.loss import Objective
from tests.training.test_batches import store_of
from tests.training.toys import load

CPU = torch.device("cpu")


def random_store(count=8, seed=0):
    random = np.random.default_rng(seed)
    examples = []
    for _ in range(count):
        length = int(random.integers(4, 40))
        start = int(random.integers(1, length - 1))
        examples.append((random.integers(2, 300, length).tolist(), [0] * start + [1] * (length - start)))
    return store_of(*examples)


@pytest.fixture(params=sorted(FAMILIES))
def model(request, family_folder):
    return load(family_folder(request.param)).model.eval()


def objective(model) -> Objective:
    return Objective(model, CPU, torch.float32)


def gradients(model) -> dict[str, torch.Tensor]:
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters()}


def reference(model, store) -> torch.Tensor:
    """transformers' own loss over all examples, each alone, unpadded: the mean over all targets."""
    total, targets = torch.zeros(()), 0
    for index in range(len(store)):
        ids, mask = store.example(index)
        labels = torch.tensor(np.where(mask == 1, ids, -100)[None]).long()
        number = int(mask[1:].sum())
        total = total + model(input_ids=torch.tensor(ids[None]).long(), labels=labels).loss * number
        targets += number
    return total / targets


def close(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> None:
    assert left.keys() == right.keys()
    for name in left:
        torch.testing.assert_close(left[name], right[name], rtol=1e-4, atol=1e-6, msg=name)


def test_loss_and_gradients_are_those_of_transformers(model):
    store = random_store()
    expected = reference(model, store)
    expected.backward()
    expected_gradients = gradients(model)
    model.zero_grad()
    targets = int(store.targets.sum())
    batch = make_micro_batch(store, range(8), CPU)
    total = objective(model).backward(batch, targets)
    torch.testing.assert_close(total / targets, expected.detach(), rtol=1e-5, atol=1e-6)
    close(gradients(model), expected_gradients)


@pytest.mark.parametrize("budget", [1, 64, 10_000])
def test_pitfall_1_the_cut_into_micro_batches_changes_nothing(gpt2_folder, budget):
    model = load(gpt2_folder).model
    store = random_store()
    targets = int(store.targets.sum())

    def accumulate(token_budget) -> float:
        model.zero_grad()
        batches = micro_batches(store, np.arange(8), token_budget, CPU)
        return sum(objective(model).backward(batch, targets).item() for batch in batches)

    whole_loss, whole = accumulate(1_000_000), gradients(model)
    cut_loss, cut = accumulate(budget), gradients(model)
    assert cut_loss == pytest.approx(whole_loss, rel=1e-5)
    close(cut, whole)


def test_right_padding_without_a_mask_leaves_real_tokens_untouched(model):
    ids, mask = random_store(1).example(0)
    alone = make_micro_batch(store_of((ids.tolist(), mask.tolist())), [0], CPU)
    beside = make_micro_batch(store_of((ids.tolist(), mask.tolist()), ([5] * 60, [0] * 59 + [1])), [0, 1], CPU)
    hidden = objective(model).hidden_states(beside)[: len(alone.sources)]
    torch.testing.assert_close(hidden, objective(model).hidden_states(alone), rtol=1e-4, atol=1e-5)


def test_the_head_is_computed_in_pieces_with_the_same_result(gpt2_folder):
    model = load(gpt2_folder).model
    store = random_store()
    batch = make_micro_batch(store, range(8), CPU)
    whole_loss, whole = objective(model).backward(batch, 10), gradients(model)
    model.zero_grad()
    in_pieces = Objective(model, CPU, torch.float32, logits_at_once=340 * 7)
    torch.testing.assert_close(in_pieces.backward(batch, 10), whole_loss)
    close(gradients(model), whole)


def test_evaluation_measures_loss_and_first_choices(gpt2_folder):
    model = load(gpt2_folder).model
    store = random_store()
    loss, correct = objective(model).evaluate(make_micro_batch(store, range(8), CPU))
    targets = int(store.targets.sum())
    torch.testing.assert_close(loss / targets, reference(model, store).detach(), rtol=1e-5, atol=1e-6)
    expected = 0
    for index in range(8):
        ids, mask = store.example(index)
        choices = model(torch.tensor(ids[None]).long()).logits[0].argmax(-1).numpy()
        expected += int(((choices[:-1] == ids[1:]) & (mask[1:] == 1)).sum())
    assert correct.item() == expected


def test_frozen_weights_get_no_gradient(gpt2_folder):
    model = copy.deepcopy(load(gpt2_folder).model)
    model.requires_grad_(False)
    model.transformer.h[0].mlp.c_fc.weight.requires_grad_(True)
    objective(model).backward(make_micro_batch(random_store(), range(8), CPU), 10)
    with_gradient = [name for name, parameter in model.named_parameters() if parameter.grad is not None]
    assert with_gradient == ["transformer.h.0.mlp.c_fc.weight"]
