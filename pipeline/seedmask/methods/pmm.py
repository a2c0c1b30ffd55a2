"""PMM, "Pseudo-mask Matters in Weakly-supervised Semantic Segmentation" (Li et al., ICCV 2021): all its parts."""

import numpy as np
import torch
from jaxtyping import Float, UInt8

from seedmask.methods import multi_scale
from seedmask.methods.batches import Scales, Tags, as_array
from seedmask.methods.crf import rough_probabilities
from seedmask.methods.multi_crop import multi_crop_cam
from seedmask.methods.proportional import (
    binary_foregrounds,
    class_importance,
    coefficient_of_variation,
    matching_exponent,
    proportional_labels,
    proportional_mask,
    smooth_cams,
    strongest_labels,
)
from seedmask.methods.tiles import draw_tile, tile_grid, tile_labels
from seedmask.methods.under_fitting import under_fitting_loss

__all__ = [
    "binary_foregrounds",
    "class_importance",
    "coefficient_of_variation",
    "draw_tile",
    "matching_exponent",
    "multi_crop_cam",
    "multi_scale_cam",
    "proportional_labels",
    "proportional_mask",
    "rough_probabilities",
    "smooth_cams",
    "strongest_labels",
    "tile_grid",
    "tile_labels",
    "under_fitting_loss",
]


def multi_scale_cam(
    network: multi_scale.ScoreMaps,
    image: UInt8[np.ndarray, "H W 3"],
    labels: Tags,
    *,
    scales: Scales,
    device: torch.device | str = "cpu",
) -> Float[np.ndarray, "K H W"]:
    """`multi_scale.multi_scale_cam` with PMM's setting: Pillow's bicubic views, mirrored too, and `min_max`.

    Args:
        network: see `multi_scale.ScoreMaps`.
        image: RGB.
        labels: tags of the image.
        scales: factors of the image's size.
        device: where the network is.

    Returns:
        float32 CAMs of the K classes in the image; see `multi_scale.stretched`.

    Raises:
        ValueError: the network has another number of classes than there are tags.
    """
    labels = as_array(labels)
    return multi_scale.multi_scale_cam(
        multi_scale.of_classes(network, len(labels)),
        image,
        np.flatnonzero(labels),
        scales,
        resample="bicubic",
        normalise="min_max",
        device=device,
    )
