"""Options of one variant, and what it needs besides them. The plan asks here, and so knows no method by name."""

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field, PositiveFloat

from seedmask.config.base import Name, Same, Settings, VariantOf


@dataclass(frozen=True)
class Fit:
    """A result over the whole set that the shards of a variant wait for.

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


class Component(Settings):
    """Options of a method, a loss or an architecture: anything that the registry knows by its name."""

    part: ClassVar[str] = "job"
    """Module in the folder of the options that does the work."""
    needs_background: ClassVar[str] = ""
    """Why it cannot be made for a data set without a background class; empty where it can."""
    runs: ClassVar[str]
    """The module that these options are for; `part` in the same folder unless a class names another one."""

    def __init_subclass__(cls, **keywords: Any):
        super().__init_subclass__(**keywords)
        cls.runs = vars(cls).get("runs") or cls.module_beside(cls.part)

    @classmethod
    def module_beside(cls, name: str) -> str:
        """Module in the folder of these options: of `seedmask.masks.crf.options`, `job` is `seedmask.masks.crf.job`.

        Empty for options that belong to no package, such as those of a notebook.
        """
        package = sys.modules[cls.__module__].__package__
        return importlib.util.resolve_name(f".{name}", package) if package else ""

    @property
    def title(self) -> str:
        """Its name, for people."""
        fields = dict(self)
        return fields.get("method") or fields.get("name", "")


class Architecture(Component):
    """Options of a segmenter's network. The module `runs` has `build(options, encoder, classes, first_weights=...)`."""

    part: ClassVar[str] = "network"
    gives: ClassVar[tuple[str, ...]] = ()
    """What it gives besides logits: `features`, if its network has `decoded`, features and their logits in one call."""


class Loss(Component):
    """Options of a segmenter's loss. The module `runs` has `build(options)`, which returns the loss."""

    part: ClassVar[str] = "loss"
    of_weak_labels: ClassVar[bool] = False
    """Whether it is a `WeakLoss` (`seedmask.networks.segmenter`), which separates unlabelled pixels from padding and
    looks at features; else it is a `Loss` of logits and masks."""


class Variant(Component):
    """Options of a method, or of a stage that has only one. The module `runs` has `run(job, device)`."""

    gpu: ClassVar[bool] = False
    """Whether a GPU is of use to its jobs."""
    is_seed_mask: ClassVar[bool] = False
    """Whether its masks are the thresholded seeds, which contact sheets show anyway."""
    gives: ClassVar[tuple[str, ...]] = ()
    """What other variants can use, where the methods of a stage differ: `scores` or `features` of a network,
    `boundaries`."""
    learns_tags: ClassVar[bool] = True
    """Of a network that gives scores: whether it is trained on tags, so that tags of held-out images test it."""

    def parts(self) -> dict[str, Component]:
        """What the registry brought: its method, or its loss and its network, by the key that names it."""
        own: dict[str, Component] = {"method": self} if "method" in type(self).model_fields else {}
        return own | {key: group for key, group in self.groups() if isinstance(group, Component)}

    def modules(self) -> tuple[str, ...]:
        """Modules that a job imports because of values of its options: its code, besides what it imports anyway."""
        return ()

    def network(self) -> str | None:
        """Module whose `build` makes the network that a training's weights belong to."""
        return None

    def network_options(self) -> Settings:
        """Options of its network, such as an encoder's, where they are not its own."""
        return self

    def network_arguments(self, classes: int, background: bool = True) -> tuple[Any, ...]:  # noqa: ARG002
        """What that `build` takes, besides `first_weights`.

        Args:
            classes: number of classes, without background.
            background: whether a pixel may belong to none of them.
        """
        return self, classes

    def fit(self) -> Fit | None:
        """The result over the whole set that it needs first."""
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

    def families(self) -> tuple[str, ...]:
        """What it learns from besides pictures, their tags and ImageNet, like `saliency`."""
        return ("pixel_labels",) if self.reads_truth() else ()

    def made_elsewhere(self) -> str:
        """Family of what made it, where another program did; tables mark it, and all that is made from it, by this."""
        return ""

    def own_splits(self) -> tuple[str, ...] | None:
        """Splits that its field `splits` names, empty for all of them; None without such a field.

        A variant without the field covers the splits of what it is made from, or all of them.
        """
        fields = dict(self)
        return tuple(fields["splits"] or ()) if "splits" in fields else None

    def cpu_threads(self) -> int:
        """CPU threads of one of its jobs, those of all its processes together: its fields `threads` and `processes`."""
        fields = dict(self)
        return fields.get("threads", 1) * fields.get("processes", 1)

    def gpus(self) -> int:
        """GPUs that one of its jobs can use: its field `processes`, or one."""
        return dict(self).get("processes", 1) if self.gpu else 0

    def own_replicates(self) -> int:
        """How often it is trained, each time from another seed: its field `replicates`."""
        return dict(self).get("replicates", 1)

    def reseeded(self: Same, number: int) -> Same:
        """The same with its field `seed`, if it has one, increased by the number of a replicate."""
        fields = dict(self)
        return self.model_copy(update={"seed": fields["seed"] + number}) if "seed" in fields else self


class FromSeeds(Variant):
    """Made from seeds."""

    source: Annotated[str, VariantOf(("seeds",))] = Field(alias="from")
    """Seeds they are made from."""
    cams: Annotated[dict[Name, PositiveFloat], Field(min_length=1)] = {"cam": 1.0}  # noqa: RUF012  pydantic copies it
    """Sets of CAMs to read from the seeds, each with its weight in their mean; most seeds have `cam` alone."""
