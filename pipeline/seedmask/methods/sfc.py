"""SFC, "Shared Feature Calibration in Weakly Supervised Semantic Segmentation" (Zhao et al., AAAI 2024): its parts."""

from seedmask.methods.calibration import CalibrationLoss, calibration_loss, distribution_coefficient, resampled_images
from seedmask.methods.image_bank import ImageBank
from seedmask.methods.prototype_seeds import competing, fuse_scales, summed_scales
from seedmask.methods.prototypes import activation_maps, prototype_cam, refine_by_affinity
from seedmask.methods.random_walk import random_walk, walk_labels

__all__ = [
    "CalibrationLoss",
    "ImageBank",
    "activation_maps",
    "calibration_loss",
    "competing",
    "distribution_coefficient",
    "fuse_scales",
    "prototype_cam",
    "random_walk",
    "refine_by_affinity",
    "resampled_images",
    "summed_scales",
    "walk_labels",
]
