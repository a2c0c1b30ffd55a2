"""PMM, "Pseudo-mask Matters in Weakly-supervised Semantic Segmentation" (Li et al., ICCV 2021): all its parts."""

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
from seedmask.methods.rough import rough_probabilities
from seedmask.methods.tiles import draw_tile, tile_grid, tile_labels
from seedmask.methods.under_fitting import under_fitting_loss
from seedmask.methods.view_cams import multi_scale_cam

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
