"""Pseudo-masks by dense CRF over the classes present against all classes: `python benchmarks/crf_classes.py`.

One grainy 375 x 500 image, 3 classes present of 20, background in both, with the settings that `method: crf` has by
default. The sides alternate in one run; prints the best of each and their ratio, and fails when it is below 2.
"""

import sys
from functools import partial

import numpy as np
from kit.pictures import grainy_picture, smooth
from kit.sides import alternate

from seedmask.methods.crf import joint_crf_mask
from seedmask.methods.crf_settings import LABEL_CRF

ALL, PRESENT, ROUNDS = 20, 3, 7


def main() -> int:
    """Measure and print."""
    rng = np.random.default_rng(0)
    image = grainy_picture(rng)
    cams = smooth(rng, ALL, 20)
    cams[PRESENT:] = 0

    def mask(count: int) -> None:
        joint_crf_mask(image, cams[:count], range(count), background=0.3, unary="labels", settings=LABEL_CRF)

    times = alternate({str(count): partial(mask, count) for count in (PRESENT, ALL)}, ROUNDS)
    best = {count: min(taken) for count, taken in times.items()}  # the least disturbed round of each side
    ratio = best[str(ALL)] / best[str(PRESENT)]
    lines = [f"{count:>2} classes and background: {best[count]:.2f} s (best of {ROUNDS})" for count in times]
    sys.stdout.write("\n".join([*lines, f"ratio: {ratio:.2f} (at least 2)", ""]))
    return 0 if ratio >= 2 else 1


if __name__ == "__main__":
    sys.exit(main())
