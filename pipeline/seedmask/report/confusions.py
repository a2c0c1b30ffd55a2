"""Which classes are taken for which others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST = 8
"""Confusions that are listed."""
LARGEST = 32
"""Labels up to which the whole matrix is shown."""


@dataclass(frozen=True)
class Confusion:
    """A confusion matrix as people read it.

    Args:
        labels: background and the classes.
        shares: share of each label's true pixels (row) that got each label (column), 0..1; None of labels that do not
            occur. Empty where there are too many labels for a table.
        largest: the largest shares off the diagonal, as truth, label and share.
    """

    labels: tuple[str, ...]
    shares: tuple[tuple[float | None, ...], ...]
    largest: tuple[tuple[str, str, float], ...]


def confusion_of(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> Confusion:
    """Shares of a matrix of pixel counts.

    Args:
        counts: rows truth, columns label, background first.
        classes: names of the foreground classes.
    """
    labels = ("background", *classes)
    matrix = np.array(counts, np.int64)
    totals = matrix.sum(axis=1, keepdims=True)
    shares = np.divide(matrix, totals, out=np.zeros(matrix.shape), where=totals > 0)
    wrong = shares * (1 - np.eye(len(labels)))
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST]
    pairs = [np.unravel_index(place, wrong.shape) for place in order]
    largest = [(labels[t], labels[p], float(wrong[t, p])) for t, p in pairs if wrong[t, p] > 0]
    rows = [
        tuple(map(float, row)) if total else (None,) * len(labels)
        for row, total in zip(shares, totals[:, 0], strict=True)
    ]
    return Confusion(labels, tuple(rows) if len(labels) <= LARGEST else (), tuple(largest))
