"""Options of the plain CAM classifier."""

from typing import Literal

from pydantic import PositiveFloat, model_validator

from seedmask.config.base import Engine, Epochs, PositiveInt
from seedmask.config.networks import Augmentation, ClassifierOptions, Freeze, TagNames


class CamOptions(TagNames, ClassifierOptions):
    """Global average pooling and a 1 x 1 classifier (Zhou et al., CVPR 2016)."""

    method: Literal["cam"] = "cam"
    """Kind of classifier."""
    output_stride: PositiveInt = 16
    """Pixels of the picture to one of the score map; late strides become dilations."""
    frozen_stages: Freeze = 0
    """Leading encoder stages that are not trained; `all` computes the features once and trains the head alone."""
    engine: Engine = "auto"
    """With `frozen_stages: all` what computes the features; see the engine of seeds."""
    epochs: Epochs = 15
    """Passes over the training pictures."""
    lr: PositiveFloat = 0.01
    """Learning rate of pretrained layers at the first step."""
    augmentation: Augmentation = Augmentation()
    """Random views; with `frozen_stages: all` only the flip is used."""
    head: Literal["drawn", "named"] = "drawn"
    """First weights of the classes: drawn, or the rows of the encoder's own ImageNet head that their names stand for;
    a class without a row is drawn then, too."""

    def matches_names(self) -> bool:
        """Where the head starts from names."""
        return self.head == "named"

    @model_validator(mode="after")
    def _names_of_a_head(self):
        if self.names and self.head == "drawn":
            raise ValueError(
                "names: a head that is drawn does not look at them; write `head: named`, or leave them out"
            )
        if self.weights == "none" and self.head == "named":
            raise ValueError(
                "head: named: weights: none brings no classification layer; use `packaged`, `hub` or a file"
            )
        return self
