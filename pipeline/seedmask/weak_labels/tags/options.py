"""Options of weak labels that are made from tags, by way of seeds or masks."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat

from seedmask.config.base import Name, NonNegativeInt, VariantOf
from seedmask.config.stages import stage_of
from seedmask.config.threshold import FixedThreshold, LabelFreeThreshold, threshold_fit
from seedmask.config.variant import Fit
from seedmask.weak_labels.options import WeakLabelsOptions

SeedThreshold = Annotated[FixedThreshold | LabelFreeThreshold, Field(discriminator="mode")]


class TagsOptions(WeakLabelsOptions):
    """Confident labels of seeds or masks; the uncertain band between classes is unlabelled."""

    method: Literal["tags"] = "tags"
    """Kind of labels."""
    source: Annotated[str, VariantOf(("seeds", "masks"))] = Field(alias="from")
    """Seeds, or masks, whose 255 becomes unlabelled."""
    cams: Annotated[dict[Name, PositiveFloat], Field(min_length=1)] = {"cam": 1.0}  # noqa: RUF012  pydantic copies it
    """Of seeds: the sets of CAMs to read, each with its weight in their mean."""
    threshold: SeedThreshold = LabelFreeThreshold()
    """Of seeds: activation from which a pixel is surely of its class."""
    background_factor: Annotated[float, Field(ge=0, le=1)] | None = 0.5
    """Of seeds: activation below which a pixel is surely background, relative to `threshold`; `null`, as in a data set
    with `background: false`, where none is."""
    band: NonNegativeInt = 4
    """Pixels nearer than this to a pixel with another label become unlabelled."""

    @property
    def from_seeds(self) -> bool:
        """Whether the labels are made from seeds, and not from masks."""
        return stage_of(self.source).holds == "cams"

    def without_background(self) -> "TagsOptions":
        """No pixel is surely background; a threshold that divides it from the classes cannot be found.

        Raises:
            ValueError: such a threshold is asked for.
        """
        if self.from_seeds and self.threshold.mode == "label_free":
            raise ValueError(
                "`threshold: {mode: label_free}` divides classes from background, which a data set with "
                "`background: false` lacks; name the activation of sure pixels, `threshold: {mode: fixed, value: 0.5}`"
            )
        return super().without_background().unless_given(background_factor=None)

    def fit(self) -> Fit | None:
        """The fit of a label-free threshold."""
        return threshold_fit(self.threshold, self.source, self.cams) if self.from_seeds else None
