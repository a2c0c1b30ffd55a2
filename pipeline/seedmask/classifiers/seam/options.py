"""Options of SEAM, and of PMM's training on tiles."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat

from seedmask.config.base import Epochs, PositiveInt
from seedmask.config.networks import Augmentation, ClassifierOptions
from seedmask.config.tiles import MultiCropLabels


class SeamOptions(ClassifierOptions):
    """CAMs that agree between two sizes of a picture, refined by pixel correlation (SEAM, Wang et al., CVPR 2020)."""

    needs_background: ClassVar[str] = "its first map is that of the background"

    method: Literal["seam"] = "seam"
    """Kind of classifier."""
    output_stride: PositiveInt = 8
    """Pixels of the picture to one of the score map; late strides become dilations."""
    frozen_stages: Annotated[int, Field(ge=0)] = 2
    """Leading encoder stages that are not trained."""
    frozen_batch_norm: bool = True
    """Whether batch norms keep their first statistics and factors."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Share of the feature channels left out before the scores in training."""
    small_view: Annotated[float, Field(gt=0, le=1)] = 0.3
    """Size of the second view relative to the first; crops much smaller than the paper's 448 ask for more."""
    epochs: Epochs = 8
    """Passes over the training pictures."""
    lr: PositiveFloat = 0.01
    """Learning rate of pretrained layers at the first step."""
    augmentation: Augmentation = Augmentation()
    """Random views; with `crops` the tiles take the place of scale and crop."""
    crops: MultiCropLabels | None = None
    """Multi-crop training labels; whole pictures with their tags when not given."""
