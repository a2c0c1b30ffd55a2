"""Options of masks that another program made."""

from typing import Literal

from seedmask.config.elsewhere import ElsewhereOptions


class MaskFolderOptions(ElsewhereOptions):
    """Masks of another program: a folder with `<image id>.png` of the picture's size, or a COCO or Label Studio file.

    PNGs have a palette or 8-bit grey: 0 background, 1 the first class, 255 ignored; 254, unlabelled, is ignored too.
    """

    method: Literal["folder"] = "folder"
    """Kind of mask."""
    other_classes: Literal["error", "ignore"] = "error"
    """A class that is not among the picture's tags: refused with its name, or its pixels are ignored (255)."""
