"""Average precision of a classifier over images with tags."""

import numpy as np
from jaxtyping import Bool, Float


def average_precisions(scores: Float[np.ndarray, "N C"], wanted: Bool[np.ndarray, "N C"]) -> Float[np.ndarray, " C"]:
    """Average precision of each class: mean of the precisions at the ranks of its images.

    A random ranking gives about the share of images that show the class.

    Args:
        scores: larger is more certain; equal scores keep the order of the pictures.
        wanted: whether the class is in the picture.

    Returns:
        0..1; NaN for a class that does not occur.
    """
    order = np.argsort(-scores, axis=0, kind="stable")
    hits = np.take_along_axis(wanted, order, axis=0)
    precision = np.cumsum(hits, axis=0) / np.arange(1, len(hits) + 1)[:, None]
    count = hits.sum(axis=0)
    return np.divide((precision * hits).sum(axis=0), count, out=np.full(len(count), np.nan), where=count > 0)


def mean_average_precision(scores: Float[np.ndarray, "N C"], wanted: Bool[np.ndarray, "N C"]) -> float:
    """Mean of `average_precisions` over the classes that occur; NaN where none does."""
    found = average_precisions(scores, wanted)
    occurring = ~np.isnan(found)
    return float(found[occurring].mean()) if occurring.any() else float("nan")
