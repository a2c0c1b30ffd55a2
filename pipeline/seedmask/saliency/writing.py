"""The job that all saliency shares: a map for each image."""

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
        values, size = saliency(row), (row.height, row.width)
        values = values if values.shape == size else resized(values, size)
        return {"map": encode(stretched(values) if options.stretch else values, SALIENCY)}

    shard.write({"map": SALIENCY}, compute, lambda row: {"source": source(row)})
