"""Settings that fit the size of a set of pictures and the machine."""

import importlib.util
from dataclasses import dataclass

from pipeline.devices import gpus
from pipeline.setup.facts import Size

BATCH = 8
HEAD_LENGTH = 10, 1200
"""Epochs and least steps of a head alone."""
SEGMENTER_LENGTH, ON_GPU = (2, 500), (5, 2000)
"""Those of a segmenter that starts from weights, without and with a GPU; the steps decide for up to some 2,000
pictures, the epochs for more."""
FEW = 150
"""Pictures up to which heads from names are proposed; docs/results.md has what they are worth."""
SHARD_BYTES = 256 << 20
"""Activation maps that one job holds in memory at most."""


@dataclass(frozen=True)
class Scale:
    """What is decided by the number of pictures, their sizes, and the machine."""

    batch: int
    epochs: int
    least_steps: int
    crop: int
    scales: tuple[float, ...]
    shard_size: int
    gpu: bool
    few: bool
    """Whether the pictures are so few that what the encoder knows already may be worth more."""
    crf: bool
    """Whether the dense CRF is installed; else masks are refined without it."""


def scale_for(pictures: int, usual: Size, canvas: Size, slots: int) -> Scale:
    """Settings for a set.

    Args:
        pictures: number of training pictures.
        usual: usual shorter and longer side in pixels.
        canvas: width and height that hold every picture.
        slots: most classes in one picture.
    """
    gpu, batch = bool(gpus()), min(BATCH, pictures)
    epochs, least_steps = ON_GPU if gpu else SEGMENTER_LENGTH
    return Scale(
        batch=batch,
        epochs=epochs,
        least_steps=least_steps,
        crop=_crop(usual[0], 384 if gpu else 224),
        scales=(0.5, 1.0) if usual[1] > 700 else (1.0, 1.5),
        shard_size=_shard_size(pictures, canvas, slots, gpu),
        gpu=gpu,
        few=pictures <= FEW,
        crf=importlib.util.find_spec("pydensecrf") is not None,
    )


def _crop(short_side: int, most: int) -> int:
    """The largest multiple of 32 in most pictures."""
    return min(max(short_side // 32 * 32, 64), most)


def _shard_size(pictures: int, canvas: Size, slots: int, gpu: bool) -> int:
    wanted = (32 if pictures <= 2000 else 128) * (2 if gpu else 1)
    fitting = SHARD_BYTES // (canvas[0] * canvas[1] * slots)
    return next((size for size in (256, 128, 64, 32, 16, 8, 4, 2) if size <= min(wanted, fitting)), 1)
