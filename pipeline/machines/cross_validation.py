"""Scores of pictures whose tags a head has not learned, for every picture of a set."""

import numpy as np
import torch
from jaxtyping import Bool, Float

from pipeline.evaluation.folds import stratified_folds
from pipeline.methods.linear_head import linear_scores


def cross_validated(
    features: Float[torch.Tensor, "N D"], wanted: Bool[np.ndarray, "N C"], folds: int, seed: int
) -> Float[np.ndarray, "N C"]:
    """Scores of each picture by a linear head that learned from the pictures of the other folds.

    Args:
        features: of the pictures.
        wanted: whether a picture is tagged with a class.
        folds: number of folds; classes are spread over them.
        seed: of the folds.

    Returns:
        logits; 0 of a single picture, as there is nothing to learn from.
    """
    fold = stratified_folds(wanted, folds, seed)
    scores, tags = np.zeros(wanted.shape, np.float32), torch.tensor(wanted, dtype=features.dtype)
    for number in range(folds):
        asked = fold == number
        if asked.all():
            break
        scores[asked] = linear_scores(features[~asked], tags[~asked], features[asked]).numpy()
    return scores
