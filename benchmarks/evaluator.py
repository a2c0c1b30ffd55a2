"""Scores of masks, and of seeds at a hundred thresholds, against counting class by class, threshold by threshold.

Pictures of 375 x 500 with three of 21 labels, in memory, one thread.
"""

from functools import partial

import numpy as np

from benchmarks.kit.cases import Case, Cases
from benchmarks.kit.pictures import SIZE, smooth
from benchmarks.reference.evaluation import plain_counts, plain_sweep
from seedmask.evaluation.scores import confusion, scores
from seedmask.evaluation.sweep import ThresholdSweep
from seedmask.methods.threshold import strongest, threshold_labels

LABELS, SHOWN = 21, (4, 9)
"""Labels, and 0-based classes of each picture."""
MANY = 40
"""Pictures for the price of a hundred thresholds, part of which is paid once a set."""
HUNDRED = [number / 100 for number in range(100)]


def cases(quick: bool) -> Cases:
    """Masks, and thresholds: a hundred for the price of one, and against a hundred rounds."""
    size, pictures = ((48, 64), 2) if quick else (SIZE, 4)
    found: Cases = {
        "masks": partial(_masks, size, pictures),
        "100 thresholds and as many rounds": partial(_sweep, size, pictures),
    }
    return found if quick else {**found, f"100 thresholds and one, {MANY} pictures": partial(_price, size, MANY)}


def _masks(size: tuple[int, int], pictures: int) -> Case:
    truths, _ = _pictures(size, pictures)
    predictions = truths[1:] + truths[:1]
    pairs = [
        (truth, np.where(other == 255, np.uint8(0), other)) for truth, other in zip(truths, predictions, strict=True)
    ]

    def ours() -> list[np.ndarray]:
        matrix = sum(confusion(truth, prediction, LABELS) for truth, prediction in pairs)
        assert isinstance(matrix, np.ndarray)
        return [matrix.diagonal(), matrix.sum(axis=0), matrix.sum(axis=1)]

    def plain() -> list[np.ndarray]:
        found = [plain_counts(truth, prediction, LABELS) for truth, prediction in pairs]
        return [np.sum(counts, axis=0) for counts in zip(*found, strict=True)]

    return Case(ours, plain, tolerance=0)


def _price(size: tuple[int, int], pictures: int) -> Case:
    truths, cams = _pictures(size, pictures)

    def one() -> float:
        found = [(truth, threshold_labels(maps, SHOWN, 0.3)) for truth, maps in zip(truths, cams, strict=True)]
        return scores(np.sum([confusion(truth, labels, LABELS) for truth, labels in found], axis=0)).miou

    return Case(
        ours=lambda: _swept(truths, cams, HUNDRED),
        plain=one,
        names=("100 thresholds", "one"),
        at_most=1.5,
        difference=None,
    )


def _sweep(size: tuple[int, int], pictures: int) -> Case:
    truths, cams = _pictures(size, pictures)
    return Case(
        ours=lambda: _swept(truths, cams, HUNDRED),
        plain=lambda: plain_sweep(truths, cams, [SHOWN] * pictures, HUNDRED, LABELS),
        rounds=2,
        tolerance=1e-9,
    )


def _swept(truths: list[np.ndarray], cams: list[np.ndarray], thresholds: list[float]) -> np.ndarray:
    sweep = ThresholdSweep(LABELS, thresholds=thresholds)
    for truth, maps in zip(truths, cams, strict=True):
        sweep.add(truth, *strongest(maps, SHOWN))
    return np.array([miou for _, miou in sweep.curve()])


def _pictures(size: tuple[int, int], count: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Truth with contours of 255, and CAMs."""
    rng, truths, cams = np.random.default_rng(0), [], []
    labels = np.array([0, *(c + 1 for c in SHOWN)], np.uint8)
    for _ in range(count):
        truth = labels[smooth(rng, len(labels), 20, size).argmax(axis=0)]
        truth[np.diff(truth, axis=1, prepend=truth[:, :1]) != 0] = 255
        truths.append(truth)
        cams.append(smooth(rng, len(SHOWN), 20, size))
    return truths, cams
