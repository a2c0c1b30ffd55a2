"""Settings of the image classifiers."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from pipeline.config.base import Settings, VariantOf, one_of
from pipeline.config.networks import Augmentation, Encoder, Freeze, Optimiser

TILE_SCALES = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0)
"""Enlargements of PMM's tiles."""


class CamClassifier(Encoder, Optimiser, Settings):
    """Global average pooling and a 1 x 1 classifier (Zhou et al., CVPR 2016)."""

    method: Literal["cam"] = "cam"
    """Kind of classifier."""
    output_stride: PositiveInt = 16
    """Pixels of the picture to one of the score map; late strides become dilations."""
    frozen_stages: Freeze = 0
    """Leading encoder stages that are not trained; `all` computes the features once and trains the head alone."""
    epochs: PositiveInt = 15
    """Passes over the training pictures."""
    lr: PositiveFloat = 0.01
    """Learning rate of pretrained layers at the first step."""
    augmentation: Augmentation = Augmentation()
    """Random views; with `frozen_stages: all` only the flip is used."""
    holdout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the training pictures kept out to measure mAP on their tags."""
    select: Literal["last", "tags"] = "last"
    """Epoch that is kept: the last, or the one with the best mAP on held-out tags."""


class MultiCropLabels(Settings):
    """Train on enlarged tiles, each with the tags that hold in it (PMM, Li et al., ICCV 2021)."""

    rough: Annotated[str, VariantOf(("seeds",))]
    """Seeds that say roughly where the classes are; the paper's are of `method: rough`."""
    confident: Annotated[float, Field(ge=0, le=1)] = 0.9
    """Value of a map above which a pixel surely is of its class."""
    scales: tuple[PositiveFloat, ...] = TILE_SCALES
    """Enlargements, equally likely."""
    size: PositiveInt = 448
    """Side in pixels that every tile is resized to."""
    tile: PositiveInt = 300
    """Side in enlarged pixels of all tiles but the last of a row or column, which has `size`."""


class SeamClassifier(Encoder, Optimiser, Settings):
    """CAMs that agree between two sizes of a picture, refined by pixel correlation (SEAM, Wang et al., CVPR 2020)."""

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
    epochs: PositiveInt = 8
    """Passes over the training pictures."""
    lr: PositiveFloat = 0.01
    """Learning rate of pretrained layers at the first step."""
    augmentation: Augmentation = Augmentation()
    """Random views; with `crops` the tiles take the place of scale and crop."""
    crops: MultiCropLabels | None = None
    """Multi-crop training labels; whole pictures with their tags when not given."""
    holdout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the training pictures kept out to measure mAP on their tags."""
    select: Literal["last", "tags"] = "last"
    """Epoch that is kept: the last, or the one with the best mAP on held-out tags."""


Classifier = Annotated[CamClassifier | SeamClassifier, *one_of("cam")]
