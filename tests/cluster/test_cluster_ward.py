import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fallow.cluster.ward import merge_two


def squared_error(groups):
    return sum(np.square(rows - rows.mean(axis=0)).sum() for rows in groups)


@given(st.lists(st.lists(st.floats(-9, 9, width=16), min_size=1, max_size=4), min_size=2, max_size=5))
def test_it_merges_the_two_whose_union_adds_least_to_the_squared_error(groups):
    groups = [np.array(rows)[:, None] for rows in groups]
    centers = np.stack([rows.mean(axis=0) for rows in groups]).astype(np.float32)
    merged, counts = merge_two(centers, np.array([len(rows) for rows in groups]))
    errors = []
    for one in range(len(groups)):
        for other in range(one):
            left = [rows for n, rows in enumerate(groups) if n not in (one, other)]
            errors.append((squared_error([*left, np.concatenate([groups[one], groups[other]])]), one, other))
    total = np.concatenate(groups)
    found = np.square(total - total.mean()).sum() - (counts * np.square(merged[:, 0] - total.mean())).sum()
    assert abs(found - min(errors)[0]) < 1e-3
    assert counts.sum() == len(total)
