"""The strongest activation of all seeds of a set, counted."""

from collections.abc import Callable

import numpy as np

from pipeline.errors import SeedmaskError
from pipeline.machines.map_sets import MapSets
from pipeline.methods.label_free import score_histogram
from pipeline.methods.threshold import strongest
from pipeline.storage.reader import StoredVariant

LEVELS = 256
"""Levels that seeds are stored at."""

Change = Callable[[np.ndarray], np.ndarray]
"""Maps (K, H, W) in 0..1 to others."""
Seeds = StoredVariant | MapSets


def pooled_histogram(seeds: Seeds) -> np.ndarray:
    """Pixels at each level of the strongest activation, over all images that have a class.

    Raises:
        SeedmaskError: no image has a class.
    """
    return pooled(seeds, (LEVELS, lambda cams: cams))[0]


def pooled(seeds: Seeds, *kinds: tuple[int, Change]) -> list[np.ndarray]:
    """A histogram of each kind, by its number of levels and what it makes of the maps; reads every image once."""
    totals = [np.zeros(levels, np.int64) for levels, _ in kinds]
    for maps in map(seeds.read, seeds.ids):
        if len(maps["classes"]):
            for total, (levels, change) in zip(totals, kinds, strict=True):
                total += score_histogram(strongest(change(maps["cam"]), maps["classes"])[1], levels)
    if not totals[0].any():
        raise SeedmaskError(f"{seeds.folder}: no image has a class, so no background score can be found; add tags")
    return totals
