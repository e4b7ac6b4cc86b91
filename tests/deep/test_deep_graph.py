"""What is written as ONNX gives what the network gave in torch."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'fallow[deep]'")
pytest.importorskip("onnx", reason="onnx is not installed: pip install 'fallow[deep]'")

from fallow.deep.balance import Balance  # noqa: E402
from fallow.deep.embedded import Embedded  # noqa: E402
from fallow.deep.graph import write_graph  # noqa: E402
from fallow.deep.network import HALO, N_FEATURES, STRIDE, Hypercolumns  # noqa: E402
from fallow.features.backbone import describe, load_network  # noqa: E402
from fallow.features.backbone.lite0 import GRID  # noqa: E402
from system_scenes import patches  # noqa: E402

pytestmark = pytest.mark.usefixtures("deep")

AS_IT_IS = Balance(np.zeros(3, np.float32), np.eye(3, dtype=np.float32))


def network(n_inputs: int, seed: int = 0) -> Hypercolumns:
    """A network whose batch norms have seen something."""
    torch.manual_seed(seed)
    made = Hypercolumns(n_inputs)
    for each in made.modules():
        if isinstance(each, torch.nn.BatchNorm2d):
            each.running_mean.normal_(0, 0.3)
            each.running_var.uniform_(0.3, 3)
            each.weight.data.uniform_(0.5, 1.5)
            each.bias.data.normal_(0, 0.3)
    return made.eval()


def run(made: torch.nn.Module, inputs: np.ndarray) -> np.ndarray:
    """Run on (rows, cols, inputs)."""
    with torch.inference_mode():
        found = made(torch.from_numpy(inputs.transpose(2, 0, 1)[None].copy()))
    return found[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize("n_bands", [1, 3, 30])
def test_the_graph_equals_the_network(n_bands):
    random = np.random.default_rng(n_bands)
    pixels = random.normal(100, 30, (40, 56, n_bands)).astype(np.float32)
    balance = Balance.learn(pixels.reshape(-1, n_bands))
    made, center, axes = network(n_bands), random.normal(size=N_FEATURES), random.normal(0, 0.2, (N_FEATURES, 20))
    wanted = (run(made, balance(pixels)) - center) @ axes
    graph = write_graph(made, balance, center, axes)
    (found,) = load_network(graph).run(None, {"image": pixels})
    assert found.shape == (40, 56, 20)
    assert wanted.std() > 0.1
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_a_pixel_is_seen_within_the_halo_and_no_farther():
    made = network(2)
    image = np.random.default_rng(0).normal(size=(2 * 64, 2 * 64, 2)).astype(np.float32)
    reach = 0
    for offset in range(STRIDE):  # wherever in its cell the pixel lies
        changed = image.copy()
        changed[56 + offset, 56 + offset] += 100
        rows, cols = np.nonzero((run(made, changed) != run(made, image)).any(axis=2))
        reach = max(reach, *(np.abs(each - 56 - offset).max() for each in (rows, cols)))
    assert HALO - STRIDE < reach <= HALO
    assert HALO % STRIDE == 0


def test_an_image_cut_by_whole_cells_keeps_its_features():
    made = network(1)
    image = np.random.default_rng(0).normal(size=(136, 136, 1)).astype(np.float32)
    whole, part = run(made, image), run(made, np.ascontiguousarray(image[STRIDE:, STRIDE:]))
    np.testing.assert_allclose(part[HALO:, HALO:], whole[HALO + STRIDE :, HALO + STRIDE :], atol=1e-5)


# ---------------------------------------------------------------------- the embedded network
@pytest.fixture(scope="module")
def embedded():
    return Embedded(AS_IT_IS).eval()


def picture(rows: int, cols: int) -> np.ndarray:
    return patches(rows, cols, cell=24, noise=15).astype(np.float32)


def difference(found: np.ndarray, wanted: np.ndarray) -> float:
    """Return the largest difference far from the edge, where one mirrors with the last pixel and one without."""
    return float(np.abs(found - wanted)[16:-16, 16:-16].max() / np.ptp(wanted))


def test_unchanged_the_embedded_network_is_what_it_was(embedded):
    seen = picture(160, 176)
    wanted, found = describe(seen), run(embedded, seen)
    assert found.shape == wanted.shape == (160 // GRID, 176 // GRID, 32)
    assert difference(found, wanted) < 0.01
    again = describe(seen, embedded.to_graphs())
    assert np.abs(again - wanted).max() <= 1e-4 * np.ptp(wanted)


def test_what_goes_on_learning_is_written_as_it_is_run():
    changed = Embedded(AS_IT_IS).eval()
    torch.manual_seed(0)
    with torch.no_grad():
        for each in changed.coarse.parameters():
            each.mul_(1 + 0.05 * torch.randn_like(each))
    changed.scale(1.5)
    seen = picture(160, 160)
    found = describe(seen, changed.to_graphs())
    assert difference(found, run(changed, seen)) < 0.01
    assert difference(found, 1.5 * describe(seen)) > 0.02


def test_each_part_of_the_embedded_network_equals_its_graph(embedded):
    random = np.random.default_rng(0)
    for part, shape in ((embedded.fine, (1, 3, 64, 96)), (embedded.coarse, (1, 24, 16, 24))):
        values = (random.random(shape) * (255 if part is embedded.fine else 4)).astype(np.float32)
        session = load_network(part.to_graph())
        given = values[0].transpose(1, 2, 0) if part is embedded.fine else values
        graph = session.run(None, {session.get_inputs()[0].name: given})
        with torch.inference_mode():
            module = [each.numpy() for each in part(torch.from_numpy(values))]
        for one, other in zip(graph, module, strict=True):
            other = other if one.ndim == 4 else other[0].transpose(1, 2, 0)
            np.testing.assert_allclose(one, other, atol=1e-4 * np.ptp(one))


def test_only_the_coarse_part_of_the_embedded_network_learns(embedded):
    assert not any(each.requires_grad for each in embedded.fine.parameters())
    assert all(each.requires_grad for each in embedded.coarse.parameters())


def test_a_factor_multiplies_all_features_of_the_embedded_network():
    seen = picture(64, 64)
    made = Embedded(AS_IT_IS).eval()
    before = run(made, seen)
    made.scale(2.5)
    np.testing.assert_allclose(run(made, seen), 2.5 * before, atol=1e-4)


def test_the_embedded_network_is_shown_the_picture_again():
    seen = picture(64, 64)
    balance = Balance.learn(seen.reshape(-1, 3))
    plain, balanced = Embedded(AS_IT_IS).eval(), Embedded(balance).eval()
    np.testing.assert_allclose(run(balanced, balance(seen)), run(plain, seen), atol=2e-3)
