"""Options of saliency maps from a folder of the user's."""

from typing import Literal

from seedmask.saliency.options import SaliencyOptions


class FolderOptions(SaliencyOptions):
    """Saliency from a folder of pictures, one for each image, 0 where nothing stands out."""

    method: Literal["folder"] = "folder"
    """Kind of saliency."""
    folder: str
    """Folder, relative to the working directory, with `<image id>.png` or another format: grey of 8 or 16 bits, or
    floats 0..1, of the picture's size."""
    invert: bool = False
    """Whether the background is bright and objects are dark."""
    resize: bool = False
    """Whether maps of another size are resized; without it they are refused."""

    def files(self) -> tuple[str, ...]:
        """The maps."""
        return (self.folder,)
