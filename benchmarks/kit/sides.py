"""Two ways to do a thing, timed in turns, so that a disturbed machine disturbs both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter

ENOUGH = 0.02
"""Seconds that one measurement takes at least; what is faster is repeated within it."""
LONG, LEAST_ROUNDS = 15.0, 2
"""Seconds of all rounds after which no more is made than these: what takes long is disturbed less."""


@dataclass(frozen=True)
class Timing:
    """Seconds of one side."""

    best: float
    """Of the least disturbed round."""
    median: float
    rounds: int
    """How many were made."""


def alternate(sides: Mapping[str, Callable[[], object]], rounds: int, *, warm: bool = True) -> dict[str, list[float]]:
    """Seconds of each side in each round.

    Args:
        sides: what is timed, by name.
        rounds: how often; less often, but twice, where that takes long.
        warm: whether one more round is made before them.
    """
    times: dict[str, list[float]] = {name: [] for name in sides}
    started = perf_counter()
    for number in range(rounds + warm):
        if number >= LEAST_ROUNDS + warm and perf_counter() - started > LONG:
            break
        for name, side in sides.items():
            seconds = _seconds(side)
            if number or not warm:
                times[name].append(seconds)
    return times


def timings(sides: Mapping[str, Callable[[], object]], rounds: int, *, warm: bool = True) -> dict[str, Timing]:
    """Best and median of each side."""
    times = alternate(sides, rounds, warm=warm)
    return {name: Timing(min(taken), median(taken), len(taken)) for name, taken in times.items()}


def _seconds(side: Callable[[], object]) -> float:
    """Of one call, from several where it is short."""
    started, calls = perf_counter(), 0
    while (taken := perf_counter() - started) < ENOUGH:
        side()
        calls += 1
    return taken / calls
