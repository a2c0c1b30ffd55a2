"""Options of the networks of segmentation-models-pytorch."""

from typing import Any, ClassVar, Literal

from pydantic import field_validator

from seedmask.config.variant import Architecture

ELSEWHERE = frozenset(
    ("encoder_name", "encoder_weights", "in_channels", "classes", "pretrained", "checkpoint_path", "cache_dir",
     "pretrained_cfg", "pretrained_cfg_overlay")
)  # fmt: skip
"""Arguments that options of their own stand for, or through which timm would read unchecked files."""


class SmpOptions(Architecture):
    """Any architecture of segmentation-models-pytorch; a plain name in the place of these keys means `decoder`."""

    gives: ClassVar[tuple[str, ...]] = ("features",)

    name: Literal["smp"] = "smp"
    """Kind of network."""
    decoder: str = "DeepLabV3Plus"
    """Architecture by its name there."""
    arguments: dict[str, Any] = {}  # noqa: RUF012  pydantic copies it
    """Further arguments of its class there, such as `encoder_output_stride: 8` of DeepLabV3Plus."""

    @field_validator("arguments")
    @classmethod
    def _keep_to_their_place(cls, arguments: dict[str, Any]) -> dict[str, Any]:
        for name in arguments:
            if name in ELSEWHERE:
                raise ValueError(
                    f"{name} is not said here, but by the segmenter's `encoder`, `weights` and the classes"
                )
        return arguments

    @property
    def title(self) -> str:
        """The architecture's own name."""
        return self.decoder
