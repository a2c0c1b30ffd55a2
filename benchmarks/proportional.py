"""Proportional masks against their binary CRFs alone: `python benchmarks/proportional.py`.

One grainy 375 x 500 image with 2 classes. The sides alternate in one run; prints the medians and their ratio, and
fails when it is above 1.1.
"""

import sys
from statistics import median
from time import perf_counter

import numpy as np
from scipy.ndimage import gaussian_filter

from pipeline.methods.crf import PROPORTIONAL_CRF, dense_crf
from pipeline.methods.proportional import proportional_mask, smooth_cams

HEIGHT, WIDTH, CLASSES, ROUNDS = 375, 500, 2, 9
GRAIN = 8
"""Standard deviation in grey levels, as a photograph in indoor light has it; smooth images make the CRF cheaper."""


def smooth(rng: np.random.Generator, planes: int, sigma: float) -> np.ndarray:
    """(planes, H, W) blurred noise in 0..1."""
    noise = gaussian_filter(rng.random((planes, HEIGHT, WIDTH), dtype=np.float32), (0, sigma, sigma))
    return (noise - noise.min()) / (noise.max() - noise.min())


def main() -> int:
    """Measure and print."""
    rng = np.random.default_rng(0)
    picture = smooth(rng, 3, 4).transpose(1, 2, 0) * 255 + rng.normal(0, GRAIN, (HEIGHT, WIDTH, 3))
    image = np.clip(picture, 0, 255).astype(np.uint8)
    cams = smooth(rng, CLASSES, 20)
    scores = smooth_cams(cams)
    pairs = np.stack([(1 - scores) ** 11, scores], axis=1)

    def crfs():
        for pair in pairs:
            dense_crf(image, pair, PROPORTIONAL_CRF)

    sides = {"binary CRFs": crfs, "proportional mask": lambda: proportional_mask(image, cams, range(CLASSES))}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            start = perf_counter()
            side()
            times[name].append(perf_counter() - start)
    middle = {name: median(taken) for name, taken in times.items()}
    ratio = middle["proportional mask"] / middle["binary CRFs"]
    lines = [f"{name}: {middle[name]:.3f} s (median of {ROUNDS})" for name in sides]
    sys.stdout.write("\n".join([*lines, f"ratio: {ratio:.3f} (at most 1.1)", ""]))
    return 0 if ratio <= 1.1 else 1


if __name__ == "__main__":
    sys.exit(main())
