"""Stored seeds as their readers use them: sets of CAMs, and the strongest activation of a whole set, counted."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.job import Job
from seedmask.methods.label_free import score_histogram
from seedmask.methods.threshold import strongest
from seedmask.storage.canvas import BACKGROUND, CAM
from seedmask.storage.reader import Arrays, StoredVariant
from seedmask.storage.shard import open_variant


class CamSets:
    """Stored seeds whose `cam` is the mean of some sets, and `cam_background` that of their backgrounds.

    Args:
        seeds: the seeds.
        weights: weight of each set by its name.
    """

    def __init__(self, seeds: StoredVariant, weights: Mapping[str, float]):
        self._seeds, self._weights = seeds, dict(weights)
        self.folder, self.ids = seeds.folder, seeds.ids

    def __contains__(self, image: str) -> bool:
        return image in self._seeds

    def read(self, image: str) -> Arrays:
        """`cam` (K, H, W) and `classes` (K,) of an image, and `cam_background` (H, W) where all the sets have one.

        Raises:
            SeedmaskError: the seeds have no set of a name.
        """
        arrays = self._seeds.read(image)
        if missing := [name for name in self._weights if name not in arrays]:
            there = [name for name, array in arrays.items() if array.ndim == 3]
            raise SeedmaskError(
                f"{self.folder}: holds no CAMs {missing[0]!r}, but {', '.join(there)}; name these in `cams`"
            )
        if list(self._weights) == [CAM]:
            return arrays
        mean = {CAM: self._mean(arrays, ""), "classes": arrays["classes"]}
        if all(name + BACKGROUND in arrays for name in self._weights):
            mean[CAM + BACKGROUND] = self._mean(arrays, BACKGROUND)
        return mean

    def _mean(self, arrays: Arrays, kind: str) -> np.ndarray:
        total = sum(np.float32(weight) * arrays[name + kind] for name, weight in self._weights.items())
        return np.asarray(total / np.float32(sum(self._weights.values())))


def all_seeds(job: Job, rows: Iterable[tuple[int, Row]]) -> CamSets:
    """The seeds that a fit over the whole set reads: of some rows of the index, with the sets of its settings."""
    return CamSets(open_variant(job, job.settings["from"], rows), job.settings["cams"])


LEVELS = 256
"""Levels that seeds are stored at."""

Change = Callable[[np.ndarray], np.ndarray]
"""CAMs (K, H, W) in 0..1 to others."""
Seeds = StoredVariant | CamSets


def pooled_histogram(seeds: Seeds) -> np.ndarray:
    """Pixels at each level of the strongest activation, over all images that have a class.

    Raises:
        SeedmaskError: no image has a class.
    """
    return pooled_histograms(seeds, (LEVELS, lambda cams: cams))[0]


def pooled_histograms(seeds: Seeds, *kinds: tuple[int, Change]) -> list[np.ndarray]:
    """A histogram for each pair of a number of levels and a change of the CAMs; reads every image once."""
    totals = [np.zeros(levels, np.int64) for levels, _ in kinds]
    for arrays in map(seeds.read, seeds.ids):
        if len(arrays["classes"]):
            for total, (levels, change) in zip(totals, kinds, strict=True):
                total += score_histogram(strongest(change(arrays["cam"]), arrays["classes"])[1], levels)
    if not totals[0].any():
        raise SeedmaskError(f"{seeds.folder}: no image has a class, so no background score can be found; add tags")
    return totals
