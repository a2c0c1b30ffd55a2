"""Settings that fit the size of a set of pictures and the machine."""

import importlib.util
from dataclasses import dataclass

from pipeline.devices import gpus
from pipeline.setup.facts import Size

BATCH = 8
HEAD_STEPS, SEGMENTER_STEPS = 1200, 240
"""Steps of the demo's trainings: enough for a head alone, and for a segmenter that starts from weights."""
SHARD_BYTES = 256 << 20
"""Activation maps that one job holds in memory at most."""


@dataclass(frozen=True)
class Scale:
    """What is decided by the number of pictures, their sizes, and the machine."""

    batch: int
    head_epochs: int
    epochs: int
    crop: int
    scales: tuple[float, ...]
    shard_size: int
    gpu: bool
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
    steps = max(pictures // batch, 1)
    return Scale(
        batch=batch,
        head_epochs=_clamped(HEAD_STEPS / steps, 10, 100),
        epochs=_clamped((4 if gpu else 1) * max(SEGMENTER_STEPS, pictures**0.5 * 15) / steps, 2, 60),
        crop=_crop(usual[0], 384 if gpu else 224),
        scales=(0.5, 1.0) if usual[1] > 700 else (1.0, 1.5),
        shard_size=_shard_size(pictures, canvas, slots, gpu),
        gpu=gpu,
        crf=importlib.util.find_spec("pydensecrf") is not None,
    )


def _clamped(value: int | float, lowest: int, highest: int) -> int:
    return min(max(round(value), lowest), highest)


def _crop(short_side: int, most: int) -> int:
    """The largest multiple of 32 in most pictures."""
    return _clamped(short_side // 32 * 32, 64, most)


def _shard_size(pictures: int, canvas: Size, slots: int, gpu: bool) -> int:
    wanted = (32 if pictures <= 2000 else 128) * (2 if gpu else 1)
    fitting = SHARD_BYTES // (canvas[0] * canvas[1] * slots)
    return next((size for size in (256, 128, 64, 32, 16, 8, 4, 2) if size <= min(wanted, fitting)), 1)
