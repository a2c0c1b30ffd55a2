"""Multi-crop CAMs against the bare forwards of their network: `python benchmarks/multi_crop.py [device]`.

One 375 x 500 image, 2 of 20 classes, tiles of 448 pixels with their mirror images through SEAM's network on a
ResNet-18. The forwards get the same batches from memory. The sides alternate in one run; prints the medians and
their ratio, and fails when it is above 1.15.
"""

import sys
from statistics import median

import numpy as np
import torch
from kit.pictures import HEIGHT, WIDTH
from kit.sides import alternate

from seedmask.classifiers.seam.network import SeamClassifier
from seedmask.methods.multi_crop import multi_crop_cam
from seedmask.methods.tiles import tile_grid
from seedmask.networks.encoders import Encoder

CLASSES, SIZE, BATCH, ROUNDS = 20, 448, 4, 3
SCALES = (1.0, 1.25)
"""Of the paper's ten; the share of the overhead is the same, the time is not."""


def main(device: str = "cpu") -> int:
    """Measure and print."""
    torch.manual_seed(0)
    encoder = Encoder("resnet18", "none", None, 8)
    network = SeamClassifier(encoder, CLASSES, torch.Generator().manual_seed(0)).eval().to(device)
    image = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    labels = np.isin(np.arange(CLASSES), (3, 8))
    tiles = sum(len(tile_grid(WIDTH, HEIGHT, scale)) for scale in SCALES)
    batches = [
        torch.rand(2 * len(range(tiles)[start : start + BATCH]), 3, SIZE, SIZE, device=device)
        for start in range(0, tiles, BATCH)
    ]

    @torch.no_grad()
    def forwards():
        for batch in batches:
            network.score_maps(batch)
        if device != "cpu":
            torch.cuda.synchronize()

    def seeds():
        multi_crop_cam(network.score_maps, image, labels, scales=SCALES, batch=BATCH, device=device)

    sides = {"bare forwards": forwards, "multi-crop CAMs": seeds}
    middle = {name: median(taken) for name, taken in alternate(sides, ROUNDS).items()}
    ratio = middle["multi-crop CAMs"] / middle["bare forwards"]
    lines = [f"{name}: {middle[name]:.2f} s for {tiles} tiles (median of {ROUNDS})" for name in sides]
    sys.stdout.write("\n".join([*lines, f"ratio: {ratio:.3f} (at most 1.15)", ""]))
    return 0 if ratio <= 1.15 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
