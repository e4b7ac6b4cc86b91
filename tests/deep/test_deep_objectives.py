"""What is minimised: which pixels count, which are hidden, and where two views show one place."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'fallow[deep]'")

from torch import nn  # noqa: E402

from fallow.deep.autoencoder import HIDDEN_CELL, NOISE, Autoencoder, hide  # noqa: E402
from fallow.deep.contrastive import Contrastive, at, draw_view, find, jitter, show, vicreg  # noqa: E402
from fallow.deep.network import N_FEATURES, Hypercolumns  # noqa: E402

pytestmark = pytest.mark.usefixtures("deep")


def chance(seed=0):
    return torch.Generator().manual_seed(seed)


def random(*shape, seed=0):
    return torch.randn(shape, generator=chance(seed))


# ---------------------------------------------------------------------- autoencoder
def test_half_of_a_patch_is_hidden_in_cells():
    inputs = random(8, 3, 96, 96)
    shown, is_hidden = hide(inputs, chance())
    assert is_hidden.unique().tolist() == [0, 1]
    assert 0.45 < is_hidden.mean() < 0.55
    cells = is_hidden.reshape(8, 96 // HIDDEN_CELL, HIDDEN_CELL, 96 // HIDDEN_CELL, HIDDEN_CELL)
    assert (cells == cells[:, :, :1, :, :1]).all()
    assert (shown[is_hidden.bool().expand_as(shown)] == 0).all()
    noise = (shown - inputs)[~is_hidden.bool().expand_as(shown)]
    assert noise.std().item() == pytest.approx(NOISE, rel=0.05)
    assert not torch.equal(is_hidden[0], is_hidden[1])


def test_what_is_hidden_hangs_on_the_chance_alone():
    inputs = random(2, 3, 40, 40)
    assert torch.equal(hide(inputs, chance(3))[0], hide(inputs, chance(3))[0])
    assert not torch.equal(hide(inputs, chance(3))[1], hide(inputs, chance(4))[1])


class Blind(nn.Module):
    """An encoder that sees nothing: what is reconstructed is the same everywhere."""

    def forward(self, inputs):
        return inputs.new_zeros(len(inputs), N_FEATURES, *inputs.shape[2:])


def test_pixels_that_do_not_count_do_not_enter_the_reconstruction():
    objective, inputs, counts = Autoencoder(Blind(), 2), random(2, 2, 32, 32), torch.ones(2, 32, 32, dtype=torch.bool)
    counts[:, 10:20] = False
    loss = objective.loss(inputs, counts, chance())
    other = inputs.clone()
    other[:, :, 10:20] = 1e4
    assert objective.loss(other, counts, chance()).item() == pytest.approx(loss.item(), rel=1e-6)
    other[:, :, 20] = 10
    assert objective.loss(other, counts, chance()) > 2 * loss


def test_hidden_pixels_count_more_than_seen_ones():
    objective, inputs = Autoencoder(Blind(), 1), torch.zeros(1, 1, 32, 32)
    _, is_hidden = hide(inputs, chance())
    counts = torch.ones(1, 32, 32, dtype=torch.bool)
    at_hidden, at_seen = (
        objective.loss(10 * each, counts, chance()).item() / each.sum().item() for each in (is_hidden, 1 - is_hidden)
    )
    assert at_hidden > 3 * at_seen


@pytest.mark.parametrize("kind", [Autoencoder, Contrastive])
def test_a_loss_without_any_pixel_that_counts_is_nothing(kind):
    objective, inputs = kind(Hypercolumns(3), 3), random(2, 3, 64, 64)
    loss = objective.loss(inputs, torch.zeros(2, 64, 64, dtype=torch.bool), chance())
    loss.backward()
    assert loss.item() == 0
    assert all(each.grad is None or not each.grad.any() for each in objective.parameters())


@pytest.mark.parametrize("kind", [Autoencoder, Contrastive])
def test_a_loss_has_gradients_everywhere_and_repeats(kind):
    torch.manual_seed(0)
    objective, inputs = kind(Hypercolumns(3), 3), random(4, 3, 96, 96)
    counts = torch.ones(4, 96, 96, dtype=torch.bool)
    losses = [objective.loss(inputs, counts, chance(each)) for each in (0, 0, 1)]
    losses[0].backward()
    assert all(torch.isfinite(each.grad).all() for each in objective.parameters())
    assert any(each.grad.abs().max() > 0 for each in objective.encoder.parameters())
    assert losses[0] == losses[1] != losses[2]


def test_a_reconstruction_has_the_form_of_the_image():
    objective = Autoencoder(Hypercolumns(4), 4).eval()
    shown, made = objective.reconstruct(random(1, 4, 40, 48), chance())
    assert shown.shape == made.shape == (1, 4, 40, 48)


# ---------------------------------------------------------------------- contrastive
def coordinates(n, side):
    """Patches whose two values are their coordinates, from -1 to 1, columns first."""
    line = (torch.arange(side) + 0.5) / side * 2 - 1
    return torch.stack(torch.meshgrid(line, line, indexing="xy")).expand(n, 2, side, side)


def test_a_view_shows_a_place_where_it_is_found():
    turn, places = draw_view(64, chance()), torch.rand(64, 200, 2, generator=chance(1)) * 2 - 1
    views = show(coordinates(64, 128), turn)
    assert views.shape == (64, 2, 80, 80)
    found = find(turn, places)
    is_seen = found.abs().amax(dim=2) < 0.95
    assert 0.2 < is_seen.float().mean() < 0.6
    torch.testing.assert_close(at(views, found)[is_seen], places[is_seen], atol=1e-4, rtol=0)


def test_two_views_show_one_place_alike():
    inputs = torch.nn.functional.avg_pool2d(random(16, 3, 136, 136), 9, stride=1)
    turns = [draw_view(16, chance(seed)) for seed in (0, 1)]
    places = torch.rand(16, 100, 2, generator=chance(2)) * 2 - 1
    found = [find(turn, places) for turn in turns]
    is_seen = torch.stack([each.abs().amax(dim=2) < 0.95 for each in found]).all(dim=0)
    assert is_seen.sum() > 100
    one, other = (at(show(inputs, turn), each)[is_seen] for turn, each in zip(turns, found, strict=True))
    assert (one - other).std() < 0.25 * one.std()


def test_views_are_turned_flipped_and_zoomed_within_the_patch():
    turn = draw_view(2000, chance())
    size = turn[:, :, :2].abs().sum(dim=2)
    assert (size + turn[:, :, 2].abs() <= 1 + 1e-5).all()  # nothing beyond the edge is shown
    torch.testing.assert_close(size[:, 0], size[:, 1])
    assert 0.4 < size.min() < 0.45
    assert 0.9 < size.max() <= 0.95
    kinds = {tuple(each.sign().flatten().int().tolist()) for each in turn[:, :, :2]}
    assert len(kinds) == 8


@pytest.mark.parametrize("side", [64, 80, 96, 112, 128])
def test_views_have_whole_cells_of_any_network(side):
    view = show(random(1, 1, side, side), draw_view(1, chance()))
    assert view.shape[2] % 16 == view.shape[3] % 16 == 0
    assert view.shape[2] > 24  # more than its margins


def test_each_input_of_each_view_is_jittered_by_itself():
    views = torch.ones(4, 5, 32, 32)
    moved = jitter(views, chance()).mean(dim=(2, 3))
    assert len(moved.flatten().unique()) == 20
    assert (moved - 1).abs().max() < 1.5


def test_agreement_without_collapse_is_what_is_sought():
    random_rows = torch.linalg.qr(random(4000, 16))[0] * 4000**0.5  # decorrelated, of variance 1
    good = vicreg(random_rows, random_rows)
    assert good < 0.1
    assert vicreg(random_rows, random_rows.roll(1, 0)) > good + 10  # they disagree
    assert vicreg(random_rows * 0, random_rows * 0) > good + 10  # all is one
    alike = random_rows[:, :1].expand(-1, 16)
    assert vicreg(alike, alike) > good + 10  # all outputs say the same
    torch.testing.assert_close(vicreg(random_rows + 5, random_rows + 5), good, atol=1e-3, rtol=0)


def test_places_that_do_not_count_are_not_compared(monkeypatch):
    from fallow.deep import contrastive

    compared = []
    monkeypatch.setattr(contrastive, "vicreg", lambda one, other: compared.append((one, other)) or one.sum() * 0)
    monkeypatch.setattr(contrastive, "jitter", lambda views, chance: views)

    class Coordinates(nn.Module):
        def forward(self, views):
            return nn.functional.pad(views, (0, 0, 0, 0, 0, N_FEATURES - views.shape[1]))

    objective = Contrastive(Coordinates(), 2)
    objective.projector = nn.Identity()
    counts = torch.ones(8, 128, 128, dtype=torch.bool)
    counts[:, :, 64:] = False  # the right half
    objective.loss(coordinates(8, 128), counts, chance())
    ((one, other),) = compared
    assert len(one) > 100
    assert max(one[:, 0].max(), other[:, 0].max()) < 1 / 64  # within a pixel
    distance = np.abs((one - other)[:, :2].numpy()).max() * 64
    assert 2 < distance <= 4.1  # pixels: texture is to matter, not its phase
