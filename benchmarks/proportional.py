"""Proportional masks against their binary CRFs alone: `python benchmarks/proportional.py`.

One grainy 375 x 500 image with 2 classes. The sides alternate in one run; prints the medians and their ratio, and
fails when it is above 1.1.
"""

import sys
from statistics import median

import numpy as np
from kit.pictures import grainy_picture, smooth
from kit.sides import alternate

from seedmask.methods.crf import dense_crf
from seedmask.methods.crf_settings import PROPORTIONAL_CRF
from seedmask.methods.proportional import proportional_mask, smooth_cams

CLASSES, ROUNDS = 2, 9


def main() -> int:
    """Measure and print."""
    rng = np.random.default_rng(0)
    image = grainy_picture(rng)
    cams = smooth(rng, CLASSES, 20)
    scores = smooth_cams(cams)
    pairs = np.stack([(1 - scores) ** 11, scores], axis=1)

    def crfs():
        for pair in pairs:
            dense_crf(image, pair, PROPORTIONAL_CRF)

    sides = {"binary CRFs": crfs, "proportional mask": lambda: proportional_mask(image, cams, range(CLASSES))}
    middle = {name: median(taken) for name, taken in alternate(sides, ROUNDS).items()}
    ratio = middle["proportional mask"] / middle["binary CRFs"]
    lines = [f"{name}: {middle[name]:.3f} s (median of {ROUNDS})" for name in sides]
    sys.stdout.write("\n".join([*lines, f"ratio: {ratio:.3f} (at most 1.1)", ""]))
    return 0 if ratio <= 1.1 else 1


if __name__ == "__main__":
    sys.exit(main())
