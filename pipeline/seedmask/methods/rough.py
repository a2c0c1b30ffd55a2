"""Rough maps of all classes: CAMs after one dense CRF, as probabilities (PMM, Li et al., ICCV 2021)."""

import numpy as np
from jaxtyping import Float, UInt8

from seedmask.methods.cams import Number
from seedmask.methods.crf import dense_crf
from seedmask.methods.crf_settings import ROUGH_CRF, CRFSettings
from seedmask.methods.threshold import score_probabilities


def rough_probabilities(
    image: UInt8[np.ndarray, "H W 3"],
    cams: Float[np.ndarray, "K H W"],
    *,
    exponent: Number = 24,
    crf: CRFSettings = ROUGH_CRF,
) -> Float[np.ndarray, "K1 H W"]:
    """Marginals of one CRF over background (1 - max_k v_k)^α and the K classes: rough maps for `tile_labels`.

    Args:
        image: RGB.
        cams: v, in 0..1.
        exponent: α.
        crf: kernels.

    Raises:
        SeedmaskError: pydensecrf is not installed.
    """
    return dense_crf(image, score_probabilities(cams, exponent, "exponent"), crf)
