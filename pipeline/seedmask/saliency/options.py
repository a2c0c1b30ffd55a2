"""Options that all saliency maps share."""

from seedmask.config.base import Name
from seedmask.config.variant import Variant


class SaliencyOptions(Variant):
    """A map for each picture, 0..1: how much a pixel stands out, whatever its class."""

    stretch: bool = False
    """Whether each map is stretched to 0..1; where nothing stands out, that makes an object of noise."""
    origin: str = ""
    """What made the maps and what it was trained on, for the report; known for `u2netp` and `u2net`."""
    splits: tuple[Name, ...] = ("train",)
    """Splits to make maps for."""

    def families(self) -> tuple[str, ...]:
        """Saliency is more than tags."""
        return ("saliency",)

    def provenance(self) -> str:
        """What made the maps."""
        return self.origin or "maps of unknown origin; say in `origin` what made them"
