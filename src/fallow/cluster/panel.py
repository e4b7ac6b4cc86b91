"""How stable classes are: the same clusterer fitted again on other samples, and where these agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.optimize import linear_sum_assignment

from fallow.cluster.base import Clusterer
from fallow.cluster.rows import cross_table, draw_rows

MEMBER_ROWS = 100_000
COMPARED_ROWS = 20_000


@dataclass(frozen=True, eq=False)
class Panel:
    """Clusterers that learned the classes of one clusterer from other samples; class 3 of each is class 3 of it.

    Attributes
    ----------
    members : sequence of Clusterer
    confusion : (classes, classes) float64
        Of the rows of a class, the mean share that members put into each class; rows add up to 1.
    """

    members: Sequence[Clusterer]
    confusion: np.ndarray

    @classmethod
    def fit(cls, rows: np.ndarray, clusterer: Clusterer, n_members: int, random_state: int) -> Self:
        """Fit so many members, each on rows drawn with replacement, with a seed of its own.

        Parameters
        ----------
        rows : (n, features) float32
            What `clusterer` was fitted on; at most 100,000 are drawn for a member.
        clusterer : Clusterer
            Fitted.

        Notes
        -----
        Members' classes are matched to the clusterer's one to one, so that most of 20,000 rows agree (Kuhn 1955,
        doi:10.1002/nav.3800020109). A draw that holds fewer distinct rows than classes is filled up with some.

        References
        ----------
        Hennig 2007, doi:10.1016/j.csda.2006.11.025 (bootstrapping clusters to see which are stable).
        """
        random = np.random.default_rng(random_state)
        compared = draw_rows(rows, COMPARED_ROWS, clusterer.n_classes, random)
        labels = clusterer.predict(compared)
        members = []
        for own in random.spawn(n_members):
            drawn = rows[np.sort(own.integers(len(rows), size=min(len(rows), MEMBER_ROWS)))]
            drawn = np.concatenate([drawn, draw_rows(rows, clusterer.n_classes, clusterer.n_classes, own)])
            member = type(clusterer)(**clusterer.get_params() | {"random_state": int(own.integers(1 << 31))})
            members.append(_matched(member.fit(drawn), compared, labels))
        tables = [cross_table(labels, member.predict(compared), clusterer.n_classes) for member in members]
        total = np.stack(tables).sum(axis=0, dtype=np.float64)[1:, 1:]
        return cls(members, total / np.maximum(total.sum(axis=1, keepdims=True), 1))

    def agreement(self, rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the share of the members that give each row its label, (n,) float32; 0 where the label is 0."""
        agree = np.zeros(len(rows), np.int32)
        for member in self.members:
            agree += member.predict(rows) == labels
        agree[labels == 0] = 0
        return agree.astype(np.float32) / np.float32(len(self.members))

    def reorder(self, order: np.ndarray) -> Self:
        """Number the classes anew, as `Clusterer.reorder`."""
        index = np.asarray(order) - 1
        return type(self)([member.reorder(order) for member in self.members], self.confusion[np.ix_(index, index)])

    def most_confused(self) -> list[tuple[int, int, float]]:
        """List pairs of classes, the most confused first: the share of both that members put into the other one."""
        shared = (self.confusion + self.confusion.T) / 2
        pairs = [(a + 1, b + 1, float(shared[a, b])) for a in range(len(shared)) for b in range(a + 1, len(shared))]
        return sorted((pair for pair in pairs if pair[2] > 0), key=lambda pair: -pair[2])

    def sentence(self) -> str:
        """Say which classes other samples would have mixed up."""
        kept = self.confusion.diagonal()
        least = f"{kept.min():.0%} of class {kept.argmin() + 1}"
        told = f"other samples keep {kept.mean():.0%} of each class on average, {least}"
        if confused := self.most_confused():
            one, other, share = confused[0]
            told += f"; most confused are classes {one} and {other} ({share:.0%})"
        return told

    def to_state(self) -> dict[str, Any]:
        """Return what was learned as plain data."""
        return {"members": [member.get_state() for member in self.members], "confusion": self.confusion}

    @classmethod
    def from_state(cls, state: dict[str, Any], clusterer: Clusterer) -> Self:
        """Rebuild what `to_state` returned, of members as `clusterer` is one."""
        members = [type(clusterer)(**clusterer.get_params()).set_state(each) for each in state["members"]]
        return cls(members, state["confusion"])


def share_names(panel: Panel | None) -> tuple[str, ...]:
    """Name what `assign_shares` tells of each row."""
    return ("confidence", "stability") if panel else ("confidence",)


def assign_shares(
    rows: np.ndarray, clusterer: Clusterer, panel: Panel | None
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the class of each row, and the confidence and stability of it, (n,) float32, 0..1."""
    labels, confidence = clusterer.assign(rows)
    shares = {"confidence": confidence}
    return labels, shares | ({"stability": panel.agreement(rows, labels)} if panel else {})


def _matched(member: Clusterer, rows: np.ndarray, labels: np.ndarray) -> Clusterer:
    """Number a member's classes so that as many rows as can be have the label they are given."""
    table = cross_table(labels, member.predict(rows), member.n_classes)[1:, 1:]
    return member.reorder(linear_sum_assignment(-table)[1] + 1)
