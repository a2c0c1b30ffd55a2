"""The job that all seeds share: CAMs of each image, one for each of its tags."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.job import log
from seedmask.storage.canvas import BACKGROUND, CAM, CLASSES, ArraySpec, background_spec, cam_spec, encode
from seedmask.storage.reader import Arrays
from seedmask.storage.shard import Shard

Dtype = Literal["uint8", "float16"]


@runtime_checkable
class Timed(Protocol):
    """A network that measures its own computing time, such as a `TrainedClassifier`."""

    seconds: float


def write_cams(
    shard: Shard,
    dtype: Dtype,
    cams: Callable[[Row], np.ndarray],
    classifier: Timed | None = None,
    inputs: Callable[[Row], Mapping[str, Any]] = lambda _: {},
) -> None:
    """Write a shard of seeds.

    Args:
        shard: the shard.
        dtype: number format of the stored CAMs.
        cams: the method: float (K, H, W) about 0..1 of one image, in the order of its tags.
        classifier: the network, if the method uses one; its share of the time is logged.
        inputs: what an image depends on besides picture, tags and the variants that are read.

    Raises:
        SeedmaskError: an image has no tags; see `write_shard`.
    """
    spec = cam_spec(dtype)
    _write(shard, {CAM: spec}, lambda row: {CAM: encode(_checked(cams(row), shard, row), spec)}, classifier, inputs)


def write_cam_sets(
    shard: Shard,
    dtype: Dtype,
    names: Sequence[str],
    cams: Callable[[Row], Mapping[str, np.ndarray]],
    classifier: Timed | None = None,
) -> None:
    """Write a shard of seeds with several sets of CAMs, each with its background.

    Args:
        shard: the shard.
        dtype: number format of the stored CAMs.
        names: of the sets; one of them is `cam`, which readers take by default.
        cams: the method: for each name float (K + 1, H, W) about 0..1, background first, then in the order of the tags.
        classifier: the network, if the method uses one; its share of the time is logged.

    Raises:
        SeedmaskError: an image has no tags; see `write_shard`.
    """
    classes, background = cam_spec(dtype), background_spec(dtype)
    specs = dict.fromkeys(names, classes) | {name + BACKGROUND: background for name in names}

    def compute(row: Row) -> Arrays:
        made = {name: _checked(set_, shard, row) for name, set_ in cams(row).items()}
        return {
            **{name: encode(set_[1:], classes) for name, set_ in made.items()},
            **{name + BACKGROUND: encode(set_[0], background) for name, set_ in made.items()},
        }

    _write(shard, specs, compute, classifier)


def _write(
    shard: Shard,
    specs: Mapping[str, ArraySpec],
    compute: Callable[[Row], Arrays],
    classifier: Timed | None,
    inputs: Callable[[Row], Mapping[str, Any]] = lambda _: {},
) -> None:
    untagged = [row.id for _, row in shard.rows if row.tags is None]
    if untagged:
        raise SeedmaskError(
            f"image {untagged[0]} and {len(untagged) - 1} more have no tags; add them or leave out the split"
        )
    started = time.perf_counter()
    shard.write(
        {**specs, "classes": CLASSES},
        lambda row: {**compute(row), "classes": np.array(row.tags, CLASSES.dtype)},
        inputs,
    )
    if classifier and classifier.seconds:
        whole = time.perf_counter() - started
        log.info("network forwards %.1f s, the shard %.2f times that", classifier.seconds, whole / classifier.seconds)


def _checked(cams: np.ndarray, shard: Shard, row: Row) -> np.ndarray:
    """CAMs of a method, clipped to 0..1: a stretched CAM can start a rounding error below 0."""
    if not isinstance(cams, np.ndarray) or cams.dtype.kind != "f":
        found = cams.dtype if isinstance(cams, np.ndarray) else type(cams).__name__
        raise SeedmaskError(f"image {row.id}: {shard.job.made_by} made {found}, expected an array of floats; mend it")
    return np.clip(cams, 0, 1)
