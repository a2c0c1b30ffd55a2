"""Options of the segmenters' predictions."""

from pipeline.config.base import Name
from pipeline.config.views import Views


class Predictions(Views):
    """Softmax scores averaged over scales and flips, optionally refined by a CRF."""

    splits: tuple[Name, ...] | None = None
    """Splits to predict; all of them when not given."""
