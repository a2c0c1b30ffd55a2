"""Random views as a training's options ask for them."""

from pipeline.config.networks import Classifier, FromMasks
from pipeline.data.augment import IGNORE, Augment
from pipeline.nets.encoders import mean_and_deviation


def augment_of(options: Classifier | FromMasks, padding: int = IGNORE) -> Augment:
    """The views of some options, whose mean colour is that of their encoder's normalisation.

    Args:
        options: augmentation and encoder.
        padding: label of the pixels outside the picture.
    """
    mean, _ = mean_and_deviation(options.encoder, options.input_norm)
    return Augment(options.augmentation, padding, mean)
