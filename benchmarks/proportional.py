"""Proportional masks against three binary CRFs of pydensecrf alone, one after the other.

A grainy picture of 375 x 500 with three classes, one thread. By pydensecrf the masks have the same bits.
"""

from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.kit.cases import Case, Cases, share_of_other_labels
from benchmarks.kit.pictures import SIZE, grainy_picture, smooth
from benchmarks.reference.crf import plain_crf
from benchmarks.reference.pmm import plain_pairs, plain_proportional
from seedmask.methods.crf_settings import PROPORTIONAL_CRF, Solver
from seedmask.methods.proportional import proportional_mask

CLASSES = (2, 5, 11)


def cases(quick: bool) -> Cases:
    """The mask beside its CRFs, and beside its formula class by class."""
    size = (48, 64) if quick else SIZE
    formula = {"3 classes, class by class": partial(_formula, size)}
    alone = {
        "3 classes, the CRFs alone, by pydensecrf": partial(_crfs, size, "pydensecrf", 0.85),
        "3 classes, the CRFs alone, by lattice": partial(_crfs, size, "lattice", 0.4),
    }
    return formula if quick else {**alone, **formula}


def _crfs(size: tuple[int, int], solver: Solver, at_most: float) -> Case:
    image, cams = _picture(size)
    pairs, crf = plain_pairs(cams), replace(PROPORTIONAL_CRF, solver=solver)
    return Case(
        ours=lambda: proportional_mask(image, cams, CLASSES, crf=crf),
        plain=lambda: [plain_crf(image, pair, PROPORTIONAL_CRF) for pair in pairs],
        names=("mask", "three CRFs"),
        at_most=at_most,
        rounds=7,
        difference=None,
    )


def _formula(size: tuple[int, int]) -> Case:
    image, cams = _picture(size)
    return Case(
        ours=lambda: proportional_mask(image, cams, CLASSES),
        plain=lambda: plain_proportional(image, cams, CLASSES),
        memory=0,
        rounds=3,
        difference=share_of_other_labels,
        tolerance=0.001,
    )


def _picture(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return grainy_picture(rng, size), smooth(rng, len(CLASSES), 20, size)
