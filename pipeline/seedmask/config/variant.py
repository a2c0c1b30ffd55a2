"""Options of one variant, and what it needs beside them. The plan asks here, and so knows no method by name."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field, PositiveFloat

from seedmask.config.base import Name, Settings, VariantOf


@dataclass(frozen=True)
class Fit:
    """What is found over the whole set before the shards of a variant are made.

    Args:
        runs: module whose `run(job, device)` writes `fit.json`.
        options: settings of its job.
        sources: variants that it reads all of.
        files: files of the user's that it reads.
        truth: whether it looks at pixel labels.
    """

    runs: str
    options: Mapping[str, Any]
    sources: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    truth: bool = False


def beside(options: type, name: str) -> str:
    """Module in the folder of some options: `seedmask.masks.crf.job` of options in `seedmask.masks.crf.options`.

    Empty for options that lie in no folder of their own.
    """
    package = sys.modules[options.__module__].__package__
    return f"{package}.{name}" if package else ""


class Component(Settings):
    """Options of anything that has a module of the same name elsewhere: a method, a loss, an architecture."""

    part: ClassVar[str] = "job"
    """Module beside the options that does the work."""
    runs: ClassVar[str]
    """The module that these options are for; the one beside them where a class does not say."""

    def __init_subclass__(cls, **keywords: Any):
        super().__init_subclass__(**keywords)
        cls.runs = vars(cls).get("runs") or beside(cls, cls.part)

    @property
    def title(self) -> str:
        """Its name, for people."""
        return getattr(self, "method", None) or getattr(self, "name", "")


class Architecture(Component):
    """Options of a segmenter's network. The module `runs` has `build(options, encoder, classes, first_weights=...)`."""

    part: ClassVar[str] = "network"
    gives: ClassVar[tuple[str, ...]] = ()
    """What it gives beside logits: `features`, if its network has `decoded`, one map of features and their logits."""


class Loss(Component):
    """Options of a segmenter's loss. The module `runs` has `of(options)`, which gives the loss."""

    part: ClassVar[str] = "loss"
    of_weak_labels: ClassVar[bool] = False
    """Whether it is a `WeakLoss` (`seedmask.segmenters.network`), which tells unlabelled pixels from padding and looks
    at features; else it is a `Loss` of logits and masks."""


class Variant(Component):
    """Options of a method, or of a stage that has only one. The module `runs` has `run(job, device)`."""

    gpu: ClassVar[bool] = False
    """Whether a GPU is of use to its jobs."""
    is_seed_mask: ClassVar[bool] = False
    """Whether its masks are the thresholded seeds, which contact sheets show anyway."""
    gives: ClassVar[tuple[str, ...]] = ()
    """What others can ask of it, where a stage's methods differ: `scores` or `features` of a network, `boundaries`."""

    def rooms(self) -> tuple[str, ...]:
        """Modules that a job finds by the values of its options: they count as its code beside those it imports."""
        return ()

    def network(self) -> str | None:
        """Module whose `build` makes the network that a training's weights belong to."""
        return None

    def fit(self) -> Fit | None:
        """What is found over the whole set first."""
        return None

    def files(self) -> tuple[str, ...]:
        """Files and folders of the user's that it reads besides the data set's."""
        return ()

    def provenance(self) -> str:
        """What went into it that was made elsewhere, for people; empty where nothing did."""
        return ""

    def pixel_labels(self) -> str:
        """How truth goes into the result before it is scored; empty where it does not."""
        return "learns from truth masks" if self.reads_truth() else ""


class FromSeeds(Variant):
    """Made from seeds."""

    source: Annotated[str, VariantOf(("seeds",))] = Field(alias="from")
    """Seeds they are made from."""
    cams: Annotated[dict[Name, PositiveFloat], Field(min_length=1)] = {"cam": 1.0}  # noqa: RUF012  pydantic copies it
    """Sets of CAMs to read from the seeds, each with its weight in their mean; most seeds have `cam` alone."""
