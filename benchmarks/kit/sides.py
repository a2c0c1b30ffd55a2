"""Two ways to do a thing, timed in turns, so that a disturbed machine disturbs both."""

from collections.abc import Callable, Mapping
from time import perf_counter


def alternate(sides: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each side in each round; one more round before them warms up."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            start = perf_counter()
            side()
            if number:
                times[name].append(perf_counter() - start)
    return times
