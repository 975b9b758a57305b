import json
import shutil
from pathlib import Path

import pytest
import torch
from torch import nn

from llm_tuner_trainer.checkpoint import CheckpointStore, Progress
from llm_tuner_trainer.failures import TrainerError
from llm_tuner_trainer.run_folder import list_checkpoints


class Machine:
    """A model and its optimizer, with some training behind them."""

    def __init__(self, steps: int = 0) -> None:
        torch.manual_seed(0)
        self.model = nn.Linear(3, 2)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=0.1)
        for _ in range(steps):
            self.train()

    def train(self) -> None:
        self.optimizer.zero_grad()
        self.model(torch.ones(1, 3)).square().sum().backward()
        self.optimizer.step()

    @property
    def trainable(self) -> list[tuple[str, nn.Parameter]]:
        return list(self.model.named_parameters())


@pytest.fixture
def store(tmp_path) -> CheckpointStore:
    return CheckpointStore(tmp_path / "checkpoints", {"seed": 1}, kept=2)


def save(store: CheckpointStore, machine: Machine, step: int):
    return store.save(Progress(step, 10 * step, 0.5, 2048), machine.trainable, machine.optimizer)


def restore(store: CheckpointStore, machine: Machine) -> tuple[Progress, list[str]]:
    skipped: list[str] = []
    return store.restore(machine.trainable, machine.optimizer, skipped.append), skipped


def test_a_restored_machine_goes_on_as_if_nothing_had_happened(store):
    machine = Machine(steps=3)
    saved = save(store, machine, 3)
    machine.train()
    other = Machine()
    assert restore(store, other) == (Progress(3, 30, 0.5, 2048), [])
    other.train()
    assert torch.equal(other.model.weight, machine.model.weight)
    assert (saved.step, saved.path) == (3, "checkpoints/step-3")
    assert saved.bytes > 0


def test_without_a_checkpoint_training_starts_at_the_beginning(store):
    assert restore(store, Machine()) == (Progress(), [])


def test_only_the_newest_are_kept(store, tmp_path):
    machine = Machine()
    for step in (5, 10, 100):
        save(store, machine, step)
    assert [step for step, _ in list_checkpoints(tmp_path / "checkpoints")] == [100, 10]


def break_file(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: break_file(folder / "weights.safetensors"),
        lambda folder: break_file(folder / "optimizer.pt"),
        lambda folder: (folder / "optimizer.pt").unlink(),
        lambda folder: (folder / "state.json").write_text("{"),
        lambda folder: (folder / "state.json").write_text('{"progress": {"steps": 1}}'),
        lambda folder: shutil.rmtree(folder) or folder.mkdir(),
    ],
    ids=["weights", "optimizer", "missing", "torn", "unknown", "empty"],
)
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(store, tmp_path, damage):
    save(store, Machine(steps=1), 1)
    save(store, Machine(steps=2), 2)
    damage(tmp_path / "checkpoints" / "step-2")
    machine = Machine()
    progress, skipped = restore(store, machine)
    assert progress.step == 1
    assert torch.equal(machine.model.weight, Machine(steps=1).model.weight)
    assert len(skipped) == 1
    assert "step-2" in skipped[0]
    save(store, Machine(steps=2), 2)
    assert restore(store, Machine())[0].step == 2


def test_what_a_crash_left_half_written_is_ignored_and_removed(store, tmp_path):
    save(store, Machine(), 1)
    half = tmp_path / "checkpoints" / ".step-2.tmp"
    half.mkdir()
    (half / "weights.safetensors").write_bytes(b"half")
    assert restore(store, Machine())[0].step == 1
    assert not half.exists()


def test_a_save_that_fails_leaves_nothing_behind(store, tmp_path):
    without_data = nn.Parameter(torch.empty(2, device="meta"))
    with pytest.raises(Exception, match="meta"):
        store.save(Progress(1), [("weight", without_data)], Machine().optimizer)
    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_a_checkpoint_of_another_job_is_refused(store, tmp_path):
    save(store, Machine(), 1)
    with pytest.raises(TrainerError, match="other settings") as caught:
        restore(CheckpointStore(tmp_path / "checkpoints", {"seed": 2}, kept=2), Machine())
    assert caught.value.code == "checkpoint_invalid"


def test_code_in_a_checkpoint_is_not_run(store, tmp_path):
    save(store, Machine(), 1)
    folder = tmp_path / "checkpoints" / "step-1"
    torch.save({"state": Path("exploded")}, folder / "optimizer.pt")
    state = json.loads((folder / "state.json").read_text())
    del state["sha256"]["optimizer.pt"]
    (folder / "state.json").write_text(json.dumps(state))
    with pytest.raises(Exception, match="weights_only"):
        restore(store, Machine())
