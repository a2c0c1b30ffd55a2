"""Options of a segmenter's network, of whatever origin its weights are."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from seedmask.config.networks import EncoderOptions
from seedmask.config.registry import MethodOf, methods, rebuilt
from seedmask.config.variant import Architecture


def _spelt_out(value: Any) -> Any:
    """A plain name as keys: of our own architecture, else of one of segmentation-models-pytorch.

    Keys with a `decoder` are of the latter too.
    """
    if isinstance(value, Mapping) and "decoder" in value:
        return {"name": "smp", **value}
    if not isinstance(value, str):
        return value
    return {"name": value} if value in methods("architectures") else {"name": "smp", "decoder": value}


_Options = Annotated[Architecture, MethodOf("architectures")]


@rebuilt
class SegmenterNetworkOptions(EncoderOptions):
    """An encoder and the network over it."""

    # pydantic validates the default, which is written as in a configuration
    arch: Annotated[_Options, BeforeValidator(_spelt_out, json_schema_input_type=str | _Options)] = "DeepLabV3Plus"  # pyright: ignore[reportAssignmentType]
    """Network: the name of one of segmentation-models-pytorch, or one of ours, by name or with its keys."""

    @property
    def gives(self) -> tuple[str, ...]:
        """What its network gives beside logits."""
        return self.arch.gives

    def network(self) -> str:
        """The module of the architecture."""
        return self.arch.runs

    def network_arguments(self, classes: int, background: bool = True) -> tuple[Any, ...]:
        """The architecture's options, those of its encoder, and the number of labels."""
        return self.arch, self, classes + background
