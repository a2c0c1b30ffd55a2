"""One map of each picture: what all saliency shares."""

from collections.abc import Callable

import numpy as np

from seedmask.dataset.index import Row
from seedmask.methods.saliency import resized, stretched
from seedmask.saliency.options import SaliencyOptions
from seedmask.storage.canvas import SALIENCY, encode
from seedmask.storage.reader import Arrays
from seedmask.storage.shard import Shard


def write_saliency(
    shard: Shard, options: SaliencyOptions, saliency: Callable[[Row], np.ndarray], source: Callable[[Row], str]
) -> None:
    """Write a shard of saliency.

    Args:
        shard: the shard.
        options: the method's own.
        saliency: the method: float (H, W) in 0..1 of one image, at any size.
        source: SHA-256 of the file that the map of an image comes from.

    Raises:
        SeedmaskError: see `write_shard`.
    """

    def compute(row: Row) -> Arrays:
        map_, size = saliency(row), (row.height, row.width)
        map_ = map_ if map_.shape == size else resized(map_, size)
        return {"map": encode(stretched(map_) if options.stretch else map_, SALIENCY)}

    shard.write({"map": SALIENCY}, compute, lambda row: {"source": source(row)})
