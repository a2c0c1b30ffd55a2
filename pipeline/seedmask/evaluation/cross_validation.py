"""Cross-validation of image tags: stratified folds (Sechidis et al., ECML PKDD 2011), and a linear head on each."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64

from seedmask.methods.linear_head import linear_scores


def stratified_folds(tagged: Bool[np.ndarray, "N C"], folds: int, seed: int) -> Int64[np.ndarray, " N"]:
    """Number of the fold of each image, by iterative stratification.

    Each step takes the class with the fewest images left, and puts each of its images into the fold that lacks most of
    this class; of several such folds, into the one that lacks most images. So a class of five images is in five folds,
    however the frequent classes are distributed.

    Args:
        tagged: whether an image is tagged with a class; images may have several classes, or none.
        folds: number of folds.
        seed: decides among folds that lack equally much.
    """
    random = np.random.default_rng(seed)
    fold = np.full(len(tagged), -1)
    lacking = np.full(folds, len(tagged) / folds)
    lacking_of = np.tile(tagged.sum(axis=0) / folds, (folds, 1))

    def deal(images: np.ndarray, short: np.ndarray) -> None:
        for image in random.permutation(images):
            order = np.lexsort((random.random(folds), lacking, short))
            fold[image] = order[-1]
            lacking[order[-1]] -= 1
            lacking_of[order[-1]] -= tagged[image]

    while (left := tagged[fold < 0].sum(axis=0)).any():
        rarest = np.where(left > 0, left, len(tagged) + 1).argmin()
        deal(np.flatnonzero((fold < 0) & tagged[:, rarest]), lacking_of[:, rarest])
    deal(np.flatnonzero(fold < 0), lacking)
    return fold


def cross_validated_scores(
    features: Float[torch.Tensor, "N D"], tagged: Bool[np.ndarray, "N C"], folds: int, seed: int
) -> Float[np.ndarray, "N C"]:
    """Scores of each image by a linear head that learned from the images of the other folds.

    Args:
        features: of the images.
        tagged: whether an image is tagged with a class.
        folds: number of folds; classes are spread over them.
        seed: seed of the folds.

    Returns:
        Logits; 0 for a single image, as there is nothing to learn from.
    """
    fold = stratified_folds(tagged, folds, seed)
    scores, tags = np.zeros(tagged.shape, np.float32), torch.tensor(tagged, dtype=features.dtype)
    for number in range(folds):
        held_out = fold == number
        if held_out.all():
            break
        scores[held_out] = linear_scores(features[~held_out], tags[~held_out], features[held_out]).numpy()
    return scores
