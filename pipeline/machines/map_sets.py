"""Seeds as those who read them ask for them: one of their sets of maps, or the weighted mean of several.

A set `x` is the arrays `x`, one map for each class of the image, and where the method has one `x_background`.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from pipeline.data.index import Row
from pipeline.errors import SeedmaskError
from pipeline.job import Job
from pipeline.storage.canvas import BACKGROUND, CAM
from pipeline.storage.reader import Arrays, StoredVariant
from pipeline.storage.shard import stored


class MapSets:
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
                f"{self.folder}: holds no maps {missing[0]!r}, but {', '.join(there)}; name these in `maps`"
            )
        if list(self._weights) == [CAM]:
            return arrays
        found = {CAM: self._mean(arrays, ""), "classes": arrays["classes"]}
        if all(name + BACKGROUND in arrays for name in self._weights):
            found[CAM + BACKGROUND] = self._mean(arrays, BACKGROUND)
        return found

    def _mean(self, arrays: Arrays, kind: str) -> np.ndarray:
        total = sum(np.float32(weight) * arrays[name + kind] for name, weight in self._weights.items())
        return total / np.float32(sum(self._weights.values()))


def all_seeds(job: Job, rows: Iterable[tuple[int, Row]]) -> MapSets:
    """The seeds of some rows of the index that a fit over the whole set looks at, as its settings ask for them."""
    return MapSets(stored(job, job.settings["from"], rows), job.settings["maps"])
