"""Pictures dealt to folds such that each fold has its share of every class (Sechidis et al., ECML PKDD 2011)."""

import numpy as np
from jaxtyping import Bool, Int64


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
