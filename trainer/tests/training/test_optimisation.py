import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import nn

from llm_tuner_trainer.optimisation import learning_rate, make_optimizer, parameter_groups, set_learning_rate
from llm_tuner_trainer.run_folder import Hyperparameters
from tests.training.toys import load

CPU = torch.device("cpu")
SETTINGS = Hyperparameters(
    learning_rate=0.1,
    batch_size=4,
    epochs=1,
    optimizer="adamw",
    weight_decay=0.5,
    max_sequence_length=64,
    method="full",
    lora_rank=4,
    lora_alpha=8,
    lora_dropout=0,
    warmup_ratio=0,
    scheduler="constant",
    gradient_clip=0,
    seed=0,
)


def rates(scheduler: str, warmup_ratio: float, steps: int = 10) -> list[float]:
    settings = replace(SETTINGS, scheduler=scheduler, warmup_ratio=warmup_ratio)
    return [learning_rate(settings, step, steps) for step in range(steps)]


def test_a_constant_rate_stays():
    assert rates("constant", 0) == [0.1] * 10


def test_a_linear_rate_falls_evenly_and_never_to_zero():
    assert rates("linear", 0) == pytest.approx([0.1 * (10 - step) / 10 for step in range(10)])


def test_a_cosine_rate_starts_and_falls_as_a_cosine():
    values = rates("cosine", 0)
    assert values[0] == pytest.approx(0.1)
    assert values[5] == pytest.approx(0.05)
    assert all(later < earlier for earlier, later in pairwise(values))
    assert values[-1] > 0


@pytest.mark.parametrize("scheduler", ["constant", "linear", "cosine"])
def test_warm_up_rises_to_the_peak(scheduler):
    values = rates(scheduler, 0.4)
    assert values[:5] == pytest.approx([0.025, 0.05, 0.075, 0.1, 0.1])


def test_one_step_has_the_full_rate():
    assert rates("linear", 0.5, steps=1) == [0.1]


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.matrix = nn.Parameter(torch.ones(2, 2))
        self.bias = nn.Parameter(torch.ones(2))


def one_step(optimizer_name: str, decay: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Matrix and bias after one step with a gradient of 2."""
    model = Small()
    optimizer = make_optimizer(model, replace(SETTINGS, optimizer=optimizer_name, weight_decay=decay), CPU)
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 2.0)
    optimizer.step()
    return model.matrix.detach(), model.bias.detach()


# The first step of Adam has the length of the learning rate, whatever the gradient.
@pytest.mark.parametrize(
    ("name", "decay", "matrix"),
    [
        ("adamw", 0, 1 - 0.1),
        ("adamw", 0.5, 1 - 0.1 * 0.5 - 0.1),
        ("adam", 0.5, 1 - 0.1),
        ("sgd", 0, 1 - 0.1 * 2),
        ("sgd", 0.5, 1 - 0.1 * (2 + 0.5)),
    ],
)
def test_each_optimizer_does_its_own_step(name, decay, matrix):
    weights, bias = one_step(name, decay)
    torch.testing.assert_close(weights, torch.full((2, 2), matrix))
    torch.testing.assert_close(bias, torch.full((2,), 1 - 0.1 * 2 if name == "sgd" else 1 - 0.1))


@pytest.mark.parametrize("model_type", ["gpt2", "llama"])
def test_pitfall_8_a_tied_tensor_is_decayed_once_and_vectors_never(family_folder, model_type):
    model = load(family_folder(model_type)).model
    if model_type == "gpt2":
        assert model.lm_head.weight is model.transformer.wte.weight
    decayed, plain = parameter_groups(model.named_parameters(), 0.5)
    assert (decayed["weight_decay"], plain["weight_decay"]) == (0.5, 0.0)
    assert all(parameter.ndim == 2 for parameter in decayed["params"])
    assert all(parameter.ndim == 1 for parameter in plain["params"])
    addresses = [parameter.data_ptr() for group in (decayed, plain) for parameter in group["params"]]
    assert len(addresses) == len(set(addresses)) == len(list(model.parameters()))


def test_frozen_parameters_are_not_optimised():
    model = Small()
    model.bias.requires_grad_(False)
    (group,) = parameter_groups(model.named_parameters(), 0.1)
    assert group["params"][0] is model.matrix


def test_the_rate_is_set_on_all_groups():
    optimizer = make_optimizer(Small(), SETTINGS, CPU)
    set_learning_rate(optimizer, math.pi)
    assert [group["lr"] for group in optimizer.param_groups] == [math.pi, math.pi]
