"""Options of maps and masks that another program made, and how they are named wherever they are used."""

from collections.abc import Mapping
from typing import Literal

from seedmask.config.base import Name, NonNegativeInt
from seedmask.config.variant import Fit, Variant

Origin = Literal["closed_world", "saliency", "foundation", "pixel_labels"]
"""Family of a method, by what it learned from besides the pictures."""
FAMILIES: Mapping[Origin, str] = {
    "closed_world": "closed world, image tags alone",
    "saliency": "uses saliency maps",
    "foundation": "uses a foundation model",
    "pixel_labels": "uses pixel labels",
}
"""The families as tables name them."""


class OriginOptions(Variant):
    """What another program made, from files."""

    origin: Origin
    """What the other program learned from besides the pictures: image tags alone, and ImageNet (`closed_world`);
    saliency maps too (`saliency`); a model such as CLIP, SAM or DINO (`foundation`); masks or other labels of pixels
    (`pixel_labels`). Tables and all that is made from it say so."""

    def provenance(self) -> str:
        """The files, and the family of what made them."""
        return f"{', '.join(self.files())}, {FAMILIES[self.origin]}"

    def families(self) -> tuple[str, ...]:
        """The family of what made them."""
        return () if self.origin == "closed_world" else (self.origin,)

    def made_elsewhere(self) -> str:
        """The family of what made them, in words."""
        return FAMILIES[self.origin]

    def pixel_labels(self) -> str:
        """Whether the other program learned from pixel labels."""
        return "made elsewhere with pixel labels" if self.origin == "pixel_labels" else ""


class ElsewhereOptions(OriginOptions):
    """What another program made of the pictures, from files; a file has to be there for each picture."""

    path: str
    """Folder or file, relative to the working directory."""
    splits: tuple[Name, ...] | None = ("train",)
    """Splits to read; all of them where it is `null`."""

    def fit(self) -> Fit:
        """All files are looked for before the first shard is made."""
        return Fit(self.module_beside("fit"), self.model_dump(mode="json", by_alias=True), files=(self.path,))

    def files(self) -> tuple[str, ...]:
        """The user's file or folder."""
        return (self.path,)


class NetworkFileOptions(OriginOptions):
    """A network that another program trained, from a file; nothing is trained here."""

    weights: str
    """File of torch or safetensors with the network's tensors, under our names or, for networks of papers, under those
    of the authors' code; relative to the working directory."""
    weights_sha256: str | None = None
    """Expected SHA-256 of the file; checked when given."""
    channels: tuple[NonNegativeInt, ...] | None = None
    """Channel of its last layers for each label, counted from 0, where the file has more of them or another order;
    background comes first where the network has it."""

    def files(self) -> tuple[str, ...]:
        """The file."""
        return (self.weights,)
