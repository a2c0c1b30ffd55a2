"""I2CRC's labels and their refinement, pictures a second on one core: `python benchmarks/label_algebra.py`.

375 x 500 pixels and 2 classes of 20, reading and writing apart. Labels are made beside a plain rendering, which fills a
channel for every class, in one run, in turns. Prints the best of each; fails below 150 pictures a second.
"""

import sys

import numpy as np
from kit.pictures import smooth
from kit.sides import alternate

from seedmask.methods.object_guided import refine_labels
from seedmask.methods.saliency_labels import initial_labels

CLASSES, PRESENT, PICTURES, ROUNDS, LEAST = 20, (3, 7), 20, 5, 150


def main() -> int:
    """Measure and print."""
    saliency, *maps = (255 * smooth(np.random.default_rng(0), 1 + len(PRESENT), 20)).astype(np.uint8)
    attention = dict(zip(PRESENT, maps, strict=True))
    labels = initial_labels(saliency, attention)
    prediction = np.where(saliency > 150, np.uint8(PRESENT[0] + 1), np.where(maps[1] > 150, np.uint8(9), np.uint8(0)))
    if not np.array_equal(labels, plain_labels(saliency, attention)):
        sys.stdout.write("the two sides differ\n")
        return 1
    sides = {
        "labels": lambda: initial_labels(saliency, attention),
        "labels, plain": lambda: plain_labels(saliency, attention),
        "refined": lambda: refine_labels(prediction, labels, PRESENT),
    }
    repeated = {name: lambda side=side: [side() for _ in range(PICTURES)] for name, side in sides.items()}
    rates = {name: PICTURES / min(taken) for name, taken in alternate(repeated, ROUNDS).items()}
    lines = [f"{name}: {rate:.0f} pictures a second (best of {ROUNDS})" for name, rate in rates.items()]
    ratio = rates["labels"] / rates["labels, plain"]
    sys.stdout.write("\n".join([*lines, f"ratio of the labels: {ratio:.1f}", ""]))
    return 0 if min(rates["labels"], rates["refined"]) >= LEAST else 1


def plain_labels(saliency: np.ndarray, attention: dict[int, np.ndarray]) -> np.ndarray:
    """All channels at once, as the formula is written."""
    scores = np.zeros((CLASSES + 1, *saliency.shape), np.float32)
    scores[0] = 1 - saliency.astype(np.float32) / 255
    for c, levels in attention.items():
        low, high = int(levels.min()), int(levels.max())
        scores[c + 1] = (levels.astype(np.float64) - low) / (high - low + 1e-8)
    active = (scores[1:] > 0.5).any(axis=0)
    scores[scores < 0.3] = 0
    label = scores.argmax(axis=0)
    label[(scores > 0.9).sum(axis=0) > 1] = 255
    label[(label == 0) & ((saliency >= 32) | active)] = 255
    if np.mean((label > 0) & (label < 255)) < 0.01:
        label[:] = 255
    return label.astype(np.uint8)


if __name__ == "__main__":
    sys.exit(main())
