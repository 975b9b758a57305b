import numpy as np
import pytest
import torch

from llm_tuner_trainer.batches import EpochPlan, cut_micro_batches, make_micro_batch, micro_batches
from llm_tuner_trainer.token_store import TokenStore

CPU = torch.device("cpu")


def store_of(*examples: tuple[list[int], list[int]]) -> TokenStore:
    return TokenStore(
        ids=np.concatenate([np.array(ids, np.int32) for ids, _ in examples]),
        mask=np.concatenate([np.array(mask, np.uint8) for _, mask in examples]),
        offsets=np.cumsum([0] + [len(ids) for ids, _ in examples]),
    )


def plan(examples=10, batch_size=4, epochs=3, seed=1) -> EpochPlan:
    return EpochPlan(np.arange(examples), batch_size, epochs, seed)


def test_every_epoch_has_every_example_once_in_another_order():
    chosen = plan()
    assert (chosen.steps_per_epoch, chosen.total_steps) == (3, 9)
    epochs = [np.concatenate([chosen.step(epoch * 3 + step) for step in range(3)]) for epoch in range(3)]
    for order in epochs:
        assert sorted(order) == list(range(10))
    assert not np.array_equal(epochs[0], epochs[1])


def test_the_last_step_of_an_epoch_has_what_is_left():
    assert [len(plan().step(step)) for step in range(4)] == [4, 4, 2, 4]


def test_pitfall_13_the_order_follows_from_seed_and_step_alone():
    assert all(np.array_equal(plan().step(step), plan().step(step)) for step in range(9))
    assert not np.array_equal(plan(seed=1).step(0), plan(seed=2).step(0))


def test_only_the_given_examples_are_planned():
    chosen = EpochPlan(np.array([3, 5, 8]), 2, 1, 0)
    assert sorted(np.concatenate([chosen.step(0), chosen.step(1)])) == [3, 5, 8]


@pytest.mark.parametrize("budget", [1, 16, 40, 1000])
def test_micro_batches_hold_every_example_once_within_the_budget(budget):
    lengths = [3, 9, 16, 16, 2, 7, 7, 1]
    groups = cut_micro_batches(lengths, budget)
    assert sorted(np.concatenate(groups)) == list(range(8))
    for group in groups:
        longest = max(lengths[position] for position in group)
        assert len(group) == 1 or longest * len(group) <= budget
    longest_first = [max(lengths[position] for position in group) for group in groups]
    assert longest_first == sorted(longest_first, reverse=True)


def test_rows_are_padded_on_the_right_and_targets_follow_their_sources():
    batch = make_micro_batch(store_of(([5, 6, 7], [0, 1, 1]), ([8, 9], [0, 1])), [0, 1], CPU)
    assert batch.input_ids.tolist() == [[5, 6, 7], [8, 9, 0]]
    assert batch.sources.tolist() == [0, 1, 3]
    assert batch.targets.tolist() == [6, 7, 9]
    assert batch.tokens == 5


def test_pitfall_4_the_first_token_of_an_example_is_never_a_target():
    batch = make_micro_batch(store_of(([5, 6], [1, 1]), ([7, 8], [1, 1])), [0, 1], CPU)
    assert batch.targets.tolist() == [6, 8]


def test_pitfall_5_an_end_of_text_with_the_id_of_the_padding_is_a_target():
    # Id 0 is padding here, and end of text.
    batch = make_micro_batch(store_of(([5, 6, 0], [0, 1, 1]), ([7, 8, 9, 0], [0, 0, 1, 1])), [0, 1], CPU)
    assert batch.targets.tolist() == [6, 0, 9, 0]


def test_targets_are_counted_as_they_are_batched():
    store = store_of(([5, 6, 7], [1, 1, 0]), ([8], [1]), ([4, 4], [0, 1]))
    assert store.targets.tolist() == [1, 0, 1]
    batches = list(micro_batches(store, np.arange(3), 3, CPU))
    assert sum(len(batch.targets) for batch in batches) == 2
