"""Options of an image bank in a training."""

from pipeline.config.base import Settings
from pipeline.config.numbers import NonNegativeInt


class Bank(Settings):
    """The latest picture of each class, from which some are shown again in every step, evenly by class."""

    draws: NonNegativeInt = 4
    """Pictures drawn in a step beside its own; 0 leaves the bank out."""
    update_before_draw: bool = True
    """Whether a step's own pictures can be drawn in it."""
    allow_empty: bool = True
    """Whether a class without a picture so far can be drawn, as an empty one; else only filled ones are."""
