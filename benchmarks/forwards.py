"""Multi-scale CAMs, and the crops of SEAM's network, against the bare forwards of their networks.

375 x 500, two of 20 classes, mirror images, one thread; the forwards get the same batches from memory.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch

from benchmarks.kit.cases import Case, Cases
from benchmarks.kit.pictures import SIZE, grainy_picture
from seedmask.classifiers.cam.network import build
from seedmask.classifiers.cam.options import CamOptions
from seedmask.classifiers.seam.network import SeamClassifier
from seedmask.methods.multi_crop import multi_crop_cam
from seedmask.methods.multi_scale import multi_scale_cam
from seedmask.methods.tiles import tile_grid
from seedmask.networks.encoders import Encoder

CLASSES, SHOWN = 20, (3, 8)
TILE, BATCH = 448, 4
"""Pixels along a side of a tile, and tiles at once, each with its mirror image."""
CROP_SCALES = (1.0, 1.25)
"""Of the paper's ten; the share of the overhead is the same, the time is not."""


def cases(quick: bool) -> Cases:
    """The demo's network at the demo's scales and at the papers', and SEAM's network on a ResNet-18."""
    if quick:
        return {"scales 1.0": partial(_scales, (60, 80), (1.0,))}
    scaled = {f"scales {', '.join(map(str, s))}": partial(_scales, SIZE, s) for s in ((1.0, 1.5), (0.5, 1.0, 1.5, 2.0))}
    return {**scaled, f"tiles of {TILE}": partial(_crops, SIZE)}


def _scales(size: tuple[int, int], scales: Sequence[float]) -> Case:
    torch.manual_seed(0)
    network, image = build(CamOptions(), CLASSES).eval(), grainy_picture(np.random.default_rng(0), size)
    batches = [torch.rand(2, 3, round(size[0] * scale), round(size[1] * scale)) for scale in scales]
    return _overhead(
        lambda: multi_scale_cam(network.score_maps, image, SHOWN, scales, True),
        lambda: [network.score_maps(batch) for batch in batches],
    )


def _crops(size: tuple[int, int]) -> Case:
    torch.manual_seed(0)
    encoder = Encoder("resnet18", "none", None, 8)
    network = SeamClassifier(encoder, CLASSES, torch.Generator().manual_seed(0)).eval()
    image, labels = grainy_picture(np.random.default_rng(0), size), np.isin(np.arange(CLASSES), SHOWN)
    tiles = sum(len(tile_grid(size[1], size[0], scale)) for scale in CROP_SCALES)
    batches = [torch.rand(2 * min(BATCH, tiles - start), 3, TILE, TILE) for start in range(0, tiles, BATCH)]
    return _overhead(
        lambda: multi_crop_cam(network.score_maps, image, labels, scales=CROP_SCALES, batch=BATCH),
        lambda: [network.score_maps(batch) for batch in batches],
    )


def _overhead(seeds: Callable[[], object], forwards: Callable[[], object]) -> Case:
    return Case(
        ours=seeds,
        plain=torch.no_grad()(forwards),
        names=("CAMs", "bare forwards"),
        at_most=1.15,
        rounds=3,
        difference=None,
    )
