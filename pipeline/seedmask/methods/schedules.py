"""Learning rates over a training, as shares of the first one."""

from collections.abc import Sequence

from seedmask.methods.cams import Number


def polynomial_decay(step: int, last_step: int, power: Number, floor: Number = 0) -> float:
    """(1 - floor) (1 - step / last_step)^power + floor (Chen et al., DeepLab, TPAMI 2018)."""
    return (1 - floor) * max(0, 1 - step / last_step) ** power + floor


def step_decay(epoch: int, epochs: Sequence[int], factor: Number) -> float:
    """factor^(how many of some epochs have begun)."""
    return factor ** sum(epoch >= other for other in epochs)
