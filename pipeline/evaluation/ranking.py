"""How well a classifier ranks the pictures of each class; needs image tags only."""

import numpy as np
from jaxtyping import Bool, Float


def mean_average_precision(scores: Float[np.ndarray, "N C"], wanted: Bool[np.ndarray, "N C"]) -> float:
    """Mean over the classes that occur of the mean precision at each of their pictures.

    Args:
        scores: larger is more certain; equal scores keep the order of the pictures.
        wanted: whether the class is in the picture.

    Returns:
        0..1; NaN where no class occurs.
    """
    order = np.argsort(-scores, axis=0, kind="stable")
    hits = np.take_along_axis(wanted, order, axis=0)
    precision = np.cumsum(hits, axis=0) / np.arange(1, len(hits) + 1)[:, None]
    occurring = hits.any(axis=0)
    if not occurring.any():
        return float("nan")
    return float(((precision * hits).sum(axis=0)[occurring] / hits.sum(axis=0)[occurring]).mean())
