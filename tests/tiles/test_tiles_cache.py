import numpy as np

from fallow.tiles import cache
from fallow.tiles.cache import BlockCache

ONE, OTHER = (0, 2, 0, 2), (0, 2, 2, 4)


def test_what_is_put_is_taken_once():
    kept = BlockCache()
    features = np.ones((2, 2, 3), np.float32)
    kept.put(ONE, features)
    assert kept.take(ONE) is features
    assert kept.take(ONE) is None
    assert kept.take(OTHER) is None


def test_what_does_not_fit_is_not_kept(monkeypatch):
    features = np.ones((2, 2, 3), np.float32)
    monkeypatch.setattr(cache, "MAX_BYTES", features.nbytes)
    kept = BlockCache()
    kept.put(ONE, features)
    kept.put(ONE, features)  # once more, as a second drawing does, takes no more room
    kept.put(OTHER, features)
    assert kept.take(OTHER) is None
    assert kept.take(ONE) is features
    kept.put(OTHER, features)
    assert kept.take(OTHER) is features
