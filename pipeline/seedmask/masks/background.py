"""The background score that masks and weak labels of seeds compare CAMs with."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from seedmask.config.threshold import ExponentThreshold, FixedThreshold, NoThreshold, StoredThreshold, Threshold
from seedmask.job import Job
from seedmask.methods.threshold import BackgroundKind, BackgroundScore
from seedmask.storage.canvas import BACKGROUND, CAM
from seedmask.storage.fits import read_fit
from seedmask.storage.reader import Arrays


@dataclass(frozen=True)
class Background:
    """Background score of all images of a variant.

    Args:
        value: a score in 0..1, an exponent, or the offset of the seeds' own background.
        kind: how `value` is meant; `none` where there is no background.
        mode: how it was chosen.
    """

    value: float
    kind: Literal["constant", "exponent", "stored", "none"]
    mode: str

    def score(self, arrays: Arrays) -> tuple[BackgroundScore, BackgroundKind]:
        """Background score of one image, and its kind: a number, or the plane (M_0 + offset) / 2.

        Args:
            arrays: the image's seeds; M_0 is their background CAM.

        Raises:
            ValueError: the seeds hold no background.
        """
        if self.kind != "stored":
            return self.value, self.kind
        if CAM + BACKGROUND not in arrays:
            raise ValueError("its seeds hold no background map; choose another `threshold`, such as label_free")
        return (arrays[CAM + BACKGROUND] + np.float32(self.value)) / 2, "plane"


def background_of(job: Job, threshold: Threshold) -> Background:
    """The background score that the options name, or the fitted one."""
    match threshold:
        case FixedThreshold(value=value):
            return Background(value, "constant", "fixed")
        case ExponentThreshold(value=value):
            return Background(value, "exponent", "exponent")
        case StoredThreshold(offset=offset):
            return Background(offset, "stored", "stored")
        case NoThreshold():
            return Background(0.0, "none", "none")
    return fitted_background(job)


def fitted_background(job: Job) -> Background:
    """The score that the variant's fit over the whole set chose."""
    return Background(**read_fit(job.folder).facts)
