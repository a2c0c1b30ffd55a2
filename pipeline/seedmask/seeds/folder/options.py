"""Options of class activation maps that another program made."""

from typing import Literal

from seedmask.config.base import NonNegativeInt
from seedmask.config.elsewhere import ElsewhereOptions


class SeedFolderOptions(ElsewhereOptions):
    """Maps of another program: NPY or NPZ with all maps of a picture, or a PNG or TIFF for each class.

    Numbers are floats in 0..1, or 8 or 16 bits. Maps of another size than the picture are resized bilinearly; another
    shape is refused. Each tag of a picture needs a map.
    """

    method: Literal["folder"] = "folder"
    """Kind of seed."""
    other_classes: Literal["error", "ignore"] = "error"
    """A map of a class that is not among the picture's tags: refused with its name, or left out."""
    first_class: NonNegativeInt | None = None
    """Number of the first class where files give numbers of classes; 0 in dictionaries when not given, as IRN and PMM
    write them. Numbers in the names of files are not read without it."""
    dtype: Literal["uint8", "float16"] = "uint8"
    """Number format of the stored CAMs: steps of 1/255, or half precision."""
