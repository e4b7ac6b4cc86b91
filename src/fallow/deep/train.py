"""The training loop: a budget of time or steps, a held-back part of the pixels, and checkpoints to go on from."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Self

import torch
from torch import Generator, Tensor, nn
from torch.optim.swa_utils import AveragedModel

from fallow.deep.patches import Batch, Patches
from fallow.errors import FileError, InputError, RunError, writing
from fallow.features.base import check_number
from fallow.run.duration import parse_seconds

LEARNING_RATE, WEIGHT_DECAY = 2e-3, 1e-4
WARM_UP = 50  # steps
MOST_GRADIENT = 5.0
MEMORY = 0.99
"""What is kept each step of the average of the weights, which is steadier than they are (Polyak, Juditsky 1992)."""

EVALUATIONS = 20  # in the whole of the budget
AS_GOOD = 0.02
"""Share above the lowest up to which a loss is as good: it wavers, and of equals those that learned longer win."""

PATIENCE = 5  # evaluations in a row that are worse, in the second half of the budget
CHECKPOINT_EVERY_S = 30.0
DAMAGE = (RuntimeError, EOFError, KeyError, ValueError, TypeError, AttributeError, UnpicklingError)
"""What reading a damaged checkpoint raises."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Budget:
    """How long to train: so many seconds, or so many steps."""

    seconds: float = math.inf
    steps: int = 0

    @classmethod
    def of(cls, time: str | float | None, steps: int | None) -> Self:
        """Return so many steps, or a time such as "90s"; ten minutes if neither is said.

        Raises
        ------
        InputError
            If both are said, or one cannot be right.
        """
        if steps is None:
            return cls(seconds=parse_seconds("10min" if time is None else time))
        if time is not None:
            raise InputError(f"say either time or steps, got time={time!r} and steps={steps!r}")
        check_number("steps", steps, 1, whole=True)
        return cls(steps=int(steps))

    def share(self, elapsed_s: float, step: int) -> float:
        """Return how much of it is used, 0 to 1."""
        return min(1.0, step / self.steps if self.steps else elapsed_s / self.seconds)


@dataclass
class Progressed:
    """How far a training is; what a checkpoint holds beside the weights.

    Attributes
    ----------
    elapsed_s : float
        Of training, over all sittings.
    curve : list of (step, training loss, validation loss)
    best : float
        The lowest validation loss.
    n_worse : int
        Evaluations since one that was as good.
    """

    step: int = 0
    elapsed_s: float = 0.0
    curve: list[tuple[int, float, float]] = field(default_factory=list)
    best: float = math.inf
    n_worse: int = 0


def train(
    objective: Any,
    patches: Patches,
    *,
    budget: Budget,
    seed: int,
    device: torch.device,
    checkpoint: Path,
    identity: str,
    resume: bool,
    learning_rate: float = LEARNING_RATE,
    on_progress: Progress | None = None,
) -> tuple[Any, Progressed]:
    """Train until the budget is used or what is held back gets worse; return a copy of `objective` at its best.

    Parameters
    ----------
    objective
        A module that has `encoder`, and ``loss(inputs, counts, chance)`` over the pixels that count; moved to `device`.
    checkpoint
        File to go on from, written now and then and when the work is interrupted; who calls removes it at the end.
    identity
        What the training is about; one of another identity is not gone on with.
    on_progress
        Called as ``(thousandths done, 1000)`` after each step.

    Raises
    ------
    InputError
        If there is a checkpoint and `resume` is false, or it belongs to another training.
    RunError
        If the loss is no number any more.

    Notes
    -----
    AdamW with a warm-up of 50 steps and a cosine to 0 over the budget (Loshchilov, Hutter 2017, 2019). Every twentieth
    of the budget the loss over what is held back is taken; once half of it is used, five in a row that are worse than
    the best by more than a fiftieth end the training. Patches and augmentations of a step
    hang on the seed and the step alone, so a training that is gone on with sees what it would have seen.
    """
    objective.to(device, memory_format=torch.channels_last)  # several times faster for depthwise convolutions
    optimizer = torch.optim.AdamW(
        [each for each in objective.parameters() if each.requires_grad], lr=learning_rate, weight_decay=WEIGHT_DECAY
    )
    average = AveragedModel(objective, avg_fn=_mix, use_buffers=True)
    so_far, best = Progressed(), dict[str, Tensor]()
    _partial(checkpoint).unlink(missing_ok=True)  # what a kill has left
    if checkpoint.exists():
        if not resume:
            raise InputError(f"{checkpoint} is what an unfinished training has left: say --resume or --overwrite")
        so_far, best = _read(checkpoint, objective, average, optimizer, identity, device)
    held = patches.held_batches()
    losses: list[float] = []
    last_s = saved_s = time.perf_counter()
    try:
        for batch in patches.batches(so_far.step):
            used = budget.share(so_far.elapsed_s, so_far.step)
            if used * EVALUATIONS >= len(so_far.curve) + (used < 1):
                best = _evaluate(average.module, held, so_far, losses, best, device)
                if used >= 1 or (used > 0.5 and so_far.n_worse >= PATIENCE):
                    break
            rate = learning_rate * min(1.0, (so_far.step + 1) / WARM_UP) * (1 + math.cos(math.pi * used)) / 2
            losses.append(_step(objective, optimizer, batch, rate, _chance(seed, so_far.step), device))
            average.update_parameters(objective)
            so_far.step += 1
            now = time.perf_counter()
            so_far.elapsed_s, last_s = so_far.elapsed_s + now - last_s, now
            if on_progress:
                on_progress(int(1000 * budget.share(so_far.elapsed_s, so_far.step)), 1000)
            if now - saved_s > CHECKPOINT_EVERY_S:
                _write(checkpoint, objective, average, optimizer, so_far, best, identity)
                saved_s = now
    except BaseException as error:
        if so_far.step and not isinstance(error, RunError):
            _write(checkpoint, objective, average, optimizer, so_far, best, identity)
            error.add_note("what was learned is kept, and --resume goes on with it")
        raise
    if on_progress:
        on_progress(1000, 1000)
    average.module.load_state_dict(best)
    return average.module.cpu().eval(), so_far


def choose_device(name: str) -> torch.device:
    """Return the device of a name; "auto" takes a graphics card where there is one.

    Raises
    ------
    InputError
        If there is no such device.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(f'there is no device {name!r} here; try "auto" or "cpu"') from error
    return device


def _step(
    objective: Any, optimizer: torch.optim.Optimizer, batch: Batch, rate: float, chance: Generator, device: torch.device
) -> float:
    """Learn from one batch; return its loss."""
    objective.train()
    for group in optimizer.param_groups:
        group["lr"] = rate
    loss = objective.loss(*_tensors(batch.inputs, batch.learn, device), chance)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(objective.parameters(), MOST_GRADIENT)
    optimizer.step()
    return _check_finite(loss.item())


def _mix(average: Tensor, now: Tensor, n_before: Tensor | int) -> Tensor:
    """Return the average of the weights so far: at first of all of them, then of the last hundred or so."""
    keep = min(MEMORY, (1 + int(n_before)) / (10 + int(n_before)))
    return torch.lerp(now, average, keep) if average.is_floating_point() else now


def _evaluate(
    objective: Any, held: list[Batch], so_far: Progressed, losses: list[float], best: dict, device: torch.device
) -> dict:
    """Add a point to the curve; return the best weights so far."""
    objective.eval()
    with torch.inference_mode():
        values = [
            objective.loss(*_tensors(batch.inputs, batch.held, device), _chance(0, number)).item()
            for number, batch in enumerate(held)
        ]
    value = _check_finite(sum(values) / len(values))
    so_far.curve.append((so_far.step, sum(losses) / len(losses) if losses else value, value))
    losses.clear()
    so_far.best = min(so_far.best, value)
    if value > so_far.best + AS_GOOD * abs(so_far.best):
        so_far.n_worse += 1
        return best
    so_far.n_worse = 0
    return {name: each.detach().cpu().clone() for name, each in objective.state_dict().items()}


def _check_finite(loss: float) -> float:
    if not math.isfinite(loss):
        raise RunError("the training lost its way: the loss is no number any more; are there extreme pixel values?")
    return loss


def _tensors(inputs: Any, counts: Any, device: torch.device) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(inputs).to(device, memory_format=torch.channels_last), torch.from_numpy(counts).to(device)


def _chance(seed: int, step: int) -> Generator:
    return Generator().manual_seed(seed * 1_000_003 + step)


def _partial(checkpoint: Path) -> Path:
    return checkpoint.with_name(checkpoint.name + ".partial")


def _write(
    path: Path,
    objective: nn.Module,
    average: nn.Module,
    optimizer: torch.optim.Optimizer,
    so_far: Progressed,
    best: dict,
    identity: str,
) -> None:
    partial = _partial(path)
    tree = {
        "identity": identity,
        "objective": objective.state_dict(),
        "average": average.state_dict(),
        "optimizer": optimizer.state_dict(),
        "best": best,
        "so_far": vars(so_far),
    }
    with writing(path):
        try:
            torch.save(tree, partial)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)


def _read(
    path: Path,
    objective: nn.Module,
    average: nn.Module,
    optimizer: torch.optim.Optimizer,
    identity: str,
    device: torch.device,
) -> tuple[Progressed, dict]:
    try:
        tree = torch.load(path, map_location=device, weights_only=True)
        if tree["identity"] != identity:
            raise InputError(f"{path} is of another training ({tree['identity']}); --overwrite begins anew")
        objective.load_state_dict(tree["objective"])
        average.load_state_dict(tree["average"])
        optimizer.load_state_dict(tree["optimizer"])
        return Progressed(**tree["so_far"]), tree["best"]
    except InputError:
        raise
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error
    except DAMAGE as error:
        told = type(error).__name__  # what they say themselves takes many lines
        raise InputError(f"{path} is damaged ({told}); --overwrite begins anew") from error
