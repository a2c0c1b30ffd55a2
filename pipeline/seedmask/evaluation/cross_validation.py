"""Cross-validation of image tags: stratified folds (Sechidis et al., ECML PKDD 2011), and a linear head on each."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64

from seedmask.methods.linear_head import linear_scores


def stratified_folds(wanted: Bool[np.ndarray, "N C"], folds: int, seed: int) -> Int64[np.ndarray, " N"]:
    """Number of the fold of each picture, by iterative stratification.

    Again and again the class with the fewest pictures left is taken, and each of its pictures goes to the fold that
    lacks most of this class, of several to the one that lacks most pictures. So a class of five pictures is in five
    folds, whatever the frequent classes do.

    Args:
        wanted: whether the class is in the picture; pictures may have several, or none.
        folds: how many.
        seed: decides among folds that lack the same.
    """
    random = np.random.default_rng(seed)
    fold = np.full(len(wanted), -1)
    lacking = np.full(folds, len(wanted) / folds)
    lacking_of = np.tile(wanted.sum(axis=0) / folds, (folds, 1))

    def deal(pictures: np.ndarray, short: np.ndarray) -> None:
        for picture in random.permutation(pictures):
            order = np.lexsort((random.random(folds), lacking, short))
            fold[picture] = order[-1]
            lacking[order[-1]] -= 1
            lacking_of[order[-1]] -= wanted[picture]

    while (left := wanted[fold < 0].sum(axis=0)).any():
        rarest = np.where(left > 0, left, len(wanted) + 1).argmin()
        deal(np.flatnonzero((fold < 0) & wanted[:, rarest]), lacking_of[:, rarest])
    deal(np.flatnonzero(fold < 0), lacking)
    return fold


def cross_validated_scores(
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
        held_out = fold == number
        if held_out.all():
            break
        scores[held_out] = linear_scores(features[~held_out], tags[~held_out], features[held_out]).numpy()
    return scores
