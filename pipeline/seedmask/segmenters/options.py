"""Options of the segmenters."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PositiveFloat, model_validator

from seedmask.config.base import Epochs, VariantOf
from seedmask.config.networks import FromMasks
from seedmask.config.registry import MethodOf, methods, rebuilt
from seedmask.config.stages import stage_of
from seedmask.config.variant import Architecture, Loss


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
class SegmenterOptions(FromMasks):
    """A network trained on masks, or on labels of some pixels."""

    source: Annotated[str, VariantOf(("masks", "weak_labels"), truth=True)] = Field(alias="from")
    """Masks or weak labels to learn from; `truth` trains on the true masks and is named so in the report."""
    # pydantic validates both defaults, which are written as in a configuration
    arch: Annotated[_Options, BeforeValidator(_spelt_out, json_schema_input_type=str | _Options)] = "DeepLabV3Plus"  # pyright: ignore[reportAssignmentType]
    """Network: the name of one of segmentation-models-pytorch, or one of ours, by name or with its keys."""
    loss: Annotated[Loss, MethodOf("losses")] = {"name": "cross_entropy"}  # noqa: RUF012  # pyright: ignore[reportAssignmentType]
    """Training loss."""
    epochs: Epochs = 8
    """Passes over the training pictures."""
    lr: PositiveFloat = 0.01
    """Learning rate of pretrained layers at the first step."""

    @model_validator(mode="after")
    def _loss_has_what_it_needs(self):
        if not self.loss.of_weak_labels:
            return self
        if stage_of(self.source).holds != "labels":
            raise ValueError(
                f"loss {self.loss.title} learns from weak labels, `from` is {self.source}; of masks, "
                f"`weak_labels: {{x: {{method: tags, from: {self.source}}}}}` makes some"
            )
        if "features" not in self.arch.gives:
            raise ValueError(
                f"loss {self.loss.title} looks at one map of features, which {self.arch.title} does not give; "
                "choose an architecture of segmentation-models-pytorch"
            )
        return self

    @property
    def gives(self) -> tuple[str, ...]:
        """What its network gives beside logits."""
        return self.arch.gives

    @property
    def title(self) -> str:
        """The architecture's name."""
        return self.arch.title

    def modules(self) -> tuple[str, ...]:
        """The modules of the loss and of the network."""
        return self.loss.runs, self.arch.runs

    def network(self) -> str:
        """The module of the architecture."""
        return self.arch.runs
