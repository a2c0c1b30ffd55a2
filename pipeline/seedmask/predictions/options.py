"""Options of the segmenters' predictions."""

from seedmask.config.base import Name
from seedmask.config.views import ViewOptions


class PredictionsOptions(ViewOptions):
    """Softmax scores averaged over scales and flips, optionally refined by a CRF."""

    splits: tuple[Name, ...] | None = None
    """Splits to predict; all of them when not given."""
