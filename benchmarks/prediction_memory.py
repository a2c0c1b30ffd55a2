"""Peak memory and time of a prediction by strips, against all labels of the whole picture at once, in one run.

Run: python benchmarks/prediction_memory.py

DeepLabV3+ over a ResNet-18 with random weights, scales 1 and 1.5 with mirror images, windows of 512 pixels, one thread.
Each side runs in a process of its own. Pictures whose whole planes would need more than 8 GB are predicted by strips
only. Fails where strips need more than 4 GB, or more time than the plain form, or give other labels.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from itertools import product

import numpy as np
import torch
from torch.nn.functional import interpolate

from seedmask.config.views import ViewOptions
from seedmask.inference.predictor import Predictor
from seedmask.labels import LabelSet
from seedmask.methods.batches import as_batch
from seedmask.methods.inference import windows
from seedmask.methods.resizing import scaled_size
from seedmask.networks.segmenter import SegmenterNetwork
from seedmask.segmenters import build_segmenter
from seedmask.segmenters.options import SegmenterNetworkOptions

SIZES = ((384, 512), (768, 1024), (1536, 2048))
LABELS = (21, 151)
VIEWS = ViewOptions.model_validate({"from": "segmenters/x", "scales": [1.0, 1.5]})
MOST_GB, PLAIN_BYTES = 4.0, 8e9
PLANES = 11
"""Planes of the picture's size that the plain form keeps for each label: two of two views at scale 1.5, and the sum."""
AGREEING = 0.999
"""Share of pixels with the same label; another order of summation decides ties."""


@torch.no_grad()
def plain(network: SegmenterNetwork, image: np.ndarray) -> np.ndarray:
    """Label of each pixel from the probabilities of all labels at all pixels."""
    size, batch = image.shape[:2], as_batch([image])
    total = torch.zeros(1)
    for scale in VIEWS.scales:
        view = interpolate(batch, scaled_size(size, scale), mode="bilinear", antialias=True)
        logits = _whole_logits(network, torch.cat([view, view.flip(-1)]))
        shares = interpolate(logits, size, mode="bilinear").softmax(dim=1)
        total = total + shares[:1] + shares[1:].flip(-1)
    return (total[0] / total[0].sum(dim=0)).numpy().argmax(axis=0).astype(np.uint8)


def _whole_logits(network: SegmenterNetwork, images: torch.Tensor) -> torch.Tensor:
    height, width = images.shape[-2:]
    total, cover = torch.zeros(0), torch.zeros(height, width)
    for top, bottom in windows(height, VIEWS.window, VIEWS.window_stride):
        for left, right in windows(width, VIEWS.window, VIEWS.window_stride):
            logits = network(images[..., top:bottom, left:right])
            total = total if total.numel() else torch.zeros(*logits.shape[:2], height, width)
            total[..., top:bottom, left:right] += logits
            cover[top:bottom, left:right] += 1
    return total / cover


def measure(side: str, height: int, width: int, labels: int, path: str) -> None:
    """Predict a picture in a process of its own; save the mask, print seconds of the CPU and peak memory in GB."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    options = SegmenterNetworkOptions.model_validate({"encoder": "resnet18", "weights": "none"})
    network = build_segmenter(options, labels).eval()
    coarse = torch.rand(1, 3, height // 32, width // 32) * 255
    image = interpolate(coarse, (height, width), mode="bilinear")[0].permute(1, 2, 0).byte().numpy()
    before = time.process_time()
    if side == "plain":
        mask = plain(network, image)
    else:
        known = LabelSet(tuple(f"class {number}" for number in range(1, labels)))
        mask, _ = Predictor(network, known, VIEWS, "cpu").predict(image)
    seconds = time.process_time() - before
    np.save(path, mask)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    sys.stdout.write(json.dumps({"seconds": seconds, "peak": peak}))


def run(side: str, height: int, width: int, labels: int, path: str) -> dict[str, float]:
    """Seconds and peak memory of one side."""
    command = [sys.executable, __file__, side, str(height), str(width), str(labels), path]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main() -> int:
    """Measure and print."""
    failed = False
    sys.stdout.write(
        "height width labels | strips s, GB | plain s, GB | plain over strips: time, memory, same labels\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{side}.npy" for side in ("strips", "plain")]
        for (height, width), labels in product(SIZES, LABELS):
            found = run("strips", height, width, labels, paths[0])
            failed |= found["peak"] > MOST_GB
            line = f"{height:6} {width:5} {labels:6} | {found['seconds']:6.1f} {found['peak']:5.2f}"
            if PLANES * labels * height * width * 4 < PLAIN_BYTES:
                other = run("plain", height, width, labels, paths[1])
                ratios = [other[name] / found[name] for name in ("seconds", "peak")]
                same = np.mean(np.load(paths[0]) == np.load(paths[1]))
                failed |= ratios[0] < 1 or same < AGREEING
                line += (
                    f" | {other['seconds']:6.1f} {other['peak']:5.2f} | {ratios[0]:.2f} {ratios[1]:.2f} | {same:.5f}"
                )
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        side, height, width, labels, path = sys.argv[1:]
        measure(side, int(height), int(width), int(labels), path)
    else:
        sys.exit(main())
