import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from tests.training.toys import CHATML, ToyRun, write_model, write_run


@pytest.fixture(scope="session")
def gpt2_folder(tmp_path_factory) -> Path:
    return write_model(tmp_path_factory.mktemp("gpt2"), "gpt2")


@pytest.fixture(scope="session")
def llama_folder(tmp_path_factory) -> Path:
    return write_model(tmp_path_factory.mktemp("llama"), "llama", CHATML)


@pytest.fixture(scope="session")
def family_folder(tmp_path_factory) -> Callable[[str], Path]:
    """Models of any family, each written once."""
    written: dict[str, Path] = {}

    def folder(model_type: str) -> Path:
        if model_type not in written:
            written[model_type] = write_model(tmp_path_factory.mktemp(model_type), model_type)
        return written[model_type]

    return folder


@pytest.fixture
def make_run(tmp_path, gpt2_folder) -> Callable[..., ToyRun]:
    """Run folders of one test; `base` and `name` may be given, the rest goes to `write_run`."""

    def make(*, base: Path = gpt2_folder, name: str = "run", **changes) -> ToyRun:
        return write_run(tmp_path / name, base, **changes)

    return make


@pytest.fixture(autouse=True)
def _leave_the_process_as_it_was() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    torch.set_num_threads(1)
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
