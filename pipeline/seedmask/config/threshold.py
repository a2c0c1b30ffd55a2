"""Background scores of the masks that are made from seeds."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, PositiveFloat

from seedmask.config.base import Same, Settings
from seedmask.config.variant import Fit, FromSeeds

FITTED = ("label_free", "oracle")
"""Modes whose score is computed from all the seeds first."""


class FixedThreshold(Settings):
    """A background score that the user names."""

    mode: Literal["fixed"] = "fixed"
    """How the background score is chosen."""
    value: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Background score, 0..1."""


class LabelFreeThreshold(Settings):
    """A background score from the seeds' own histogram, without any pixel label."""

    mode: Literal["label_free"] = "label_free"
    """How the background score is chosen."""


class OracleThreshold(Settings):
    """The background score with the best mIoU against truth; for comparison only, it uses pixel labels."""

    mode: Literal["oracle"] = "oracle"
    """How the background score is chosen."""
    split: str = "train"
    """Split whose truth is used."""


class ExponentThreshold(Settings):
    """A background score for each pixel, (1 - max)^value over the class scores."""

    mode: Literal["exponent"] = "exponent"
    """How the background score is chosen."""
    value: PositiveFloat = 4
    """Exponent; larger leaves less background."""


class StoredThreshold(Settings):
    """The background maps that some seeds hold: a class wins where 2 M > M_0 + offset (SFC, AAAI 2024)."""

    mode: Literal["stored"] = "stored"
    """How the background score is chosen."""
    offset: Annotated[float, Field(ge=0, le=1)] = 0.4
    """What background gains; larger leaves more background."""


class NoThreshold(Settings):
    """No background score: each pixel gets the class with the largest CAM, 255 where all of several CAMs are 0."""

    mode: Literal["none"] = "none"
    """How the background score is chosen."""


Threshold = Annotated[
    FixedThreshold | LabelFreeThreshold | OracleThreshold | ExponentThreshold | StoredThreshold | NoThreshold,
    Field(discriminator="mode"),
]


def threshold_fit(threshold: Threshold, seeds: str, cams: Mapping[str, float]) -> Fit | None:
    """The fit that finds a background score in the seeds' sets of CAMs; None where the user names the score."""
    if threshold.mode not in FITTED:
        return None
    options = {"from": seeds, "threshold": threshold.model_dump(mode="json"), "cams": cams}
    return Fit(f"seedmask.seeds.fit_{threshold.mode}", options, (seeds,), truth=threshold.mode == "oracle")


class FromScoredSeeds(FromSeeds):
    """Masks made from seeds and a background score."""

    threshold: Threshold = LabelFreeThreshold()
    """Background score; `none` in a data set with `background: false`."""

    def without_background(self: Same) -> Same:
        """Each pixel gets the class with the largest CAM."""
        return super().without_background().unless_given(threshold=NoThreshold())

    def fit(self) -> Fit | None:
        """Computes the score, where it depends on the seeds."""
        return threshold_fit(self.threshold, self.source, self.cams)

    def pixel_labels(self) -> str:
        """An oracle's score is the best against truth."""
        return "threshold chosen with truth masks" if self.threshold.mode == "oracle" else ""
