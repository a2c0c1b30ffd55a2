"""Options of IRN's network of boundaries."""

from typing import ClassVar, Literal

from pydantic import NonNegativeFloat, PositiveFloat

from seedmask.config.base import Epochs, Pixels, PositiveInt
from seedmask.config.networks import Augmentation, FromMasks


class BoundaryOptions(FromMasks):
    """Boundaries between classes, and displacements, learned from labels with gaps (IRN, Ahn et al., CVPR 2019).

    The encoder does not learn.
    """

    gives: ClassVar[tuple[str, ...]] = ("boundaries",)

    method: Literal["boundary"] = "boundary"
    """Kind of classifier."""
    output_stride: PositiveInt = 16
    """Pixels of the picture to one of the encoder's last features; late strides become dilations."""
    path_radius: Pixels = 10
    """Pairs of places nearer than this are learned from; a place is 4 x 4 pixels."""
    displacement: bool = True
    """Whether displacements are learned too; masks do not read them."""
    epochs: Epochs = 3
    """Passes over the training pictures."""
    batch_size: PositiveInt = 32
    """Pictures in a step."""
    lr: PositiveFloat = 0.1
    """Learning rate of the boundary's layers at the first step."""
    head_lr_factor: PositiveFloat = 10.0
    """The displacement's layers learn this many times faster."""
    momentum: NonNegativeFloat = 1e-4
    """Momentum of `sgd`; the authors pass their weight decay in its place."""
    weight_decay: NonNegativeFloat = 1e-4
    """Weight decay."""
    augmentation: Augmentation = Augmentation(crop=512, scale=(0.5, 1.5), colour=0)
    """Random views of picture and labels."""

    def network(self) -> str:
        """`nets/classifiers/boundary.py`."""
        return self.module_beside("network")
