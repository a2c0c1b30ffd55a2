"""Options of the segmenters' predictions."""

from typing import Literal

from seedmask.config.base import Name
from seedmask.config.views import ViewOptions


class NetworkPredictionsOptions(ViewOptions):
    """Softmax scores averaged over scales and flips, optionally refined by a CRF."""

    method: Literal["network"] = "network"
    """Kind of prediction."""
    splits: tuple[Name, ...] | None = None
    """Splits to predict; all of them when not given."""
