"""Masks by dense CRF over the classes that a picture shows against all classes of the data set, and both solvers.

Grainy pictures, background beside the classes, one thread. What released code does is one CRF of pydensecrf over all
classes. The solvers, `lattice` against pydensecrf, have the same classes of a photograph; and of grain, where each
pixel has vertices of its own and both wait for memory.
"""

from dataclasses import replace
from functools import partial

import numpy as np
from skimage.data import astronaut

from benchmarks.kit.cases import Case, Cases, share_of_other_labels
from benchmarks.kit.pictures import grainy_picture, smooth
from benchmarks.reference.crf import plain_crf_labels
from seedmask.methods.crf import dense_crf, joint_crf_mask, label_probabilities
from seedmask.methods.crf_settings import LABEL_CRF, ROUGH_CRF
from seedmask.methods.threshold import score_probabilities, winning_planes

BACKGROUND = 0.3


def cases(quick: bool) -> Cases:
    """COCO's size from soft scores, VOC's size from hard labels; and the extension against pydensecrf."""
    coco, voc = ((48, 64), (48, 64)) if quick else ((480, 640), (375, 500))
    classes = {
        f"{coco[0]} x {coco[1]}, 4 of 80 classes, scores": partial(_scores, coco, 4, 80, at_least=8),
        f"{voc[0]} x {voc[1]}, 3 of 20 classes, labels, by pydensecrf": partial(_labels, voc, 3, 20, at_least=2.4),
    }
    if quick:
        return classes
    wanted = {2: 3.0, 4: 3.0, 21: 1.5}
    photograph = astronaut()[: voc[0], : voc[1]]
    return (
        classes
        | {
            f"photograph, {voc[0]} x {voc[1]}, {labels} labels": partial(_solvers, photograph, labels, at_least)
            for labels, at_least in wanted.items()
        }
        | {f"grain, {voc[0]} x {voc[1]}, 4 labels": partial(_solvers, _picture(voc, 1)[0], 4, None)}
    )


def _scores(size: tuple[int, int], shown: int, count: int, at_least: float) -> Case:
    image, cams = _picture(size, shown)
    return Case(
        ours=lambda: joint_crf_mask(image, cams, range(shown), background=BACKGROUND, settings=ROUGH_CRF),
        plain=lambda: plain_crf_labels(
            image, score_probabilities(cams, BACKGROUND), range(shown + 1), count + 1, ROUGH_CRF
        ),
        names=("classes shown", "all classes"),
        at_least=at_least,
        memory=0,
        rounds=3,
        difference=share_of_other_labels,
        tolerance=0.001,
    )


def _labels(size: tuple[int, int], shown: int, count: int, at_least: float) -> Case:
    image, cams = _picture(size, shown)
    planes = winning_planes(score_probabilities(cams, BACKGROUND), range(shown))
    probabilities = label_probabilities(planes, shown + 1)
    by_pydensecrf = replace(LABEL_CRF, solver="pydensecrf")
    return Case(
        ours=lambda: joint_crf_mask(
            image, cams, range(shown), background=BACKGROUND, unary="labels", settings=by_pydensecrf
        ),
        plain=lambda: plain_crf_labels(image, probabilities, range(shown + 1), count + 1, LABEL_CRF),
        names=("classes shown", "all classes"),
        at_least=at_least,
        rounds=3,
        difference=share_of_other_labels,
        tolerance=0.001,
    )


def _solvers(image: np.ndarray, labels: int, at_least: float | None) -> Case:
    scores = smooth(np.random.default_rng(0), labels, 20, image.shape[:2])
    return Case(
        ours=lambda: dense_crf(image, scores, replace(LABEL_CRF, solver="lattice")).argmax(axis=0),
        plain=lambda: dense_crf(image, scores, replace(LABEL_CRF, solver="pydensecrf")).argmax(axis=0),
        names=("lattice", "pydensecrf"),
        at_least=at_least,
        memory=0,
        rounds=3,
        difference=share_of_other_labels,
        tolerance=0.001,
    )


def _picture(size: tuple[int, int], shown: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return grainy_picture(rng, size), smooth(rng, shown, 20, size)
