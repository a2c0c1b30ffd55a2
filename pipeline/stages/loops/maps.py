"""Maps of each image, one for each of its tags: what all seeds share."""

import time
from collections.abc import Callable
from typing import Literal

import numpy as np

from pipeline.data.index import Row
from pipeline.errors import SeedmaskError
from pipeline.job import log
from pipeline.machines.classifier import TrainedClassifier
from pipeline.storage.canvas import CLASSES, cam_spec, encode
from pipeline.storage.reader import Arrays
from pipeline.storage.shard import Shard


def write_maps(
    shard: Shard,
    dtype: Literal["uint8", "float16"],
    maps: Callable[[Row], np.ndarray],
    classifier: TrainedClassifier | None = None,
) -> None:
    """Write a shard of seeds.

    Args:
        shard: the shard.
        dtype: number format of the stored maps.
        maps: the method: float (K, H, W) about 0..1 of one image, in the order of its tags.
        classifier: the network that it asks, where there is one; its share of the time is logged.

    Raises:
        SeedmaskError: an image has no tags; see `write_shard`.
    """
    spec = cam_spec(dtype)
    untagged = [row.id for _, row in shard.rows if row.tags is None]
    if untagged:
        raise SeedmaskError(
            f"image {untagged[0]} and {len(untagged) - 1} more have no tags; add them or leave out the split"
        )

    def compute(row: Row) -> Arrays:
        made = maps(row)
        if not isinstance(made, np.ndarray) or made.dtype.kind != "f":
            found = made.dtype if isinstance(made, np.ndarray) else type(made).__name__
            raise SeedmaskError(
                f"image {row.id}: {shard.job.made_by} made {found}, expected an array of floats; mend it"
            )
        clipped = np.clip(made, 0, 1)  # a stretched map can start a rounding error below 0
        return {"cam": encode(clipped, spec), "classes": np.array(row.tags, CLASSES.dtype)}

    started = time.perf_counter()
    shard.write({"cam": spec, "classes": CLASSES}, compute)
    if classifier and classifier.seconds:
        whole = time.perf_counter() - started
        log.info("network forwards %.1f s, the shard %.2f times that", classifier.seconds, whole / classifier.seconds)
