"""Options of the classifier that is not trained."""

from typing import ClassVar, Literal

from pydantic import model_validator

from seedmask.config.base import PositiveInt
from seedmask.config.networks import EncoderOptions, TagNames
from seedmask.config.variant import Variant


class NamedOptions(TagNames, EncoderOptions, Variant):
    """The encoder's own ImageNet head: each class by the rows that its name stands for. Nothing is trained."""

    gives: ClassVar[tuple[str, ...]] = ("scores", "features")
    learns_tags: ClassVar[bool] = False
    needs_every_tag: ClassVar[bool] = True

    method: Literal["named"] = "named"
    """Kind of classifier."""
    output_stride: PositiveInt = 16
    """Pixels of the picture to one of the score map; late strides become dilations."""
    rows: Literal["mean", "softmax", "best"] = "softmax"
    """How the rows of a class share its map: all alike, by the softmax of their logits in the picture, or the one with
    the largest logit alone."""

    def network(self) -> str:
        """`nets/classifiers/named.py`."""
        return self.module_beside("network")

    @model_validator(mode="after")
    def _with_a_head(self):
        if self.weights == "none":
            raise ValueError("weights: none brings no classification layer; use `packaged`, `hub` or a file")
        return self
