"""How scores are counted."""

from typing import Literal

from pipeline.config.base import Settings


class Evaluation(Settings):
    """Choices that change a score; they stand beside every number."""

    absent_class: Literal["skip_union", "skip_truth", "zero"] = "skip_union"
    """A class without pixels: left out of the mean if in neither truth nor prediction, if not in truth, or 0."""
    ignore_pred: Literal["background", "error", "ignore"] = "background"
    """A predicted 255: counted as background, refused, or left out of the count."""
