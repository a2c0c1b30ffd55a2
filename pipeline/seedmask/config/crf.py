"""Settings of the dense CRF; each place that uses one has its own usual values."""

from dataclasses import fields
from typing import Literal

from pydantic import NonNegativeFloat, PositiveFloat

from seedmask.config.base import Rounds, Settings
from seedmask.methods.crf_settings import (
    LABEL_CRF,
    PROPORTIONAL_CRF,
    ROUGH_CRF,
    SEGMENTER_CRF,
    CRFSettings,
    Solver,
)


class Crf(Settings):
    """Dense CRF (Kraehenbuehl & Koltun, NIPS 2011); the defaults are those for hard labels of IRN (CVPR 2019)."""

    iterations: Rounds = LABEL_CRF.iterations
    """Mean-field iterations."""
    gaussian_sxy: PositiveFloat = LABEL_CRF.gaussian_sxy
    """Standard deviation of the smoothness kernel in pixels."""
    gaussian_compat: NonNegativeFloat = LABEL_CRF.gaussian_compat
    """Weight of the smoothness kernel."""
    bilateral_sxy: PositiveFloat = LABEL_CRF.bilateral_sxy
    """Standard deviation of the appearance kernel in pixels."""
    bilateral_srgb: PositiveFloat = LABEL_CRF.bilateral_srgb
    """Standard deviation of the appearance kernel in grey levels."""
    bilateral_compat: NonNegativeFloat = LABEL_CRF.bilateral_compat
    """Weight of the appearance kernel."""
    solver: Solver = "auto"
    """What computes it: `pydensecrf`; `lattice`, Seedmask's own extension, in about two fifths of the time; or `auto`,
    the second where it is installed and no kernel is too narrow for it, else the first. Probabilities differ by about
    0.00001."""

    def extras(self) -> frozenset[str]:
        """The library of the CRF."""
        return super().extras() | {"crf"}

    def settings(self) -> CRFSettings:
        """The same as the methods take them."""
        return CRFSettings(**self.model_dump(include={field.name for field in fields(CRFSettings)}))


class RoughCrf(Crf):
    """Dense CRF on the scores of all classes; the defaults are PMM's."""

    bilateral_sxy: PositiveFloat = ROUGH_CRF.bilateral_sxy
    """Standard deviation of the appearance kernel in pixels."""
    bilateral_srgb: PositiveFloat = ROUGH_CRF.bilateral_srgb
    """Standard deviation of the appearance kernel in grey levels."""


class SegmenterCrf(Crf):
    """Dense CRF on a segmenter's scores; the defaults are those of DeepLab's successors."""

    gaussian_sxy: PositiveFloat = SEGMENTER_CRF.gaussian_sxy
    """Standard deviation of the smoothness kernel in pixels."""
    bilateral_sxy: PositiveFloat = SEGMENTER_CRF.bilateral_sxy
    """Standard deviation of the appearance kernel in pixels."""
    bilateral_srgb: PositiveFloat = SEGMENTER_CRF.bilateral_srgb
    """Standard deviation of the appearance kernel in grey levels."""
    bilateral_compat: NonNegativeFloat = SEGMENTER_CRF.bilateral_compat
    """Weight of the appearance kernel."""
    image: Literal["raw", "reference"] = "raw"
    """Picture whose colours it follows: as it is, or BGR less a mean with numbers below 0 wrapped around, as in the
    code of I2CRC and others."""
    classes: Literal["present", "all"] = "present"
    """Classes that take part: those with the best score at some pixel, or all, as in published code. Memory and time
    grow with their number; a class that is nowhere the best hardly ever gets a pixel."""


class ProportionalCrf(Crf):
    """Dense CRF of one class against background; the defaults are PMM's."""

    gaussian_compat: NonNegativeFloat = PROPORTIONAL_CRF.gaussian_compat
    """Weight of the smoothness kernel."""
    bilateral_sxy: PositiveFloat = PROPORTIONAL_CRF.bilateral_sxy
    """Standard deviation of the appearance kernel in pixels."""
    bilateral_srgb: PositiveFloat = PROPORTIONAL_CRF.bilateral_srgb
    """Standard deviation of the appearance kernel in grey levels."""
