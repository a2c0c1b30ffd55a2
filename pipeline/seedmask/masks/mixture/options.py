"""Options of masks by a mixture over features."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat

from seedmask.config.base import Name, NonNegativeInt, VariantOf
from seedmask.config.computing import ComputesNetwork
from seedmask.config.variant import Variant


class MixtureOptions(ComputesNetwork, Variant):
    """A Gaussian for each class of a picture in the space of its features spreads weak labels (AGMM, our version)."""

    method: Literal["mixture"] = "mixture"
    """Kind of mask."""
    source: Annotated[str, VariantOf(("segmenters", "classifiers"), gives="features")] = Field(alias="from")
    """Network that gives the features: a segmenter, or a classifier."""
    labels: Annotated[str, VariantOf(("weak_labels",))]
    """Labels that are spread; they stay as they are."""
    scale: PositiveFloat = 1.0
    """Size of the picture that the network sees, relative to its own."""
    rounds: NonNegativeInt = 1
    """Rounds of expectation and maximisation in which unlabelled pixels take part; with 0 the centres are those of the
    labelled pixels, and the deviation is that of the whole picture."""
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.7
    """Share of a class in the mixture from which a pixel is labelled; below it is 255."""
    agree: bool = True
    """Whether a segmenter must predict the same class there; without effect for a classifier."""
    scores: bool = False
    """Whether the score maps of background and of the picture's tags are stored too, for `seedmask compare` to draw."""
    splits: tuple[Name, ...] = ("train",)
    """Splits to make masks for."""
