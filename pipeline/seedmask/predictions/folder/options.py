"""Options of masks that another network predicted."""

from typing import Literal

from seedmask.config.base import Name
from seedmask.config.elsewhere import ElsewhereOptions


class PredictionFolderOptions(ElsewhereOptions):
    """Masks that another network predicted, from the same files as `masks` of `method: folder`, to be scored here.

    Any class may be predicted, whatever the picture's tags. A predicted 255 is counted as `evaluation` says.
    """

    method: Literal["folder"] = "folder"
    """Kind of prediction."""
    splits: tuple[Name, ...] | None = None
    """Splits to read; all of them when not given."""
