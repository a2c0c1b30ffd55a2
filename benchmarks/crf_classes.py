"""Dense CRF over the classes present against all classes: `python benchmarks/crf_classes.py`.

One 375 x 500 image with 3 labels present of 21. Both sides alternate in one run; prints the medians and their ratio,
and fails when it is below 2.
"""

import sys
from statistics import median
from time import perf_counter

import numpy as np
from scipy.ndimage import gaussian_filter

from pipeline.methods.crf import ROUGH_CRF, dense_crf

HEIGHT, WIDTH, ALL, PRESENT, ROUNDS = 375, 500, 21, 3, 5


def scores(count: int) -> np.ndarray:
    """(count, H, W) smooth scores, the first `PRESENT` of them above zero."""
    rng = np.random.default_rng(0)
    planes = np.zeros((count, HEIGHT, WIDTH), np.float32)
    planes[:PRESENT] = gaussian_filter(rng.random((PRESENT, HEIGHT, WIDTH), dtype=np.float32), (0, 20, 20))
    return planes / planes.max()


def seconds(image: np.ndarray, planes: np.ndarray) -> float:
    """Time of one CRF."""
    start = perf_counter()
    dense_crf(image, planes, ROUGH_CRF)
    return perf_counter() - start


def main() -> int:
    """Measure and print."""
    rng = np.random.default_rng(1)
    noise = gaussian_filter(rng.uniform(0, 255, (HEIGHT, WIDTH, 3)), (4, 4, 0))
    image = np.interp(noise, (noise.min(), noise.max()), (0, 255)).astype(np.uint8)
    sides = {count: scores(count) for count in (PRESENT, ALL)}
    times = [{count: seconds(image, planes) for count, planes in sides.items()} for _ in range(ROUNDS)]
    middle = {count: median(round_[count] for round_ in times) for count in sides}
    ratio = middle[ALL] / middle[PRESENT]
    lines = [f"{count:2} labels: {middle[count]:.2f} s (median of {ROUNDS})" for count in sides]
    sys.stdout.write("\n".join([*lines, f"ratio: {ratio:.2f} (at least 2)", ""]))
    return 0 if ratio >= 2 else 1


if __name__ == "__main__":
    sys.exit(main())
