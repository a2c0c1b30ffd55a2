"""Options of the plain CAM classifier."""

from typing import Literal

from pydantic import PositiveFloat, PositiveInt

from pipeline.config.networks import Augmentation, Classifier, Freeze


class CamClassifier(Classifier):
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
