"""The training loop: budgets, checkpoints, and what it does when something goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import count

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'fallow[deep]'")
pytest.importorskip("onnx", reason="onnx is not installed: pip install 'fallow[deep]'")
pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install 'fallow[deep]'")

from fallow import FileError, InputError, jobs  # noqa: E402
from fallow.deep import train as loop  # noqa: E402
from fallow.deep.patches import Batch  # noqa: E402
from fallow.deep.train import AS_GOOD, PATIENCE, Budget, Progressed, choose_device, train  # noqa: E402
from fallow.errors import RunError, WriteError  # noqa: E402
from fallow.features.encoder_file import EncoderFile  # noqa: E402
from system_scenes import patches  # noqa: E402

pytestmark = pytest.mark.usefixtures("deep")


class Line(torch.nn.Module):
    """An objective that is quick: one number, to be the mean of the inputs."""

    def __init__(self, encoder=None, n_inputs=1):
        super().__init__()
        self.number = torch.nn.Parameter(torch.zeros(1))
        self.seen = []

    def loss(self, inputs, counts, chance):
        self.seen.append((inputs[0, 0, 0, 0].item(), torch.rand(1, generator=chance).item()))
        return (self.number - inputs).square().mean()


class Numbers:
    """Batches that hold their number; each takes as long as is said."""

    def __init__(self, *, pause_s=0.0, held=5.0, odd=None):
        self.pause_s, self.held, self.odd = pause_s, held, odd or {}

    def batches(self, first=0):
        for number in count(first):
            time.sleep(self.pause_s)
            yield self._batch(self.odd.get(number, 5 + 0.01 * (number % 7)))

    def held_batches(self):
        return [self._batch(self.held)]

    def _batch(self, value):
        return Batch(np.full((1, 1, 1, 1), value, np.float32), *[np.ones((1, 1, 1), bool)] * 2)


@pytest.fixture
def checkpoint(tmp_path):
    return tmp_path / ".farm.fallow.training"


def run(checkpoint, objective=None, batches=None, *, steps=60, seconds=None, resume=False, identity="this", **options):
    budget = Budget(seconds=seconds) if seconds else Budget(steps=steps)
    torch.manual_seed(0)
    return train(
        objective or Line(), batches or Numbers(), budget=budget, seed=3, device=torch.device("cpu"),
        checkpoint=checkpoint, identity=identity, resume=resume, **{"learning_rate": 0.5, **options},
    )  # fmt: skip


def interrupt_at(step, error=KeyboardInterrupt):
    """Return what raises an error after so many steps."""
    steps = count(1)

    def on_progress(done, total):
        if next(steps) == step:
            raise error

    return on_progress


# ---------------------------------------------------------------------- how it learns
def test_the_loss_falls_and_the_curve_tells_it(checkpoint):
    _, done = run(checkpoint)
    steps, losses, held = zip(*done.curve, strict=True)
    assert steps == tuple(range(3, 61, 3))
    assert losses[-1] < 0.1 * losses[0]
    assert done.best == min(held) < 0.1 * held[0]
    assert list(checkpoint.parent.iterdir()) == []


@pytest.mark.parametrize("steps", [1, 2, 7, 20, 33])
def test_any_number_of_steps_is_made_exactly(checkpoint, steps):
    objective, told = Line(), []
    _, done = run(checkpoint, objective, steps=steps, on_progress=lambda *each: told.append(each))
    assert done.step == steps
    assert done.curve[-1][0] == steps
    assert told[-1] == (1000, 1000)
    assert [each[0] for each in told] == sorted(each[0] for each in told)


def test_the_best_weights_are_kept(checkpoint):
    network, done = run(checkpoint, batches=Numbers(held=1.0), steps=40)
    assert done.curve[-1][2] > 2 * done.best
    assert done.best * 0.999 <= (network.number.item() - 1) ** 2 <= done.best * (1 + AS_GOOD) * 1.001
    assert not network.training


def test_what_is_kept_is_an_average_of_the_weights(checkpoint):
    objective = Line()
    network, _ = run(checkpoint, objective, steps=100)
    assert network.number.item() != objective.number.item()
    assert network.number.item() == pytest.approx(objective.number.item(), abs=0.5)


def test_it_stops_when_what_is_held_back_gets_worse(checkpoint):
    _, done = run(checkpoint, batches=Numbers(held=1.0), steps=40)
    assert done.n_worse >= PATIENCE
    assert 20 <= done.step < 40  # not before half of the budget is used


def test_a_budget_of_time_ends_near_its_time(checkpoint, monkeypatch):
    monkeypatch.setattr(loop, "PATIENCE", 1000)
    start = time.perf_counter()
    _, done = run(checkpoint, batches=Numbers(pause_s=0.002), seconds=0.6)
    assert 0.6 <= done.elapsed_s < 0.8
    assert time.perf_counter() - start < 1.5
    assert 10 <= len(done.curve) <= 20


def test_time_counts_over_all_sittings(checkpoint, monkeypatch):
    monkeypatch.setattr(loop, "PATIENCE", 1000)
    with pytest.raises(KeyboardInterrupt):
        run(checkpoint, batches=Numbers(pause_s=0.01), seconds=0.6, on_progress=interrupt_at(30))
    start = time.perf_counter()
    _, done = run(checkpoint, batches=Numbers(pause_s=0.01), seconds=0.6, resume=True)
    assert time.perf_counter() - start < 0.5
    assert 0.6 <= done.elapsed_s < 0.8


@pytest.mark.parametrize(("value", "step"), [(np.nan, 1), (np.inf, 20), (1e30, 59)])
def test_a_loss_that_is_no_number_ends_the_training(checkpoint, value, step):
    with pytest.raises(RunError, match=r"^the training lost its way: the loss is no number any more"):
        run(checkpoint, batches=Numbers(odd={step: value}))
    assert not checkpoint.exists()


def test_a_held_back_loss_that_is_no_number_ends_the_training(checkpoint):
    with pytest.raises(RunError, match="the loss is no number any more"):
        run(checkpoint, batches=Numbers(held=np.inf))


# ---------------------------------------------------------------------- interrupted
@pytest.mark.parametrize("step", [1, 14, 15, 16, 59, 60])
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_training_goes_on_as_if_nothing_had_been(checkpoint, step, error):
    undisturbed = Line()
    wanted_network, wanted = run(checkpoint, undisturbed)
    first, second = Line(), Line()
    with pytest.raises(error) as told:
        run(checkpoint, first, on_progress=interrupt_at(step, error))
    assert told.value.__notes__ == ["what was learned is kept, and --resume goes on with it"]
    network, done = run(checkpoint, second, resume=True)
    assert (done.step, done.best) == (wanted.step, wanted.best)
    assert [each[::2] for each in done.curve] == [each[::2] for each in wanted.curve]
    assert network.number.item() == wanted_network.number.item()
    assert second.number.item() == undisturbed.number.item()
    assert first.seen + second.seen == undisturbed.seen
    assert list(checkpoint.parent.iterdir()) == [checkpoint]


def test_before_the_first_step_nothing_is_kept(checkpoint):
    class Broken(Line):
        def loss(self, *_):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(checkpoint, Broken())
    assert not checkpoint.exists()


def test_now_and_then_a_checkpoint_is_written(checkpoint, monkeypatch):
    monkeypatch.setattr(loop, "CHECKPOINT_EVERY_S", 0)
    there = []
    run(checkpoint, steps=3, on_progress=lambda *_: there.append(checkpoint.exists()))
    assert there[:3] == [False, True, True]


@pytest.fixture
def unfinished(checkpoint):
    with pytest.raises(KeyboardInterrupt):
        run(checkpoint, on_progress=interrupt_at(10))
    return checkpoint


def test_an_unfinished_training_is_neither_lost_nor_taken_up_unasked(unfinished):
    before = unfinished.read_bytes()
    with pytest.raises(InputError, match=r"is what an unfinished training has left: say --resume or --overwrite$"):
        run(unfinished)
    assert unfinished.read_bytes() == before


def test_another_training_is_not_gone_on_with(unfinished):
    with pytest.raises(InputError, match=r"is of another training \(this\); --overwrite begins anew$"):
        run(unfinished, resume=True, identity="other")


def cut_short(path):
    path.write_bytes(path.read_bytes()[:300])


def of_other_weights(path):
    tree = torch.load(path, weights_only=True)
    tree["objective"] = {"number": torch.zeros(2)}
    torch.save(tree, path)


def of_another_form(path):
    torch.save(["this"], path)


def without_a_part(path):
    tree = torch.load(path, weights_only=True)
    del tree["so_far"]
    torch.save(tree, path)


@pytest.mark.parametrize(
    "spoil",
    [cut_short, of_other_weights, of_another_form, without_a_part, lambda path: path.write_bytes(b""),
     lambda path: path.write_text("hello")],
)  # fmt: skip
def test_a_damaged_checkpoint_is_told_in_one_line(unfinished, spoil):
    spoil(unfinished)
    with pytest.raises(InputError, match=r"training is damaged \(\w+\); --overwrite begins anew$") as told:
        run(unfinished, resume=True)
    assert "\n" not in str(told.value)


class Code:
    def __reduce__(self):
        return os.mkdir, ("was-run",)


def test_code_in_a_checkpoint_never_runs(unfinished, monkeypatch):
    monkeypatch.chdir(unfinished.parent)
    torch.save({"identity": Code()}, unfinished)
    with pytest.raises(InputError, match=r"is damaged \(UnpicklingError\)"):
        run(unfinished, resume=True)
    assert list(unfinished.parent.iterdir()) == [unfinished]


def test_half_a_checkpoint_that_a_kill_has_left_is_cleared_away(unfinished):
    half = unfinished.with_name(unfinished.name + ".partial")
    half.write_bytes(b"half")
    run(unfinished, resume=True)
    assert not half.exists()


def test_a_checkpoint_that_cannot_be_written_leaves_no_half_of_it(unfinished, monkeypatch):
    monkeypatch.setattr(loop, "CHECKPOINT_EVERY_S", 0)
    before = unfinished.read_bytes()

    def full(tree, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(WriteError, match=r"cannot write .*training: No space left on device"):
        run(unfinished, resume=True)
    assert unfinished.read_bytes() == before
    assert list(unfinished.parent.iterdir()) == [unfinished]


# ---------------------------------------------------------------------- as it is said
def test_a_budget_is_time_or_steps():
    assert Budget.of(None, None) == Budget.of("10min", None) == Budget(seconds=600)
    assert Budget.of(None, 5) == Budget(steps=5)
    with pytest.raises(InputError, match=r"^say either time or steps, got time='2h' and steps=5$"):
        Budget.of("2h", 5)
    with pytest.raises(InputError, match=r"^steps must be a whole number of at least 1, got 0$"):
        Budget.of(None, 0)


def test_a_device_that_is_not_there_is_told():
    assert choose_device("cpu").type == "cpu"
    with pytest.raises(InputError, match='there is no device \'gpu\' here; try "auto" or "cpu"'):
        choose_device("gpu")


# ---------------------------------------------------------------------- whole trainings
SMALL = patches(40, 50, cell=20, noise=10)


def teach(tmp_path, *, image=SMALL, objective="autoencoder", steps=4, name="farm.fallow", **options):
    return jobs.train(objective, image, tmp_path / name, steps=steps, device="cpu", **options)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("objective", ["autoencoder", "contrastive"])
def test_the_same_seed_and_steps_give_the_same_encoder(tmp_path, objective):
    files = []
    image = patches(64, 64) if objective == "contrastive" else SMALL
    for name, seed in (("a.fallow", 0), ("b.fallow", 0), ("c.fallow", 1)):
        told = teach(tmp_path, image=image, objective=objective, name=name, seed=seed, steps=3)
        files.append(EncoderFile.load(tmp_path / name))
        assert told["steps"] == 3
    assert files[0].graphs == files[1].graphs
    assert files[0].graphs != files[2].graphs
    np.testing.assert_array_equal(files[0].curve, files[1].curve)
    differing = {name for name in files[0].origin if files[0].origin[name] != files[1].origin[name]}
    assert differing <= {"seconds", "waited"}


@pytest.mark.usefixtures("quick")
def test_a_simple_image_is_learned(tmp_path):
    told = teach(tmp_path, steps=40)
    curve = EncoderFile.load(tmp_path / "farm.fallow").curve
    assert told["validation"] < 0.75 * curve[0, 2]
    assert curve[-1, 1] < 0.75 * curve[0, 1]


@pytest.mark.usefixtures("quick")
def test_a_whole_training_goes_on_after_a_kill(tmp_path):
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("signals of POSIX")
    script = """
import os, signal, sys
import numpy as np, torch
from fallow import jobs
from fallow.deep import patches, train, training

patches.HELD_BATCHES = training.LOOKED_AT = 2
torch.set_num_threads(1)
train.CHECKPOINT_EVERY_S = 0
steps = []

def on_progress(done, total):
    steps.append(done)
    if len(steps) == 5:
        os.kill(os.getpid(), signal.SIGKILL)

jobs.train("autoencoder", np.load("image.npy"), "farm.fallow", steps=8, device="cpu", on_progress=on_progress)
"""
    np.save(tmp_path / "image.npy", SMALL)
    process = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, timeout=120)
    assert process.returncode == -signal.SIGKILL, process.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"image.npy", ".farm.fallow.training"}
    with pytest.raises(InputError, match="say --resume or --overwrite"):
        teach(tmp_path, steps=8)
    told = teach(tmp_path, steps=8, resume=True)
    wanted = teach(tmp_path, steps=8, name="other.fallow")
    assert told["steps"] == wanted["steps"] == 8
    assert told["validation"] == pytest.approx(wanted["validation"], rel=0.01)
    assert {path.suffix for path in tmp_path.iterdir()} == {".npy", ".fallow", ".png"}


@pytest.mark.usefixtures("quick")
def test_a_training_on_other_images_is_another_training(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        teach(tmp_path, on_progress=interrupt_at(2))
    with pytest.raises(InputError, match="is of another training"):
        teach(tmp_path, image=patches(64, 73), resume=True)
    with pytest.raises(InputError, match="is of another training"):
        teach(tmp_path, seed=1, resume=True)
    assert not (tmp_path / "farm.fallow").exists()
    told = teach(tmp_path, overwrite=True)
    assert told["steps"] == 4
    assert {path.name for path in tmp_path.iterdir()} == {"farm.fallow", "farm.png"}


def test_an_image_that_is_not_there_costs_no_unfinished_training(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        teach(tmp_path, on_progress=interrupt_at(2))
    with pytest.raises(FileError, match="no such file"):
        teach(tmp_path, image=str(tmp_path / "gone.png"), overwrite=True)
    assert (tmp_path / ".farm.fallow.training").exists()


def test_what_a_checkpoint_tells_is_what_progress_holds():
    assert Progressed(**vars(Progressed(step=3))) == Progressed(step=3)
