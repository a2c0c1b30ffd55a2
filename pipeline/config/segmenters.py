"""Options of the segmenters."""

from typing import Annotated, Any

from pydantic import BeforeValidator, PositiveFloat, PositiveInt

from pipeline.config.networks import FromMasks
from pipeline.config.rooms import rooms, union

Loss = union("losses")
_Options = union("architectures")


def _spelt_out(value: Any) -> Any:
    """A plain name as keys: of our own architecture, else of one of segmentation-models-pytorch."""
    if not isinstance(value, str):
        return value
    return {"name": value} if value in rooms("architectures") else {"name": "smp", "decoder": value}


Architecture = Annotated[_Options, BeforeValidator(_spelt_out, json_schema_input_type=str | _Options)]


class Segmenter(FromMasks):
    """A network trained on masks."""

    arch: Architecture = "DeepLabV3Plus"
    """Network: the name of one of segmentation-models-pytorch, or one of ours, by name or with its keys."""
    loss: Loss = {"name": "cross_entropy"}  # noqa: RUF012  pydantic copies it
    """Training loss."""
    epochs: PositiveInt = 8
    """Passes over the training pictures."""
    lr: PositiveFloat = 0.01
    """Learning rate of pretrained layers at the first step."""

    @property
    def title(self) -> str:
        """The architecture's name."""
        return self.arch.title

    def rooms(self) -> tuple[str, ...]:
        """Those of the loss and of the network."""
        return self.loss.runs, self.arch.runs

    def network(self) -> str:
        """The module of the architecture."""
        return self.arch.runs
