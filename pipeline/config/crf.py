"""Settings of the dense CRF; each place that uses one has its own usual values."""

from typing import Literal

from pydantic import NonNegativeFloat, PositiveFloat

from pipeline.config.base import Settings
from pipeline.config.numbers import Rounds


class Crf(Settings):
    """Dense CRF (Kraehenbuehl & Koltun, NIPS 2011); the defaults are those for hard labels of IRN (CVPR 2019)."""

    iterations: Rounds = 10
    """Mean-field iterations."""
    gaussian_sxy: PositiveFloat = 3
    """Standard deviation of the smoothness kernel in pixels."""
    gaussian_compat: NonNegativeFloat = 3
    """Weight of the smoothness kernel."""
    bilateral_sxy: PositiveFloat = 50
    """Standard deviation of the appearance kernel in pixels."""
    bilateral_srgb: PositiveFloat = 5
    """Standard deviation of the appearance kernel in grey levels."""
    bilateral_compat: NonNegativeFloat = 10
    """Weight of the appearance kernel."""

    def extras(self) -> frozenset[str]:
        """The library of the CRF."""
        return super().extras() | {"crf"}


class RoughCrf(Crf):
    """Dense CRF on the scores of all classes; the defaults are PMM's."""

    bilateral_sxy: PositiveFloat = 80
    """Standard deviation of the appearance kernel in pixels."""
    bilateral_srgb: PositiveFloat = 13
    """Standard deviation of the appearance kernel in grey levels."""


class SegmenterCrf(Crf):
    """Dense CRF on a segmenter's scores; the defaults are those of DeepLab's successors."""

    gaussian_sxy: PositiveFloat = 1
    """Standard deviation of the smoothness kernel in pixels."""
    bilateral_sxy: PositiveFloat = 67
    """Standard deviation of the appearance kernel in pixels."""
    bilateral_srgb: PositiveFloat = 3
    """Standard deviation of the appearance kernel in grey levels."""
    bilateral_compat: NonNegativeFloat = 4
    """Weight of the appearance kernel."""
    image: Literal["raw", "reference"] = "raw"
    """Picture whose colours it follows: as it is, or BGR less a mean with numbers below 0 wrapped around, as in the
    code of I2CRC and others."""


class ProportionalCrf(Crf):
    """Dense CRF of one class against background; the defaults are PMM's."""

    gaussian_compat: NonNegativeFloat = 10
    """Weight of the smoothness kernel."""
    bilateral_sxy: PositiveFloat = 80
    """Standard deviation of the appearance kernel in pixels."""
    bilateral_srgb: PositiveFloat = 13
    """Standard deviation of the appearance kernel in grey levels."""
