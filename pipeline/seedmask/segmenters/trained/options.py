"""Options of the segmenters that are trained."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, model_validator

from seedmask.config.base import Epochs, VariantOf
from seedmask.config.networks import FromMasks
from seedmask.config.registry import MethodOf, rebuilt
from seedmask.config.stages import stage_of
from seedmask.config.variant import Component, Loss
from seedmask.segmenters.options import SegmenterNetworkOptions


@rebuilt
class SegmenterOptions(SegmenterNetworkOptions, FromMasks):
    """A network trained on masks, or on labels of some pixels."""

    method: Literal["trained"] = "trained"
    """Kind of segmenter."""
    source: Annotated[str, VariantOf(("masks", "weak_labels"), truth=True)] = Field(alias="from")
    """Masks or weak labels to learn from; `truth` trains on the true masks and is named so in the report."""
    # pydantic validates the default, which is written as in a configuration
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
    def title(self) -> str:
        """The architecture's name."""
        return self.arch.title

    def parts(self) -> dict[str, Component]:
        """Its network and its loss, which say more than the method."""
        return {"arch": self.arch, "loss": self.loss}

    def modules(self) -> tuple[str, ...]:
        """The modules of the loss and of the network."""
        return self.loss.runs, self.arch.runs
