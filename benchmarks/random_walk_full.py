"""The random walk on the 94 x 125 places of a picture of 375 x 500; the dense matrix takes minutes and 2 GB."""

from functools import partial

from benchmarks.kit.cases import Cases
from benchmarks.random_walk import THREADS, walk_case

__all__ = ["THREADS", "cases"]


def cases(quick: bool) -> Cases:
    """One size; a small one for a look at whether it works."""
    height, width = (12, 16) if quick else (94, 125)
    return {f"{height} x {width} places": partial(walk_case, height, width, rounds=1, at_least=400, memory=90)}
