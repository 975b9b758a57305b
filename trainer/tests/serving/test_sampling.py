from collections import Counter

import pytest
import torch

from llm_tuner_trainer.serving.sampling import Sampling, sample_token

SCORES = torch.log(torch.tensor([0.5, 0.3, 0.15, 0.05]))


def draws(sampling: Sampling, count: int = 4000) -> Counter[int]:
    generator = sampling.new_generator()
    return Counter(sample_token(SCORES, sampling, generator) for _ in range(count))


def test_frequencies_follow_the_probabilities():
    counts = draws(Sampling(temperature=1.0, seed=1))
    assert [counts[token] / 4000 for token in range(4)] == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.03)


def test_a_low_temperature_sharpens_and_a_high_one_flattens():
    assert draws(Sampling(temperature=0.5, seed=1))[0] > 2500 > 1700 > draws(Sampling(temperature=2.0, seed=1))[0]


@pytest.mark.parametrize(("top_p", "tokens"), [(0.0, {0}), (0.4, {0}), (0.5, {0}), (0.6, {0, 1}), (0.9, {0, 1, 2})])
def test_top_p_keeps_the_smallest_set_that_reaches_it(top_p, tokens):
    assert set(draws(Sampling(top_p=top_p, seed=2))) == tokens


def test_the_same_seed_draws_the_same_and_no_seed_draws_anew():
    def sequence(sampling: Sampling) -> list[int]:
        generator = sampling.new_generator()
        return [sample_token(SCORES, sampling, generator) for _ in range(64)]

    assert sequence(Sampling(seed=7)) == sequence(Sampling(seed=7))
    assert sequence(Sampling(seed=-7)) == sequence(Sampling(seed=-7))
    assert sequence(Sampling()) != sequence(Sampling())


def test_temperature_zero_is_greedy():
    assert Sampling(temperature=0).is_greedy
    assert Sampling(temperature=1e-9).is_greedy
    assert not Sampling(temperature=0.1).is_greedy
