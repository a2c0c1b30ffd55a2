"""Labels where two background scores agree, and nothing elsewhere (IRN, Ahn et al., CVPR 2019)."""

import numpy as np
from jaxtyping import Float, UInt8

from seedmask.methods.cams import IGNORE, Classes, Number
from seedmask.methods.crf import joint_crf_mask
from seedmask.methods.crf_settings import LABEL_CRF, CRFSettings
from seedmask.methods.threshold import BackgroundKind, BackgroundScore, score_probabilities


def confidence_labels(
    image: UInt8[np.ndarray, "H W 3"],
    cams: Float[np.ndarray, "K H W"],
    classes: Classes,
    *,
    background: BackgroundScore,
    kind: BackgroundKind = "constant",
    background_factor: Number = 0.5,
    confidence: Number = 0.7,
    settings: CRFSettings = LABEL_CRF,
) -> UInt8[np.ndarray, "H W"]:
    """Confident labels: of two joint CRFs on hard labels, one with a high and one with a low background score.

    A pixel is of a class where the mask of the high score says so, background where both masks do, and 255 elsewhere.
    The low score is `background_factor` times the high one (SFC, AAAI 2024: half of it).

    Args:
        image: RGB.
        cams: in 0..1.
        classes: 0-based class of each map; the mask's label is class + 1.
        background: see `score_probabilities`.
        kind: how `background` is meant.
        background_factor: low score over high score, below 1.
        confidence: probability given to a label before the CRF.
        settings: kernels.

    Raises:
        ValueError: see `check_cams`.
        SeedmaskError: pydensecrf is not installed.
    """
    high = score_probabilities(cams, background, kind)[0]
    strict, lenient = (
        joint_crf_mask(
            image,
            cams,
            classes,
            background=plane,
            kind="plane",
            unary="labels",
            confidence=confidence,
            settings=settings,
        )
        for plane in (high, high * high.dtype.type(background_factor))
    )
    return np.where(strict > 0, strict, np.where(lenient == 0, np.uint8(0), np.uint8(IGNORE)))
