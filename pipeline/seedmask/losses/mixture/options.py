"""Options of AGMM's loss."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, NonNegativeFloat, model_validator

from seedmask.config.base import NonNegativeInt, Settings
from seedmask.config.variant import Loss


class OnlineEmOptions(Settings):
    """A mixture that unlabelled pixels take part in, and whose own labels teach; ours, not the authors'."""

    rounds: NonNegativeInt = 0
    """Rounds of expectation and maximisation in each step; 0 leaves all of it out."""
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.7
    """Share of a class in the mixture from which an unlabelled pixel is labelled, if the network agrees."""
    w_maximisation: NonNegativeFloat = 1.0
    """Weight of the likelihood of all pixels."""
    w_mixture_labels: NonNegativeFloat = 1.0
    """Weight of the cross-entropy of the labels that the mixture gave."""


class MixtureLossOptions(Loss):
    """A Gaussian for each class of a picture and the network teach each other (AGMM, Wu et al., CVPR 2023)."""

    of_weak_labels: ClassVar[bool] = True

    name: Literal["mixture"] = "mixture"
    """Kind of loss."""
    w_partial: NonNegativeFloat = 1.0
    """Weight of the cross-entropy of labelled pixels."""
    w_consistency: NonNegativeFloat = 1.0
    """Weight of what brings network and mixture together on all pixels."""
    w_fit: NonNegativeFloat = 1.0
    """Weight of what fits the mixture to the labels."""
    w_separation: NonNegativeFloat = 1.0
    """Weight of what pushes the centres of classes apart."""
    w_absent: NonNegativeFloat = 1.0
    """Weight of what keeps classes away that the picture does not show."""
    deviation: Literal["uniform", "weighted"] | None = None
    """Deviation of the Gaussians: none as in the authors' code, or that of all places, or weighted by the network."""
    separation: Literal["sum", "mean"] = "sum"
    """Centre of a class in the batch: the sum of its centres as in the authors' code, or their mean."""
    detach: bool = False
    """Whether the mixture teaches the network without learning from it."""
    online_em: OnlineEmOptions = OnlineEmOptions()
    """Unlabelled pixels in the mixture."""

    @model_validator(mode="after")
    def _deviation_of_one_kind(self):
        if self.online_em.rounds and self.deviation:
            raise ValueError(f"online_em finds deviations of its own; leave out `deviation: {self.deviation}`")
        return self
