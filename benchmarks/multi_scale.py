"""Multi-scale CAMs, the network aside, against maps of all classes at the picture's size, view by view.

375 x 500, two classes, scales 0.5, 1, 1.5 and 2 with mirror images, one thread. The network is a single convolution at
stride 16; `forwards` has real ones.
"""

from functools import partial

import numpy as np
import torch

from benchmarks.kit.cases import Case, Cases
from benchmarks.kit.pictures import SIZE, grainy_picture
from benchmarks.reference.cams import plain_multi_scale
from seedmask.methods.multi_scale import multi_scale_cam

SHOWN, SCALES = (3, 8), (0.5, 1.0, 1.5, 2.0)


def cases(quick: bool) -> Cases:
    """VOC's classes and COCO's."""
    size = (60, 80) if quick else SIZE
    return {f"2 of {count} classes": partial(_maps, size, count) for count in (20, 80)}


def _maps(size: tuple[int, int], count: int) -> Case:
    torch.manual_seed(0)
    network = torch.nn.Conv2d(3, count, 16, 16, padding=8).eval()
    image = grainy_picture(np.random.default_rng(0), size)
    return Case(
        ours=lambda: multi_scale_cam(network, image, SHOWN, SCALES, True),
        plain=lambda: plain_multi_scale(network, image, SHOWN, SCALES),
        memory=0,
        rounds=3,
    )
