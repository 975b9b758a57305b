import os

import pytest
import torch

from llm_tuner_trainer.devices import choose_device, inference_dtype, set_threads, usable_cores
from llm_tuner_trainer.failures import TrainerError

HAS_CUDA = torch.cuda.is_available()


def test_the_cpu_can_always_be_chosen_and_computes_in_float32():
    assert choose_device("cpu") == torch.device("cpu")
    assert inference_dtype(torch.device("cpu")) == torch.float32


@pytest.mark.skipif(HAS_CUDA, reason="for machines without a CUDA device")
def test_a_device_that_is_not_there_is_a_fault_of_the_job():
    with pytest.raises(TrainerError, match="no cuda device") as caught:
        choose_device("cuda")
    assert caught.value.code == "job_invalid"


def test_auto_takes_what_is_there():
    assert choose_device("auto").type == ("cuda" if HAS_CUDA else "mps" if torch.backends.mps.is_available() else "cpu")


def test_threads_are_set_or_chosen_within_what_the_process_may_use():
    assert set_threads(3) == torch.get_num_threads() == 3
    assert set_threads(0) == torch.get_num_threads() == usable_cores()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux's affinity mask")
def test_a_process_bound_to_one_core_uses_one_thread():
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_waiting_threads_sleep():
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
