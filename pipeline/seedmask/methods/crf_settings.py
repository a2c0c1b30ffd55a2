"""Settings of the dense CRF (Krähenbühl and Koltun, NeurIPS 2011), and the presets of each use."""

from dataclasses import dataclass
from typing import Literal

Solver = Literal["auto", "pydensecrf", "lattice"]
"""pydensecrf, Seedmask's own extension, or the second where it is installed and the first elsewhere."""


@dataclass(frozen=True)
class CRFSettings:
    """Mean-field iterations and the two Potts kernels; sxy in pixels, srgb in grey levels.

    `image` is the guide: the image itself, or what `caffe.wrapped` makes of it. `solver` is what computes it.
    """

    iterations: int
    gaussian_sxy: int | float
    gaussian_compat: int | float
    bilateral_sxy: int | float
    bilateral_srgb: int | float
    bilateral_compat: int | float
    image: Literal["raw", "reference"] = "raw"
    solver: Solver = "auto"


ROUGH_CRF = CRFSettings(10, 3, 3, 80, 13, 10)
"""Joint CRF on soft CAM scores (PMM's rough maps)."""
PROPORTIONAL_CRF = CRFSettings(10, 3, 10, 80, 13, 10)
"""Binary CRF of each class (PMM's proportional masks)."""
SEGMENTER_CRF = CRFSettings(10, 1, 3, 67, 3, 4)
"""On a segmenter's softmax (DeepLab's)."""
LABEL_CRF = CRFSettings(10, 3, 3, 50, 5, 10)
"""On hard labels (IRN's)."""
