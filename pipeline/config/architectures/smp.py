"""Options of the networks of segmentation-models-pytorch."""

from typing import Any, ClassVar, Literal

from pipeline.config.variant import Architecture


class Smp(Architecture):
    """Any architecture of segmentation-models-pytorch; a plain name in the place of these keys means `decoder`."""

    gives: ClassVar[tuple[str, ...]] = ("features",)

    name: Literal["smp"] = "smp"
    """Kind of network."""
    decoder: str = "DeepLabV3Plus"
    """Architecture by its name there."""
    arguments: dict[str, Any] = {}  # noqa: RUF012  pydantic copies it
    """Further arguments of its class there, such as `encoder_output_stride: 8` of DeepLabV3Plus."""

    @property
    def title(self) -> str:
        """The architecture's own name."""
        return self.decoder
