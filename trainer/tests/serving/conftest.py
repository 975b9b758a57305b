import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from llm_tuner_trainer.base_model import FolderSource
from llm_tuner_trainer.loading import LoadedModel, load_for_inference
from tests.serving.toy_models import write_toy_model

NO_TOKEN = 1_000_000
STARTER_MODEL = Path(__file__).parents[2] / "starter" / "model"


@pytest.fixture(scope="session")
def starter_folder() -> Path:
    return STARTER_MODEL


@pytest.fixture(scope="session")
def toy(tmp_path_factory) -> Callable[[str], LoadedModel]:
    """Toy models of both families, each loaded once."""
    loaded: dict[str, LoadedModel] = {}

    def load(family: str) -> LoadedModel:
        if family not in loaded:
            folder = write_toy_model(tmp_path_factory.mktemp(family), family)
            model = load_for_inference(FolderSource(str(folder)), None, "cpu", threads=1)
            loaded[family] = without_end(model)
        return loaded[family]

    return load


def without_end(loaded: LoadedModel, eos_token_ids: tuple[int, ...] = (NO_TOKEN,)) -> LoadedModel:
    """The model with other ends of text; by default one that no model chooses."""
    return dataclasses.replace(loaded, template=dataclasses.replace(loaded.template, eos_token_ids=eos_token_ids))


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)
