"""Whether a training was long enough, by its loss alone."""

from collections.abc import Sequence
from statistics import fmean

FEWEST = 4
"""Epochs of which a quarter is one."""
STEEP = 0.1
"""Relative fall from which a longer training is advised.

On the demo's photographs a head falls by 0.50 after 4 epochs and by 0.01 after 40. Segmenters fall by 0.10 after 64
steps and by 0.07 to 0.15 after 240: losses fall like powers of time before they settle, and no number separates
short from long. Much too short trainings are found; `least_steps` is for the rest.
"""


def still_falling(losses: Sequence[float]) -> float | None:
    """Fall of the loss at the end: 1 - b / a, of the mean a of the last quarter but one and the mean b of the last.

    A quarter is a fourth of the epochs, rounded down, so that neither reaches back into the steep start. The
    learning rate falls towards the end and flattens any loss by itself: what falls in spite of that is real, and a
    longer training, whose rate is still higher here, falls further.

    Args:
        losses: mean of each epoch, in their order.

    Returns:
        a share of the loss, negative where it rises; None for fewer than four epochs, and where the loss is not
        positive, because nothing is a share of it then.
    """
    quarter = len(losses) // FEWEST
    if not quarter:
        return None
    before, last = fmean(losses[-2 * quarter : -quarter]), fmean(losses[-quarter:])
    return 1 - last / before if before > 0 else None


def too_short(losses: Sequence[float]) -> str:
    """Advice for a training that ends while its loss falls steeply; empty for others."""
    fall = still_falling(losses)
    if fall is None or fall < STEEP:
        return ""
    return (
        f"the loss still fell by {100 * fall:.0f} % in the last quarter of the training; a longer one learns more: "
        "raise `epochs`, `least_steps` or, where it is given, `steps`"
    )
