"""The whole configuration: a graph of named variants.

Errors name the key, the file and line, and the nearest existing name. Nothing heavy is imported here: Snakemake
reads this module whenever it parses the Snakefile.
"""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, create_model, model_validator

from seedmask.config import registry
from seedmask.config.background import without_background
from seedmask.config.base import TRUTH, Name, NonNegativeInt, Settings, VariantOf
from seedmask.config.dataset import Dataset
from seedmask.config.every import spread
from seedmask.config.explain import explain, nearest
from seedmask.config.lines import SourceLines
from seedmask.config.protocols import PROTOCOLS, AbsentClass, IgnoredPrediction, ProtocolName
from seedmask.config.reading import read_values
from seedmask.config.registry import MethodOf
from seedmask.config.replicates import uneven
from seedmask.config.stages import STAGES
from seedmask.config.variant import Variant
from seedmask.errors import InputError, Problem


class EvaluationOptions(Settings):
    """Choices that change a score; every table names them."""

    protocol: ProtocolName | tuple[ProtocolName, ...] = ()
    """A published way to score, or several: `voc`, `coco81`, `cityscapes` or `ade20k` for every result, `irn-seeds` and
    `seam-seeds` for activation maps, in the place of the former (docs/protocols.md). The keys below are for results
    that none of them is about."""
    absent_class: AbsentClass = "skip_union"
    """A class without pixels: left out of the mean if in neither truth nor prediction, if not in truth, or 0."""
    ignore_pred: IgnoredPrediction = "background"
    """A predicted 255: counted as background (as wrong, with `background: false` of the data set), refused, or left out
    of the count."""

    @model_validator(mode="after")
    def _one_way_to_score(self):
        if len(general := [name for name in self.protocols() if not PROTOCOLS[name].seeds_only]) > 1:
            raise ValueError(f"protocol: {' and '.join(general)} are both about every result; name one of them")
        for name in general:
            for key in ("absent_class", "ignore_pred"):
                own, theirs = getattr(self, key), getattr(PROTOCOLS[name], key)
                if key in self.model_fields_set and own != theirs:
                    raise ValueError(f"{key} {own}: {name} has {theirs}; leave out the key, or the protocol")
        return self

    def protocols(self) -> tuple[ProtocolName, ...]:
        """The named protocols."""
        return (self.protocol,) if isinstance(self.protocol, str) else self.protocol

    def counting(self) -> dict[str, str]:
        """How masks are counted: as the protocol that is about every result does, or as the keys say."""
        general = next((PROTOCOLS[name] for name in self.protocols() if not PROTOCOLS[name].seeds_only), self)
        return {"absent_class": general.absent_class, "ignore_pred": general.ignore_pred}


class ReportOptions(Settings):
    """What the report shows."""

    images: NonNegativeInt = 8
    """Pictures of each split on a contact sheet."""
    smallest: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Share of a picture that a class must cover to count as predicted, where it is compared with the tags."""


class _WithDataset(Settings):
    dataset: Dataset
    """The pictures."""


_fields: dict[str, Any] = {
    stage.name: (
        dict[Name, Annotated[Variant, MethodOf(stage.name, stage.default_method)]],
        Field(default_factory=dict, description=stage.description),
    )
    for stage in STAGES.values()
}
_WithStages = create_model("_WithStages", __base__=_WithDataset, **_fields)


@registry.rebuilt
class Config(_WithStages):
    """A data set and the variants of every stage; each variant is a name that the user chooses."""

    evaluation: EvaluationOptions = EvaluationOptions()
    """How scores are counted."""
    report: ReportOptions = ReportOptions()
    """The HTML page."""

    def variants(self) -> Iterator[tuple[str, Variant]]:
        """Every variant as (`"seeds/cam"`, settings), in the order of the stages."""
        for stage in STAGES:
            for name, settings in self.of_stage(stage).items():
                yield f"{stage}/{name}", settings

    def with_variants(self, variants: Mapping[str, Variant]) -> "Config":
        """The same with other settings of some variants, by their `stage/name`."""
        stages = {stage: dict(self.of_stage(stage)) for stage in STAGES}
        for reference, settings in variants.items():
            stage, name = reference.split("/")
            stages[stage][name] = settings
        return self.model_copy(update=stages)

    def of_stage(self, stage: str) -> Mapping[str, Variant]:
        """Variants of a stage by their names."""
        return dict(self)[stage]

    def variant(self, reference: str) -> Variant:
        """Settings of one variant, by its `stage/name`."""
        stage, name = reference.split("/")
        return self.of_stage(stage)[name]


def load(values: Mapping[str, Any], files: Sequence[Path]) -> Config:
    """Check a merged configuration.

    Args:
        values: the merged mapping, as Snakemake hands it over.
        files: the files it came from, later ones having precedence; only used to name lines in errors.

    Raises:
        InputError: every problem at once, each with file, line and remedy.
    """
    if problems := registry.problems():
        raise InputError("methods", problems)
    lines = SourceLines(files)
    problems = [
        Problem(where, f"{key}: is repeated (first in line {first})", "keep one of them")
        for where, key, first in lines.repeated()
    ]
    if problems:
        raise InputError("configuration", problems)
    values, problems = spread(values, lines)
    if problems:
        raise InputError("configuration", problems)
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        problems = explain(error, values, Config.model_json_schema(), lines)
        raise InputError("configuration", problems) from None
    problems = [*_dangling(config, lines)] or [*_cycles(config, lines)]
    problems = problems or [*uneven(dict(config.variants()), lines)]
    if not problems and not config.dataset.background:
        variants, problems = without_background(dict(config.variants()), lines)
        config = config.with_variants(variants)
    if problems:
        raise InputError("configuration", problems)
    return config


def load_file(path: Path) -> Config:
    """Read and check one YAML file."""
    return load(read_values(path), [path])


def _dangling(config: Config, lines: SourceLines) -> Iterator[Problem]:
    existing = dict(config.variants())
    for reference, settings in config.variants():
        stage, name = reference.split("/")
        for _, target, mark in settings.marked():
            if mark.truth and target == TRUTH:
                continue
            fitting = sorted(name for name in existing if _fits(existing[name], name, mark))
            if target in fitting:
                continue
            field = lines.field_with_value((stage, name), target)
            fitting += [TRUTH] * mark.truth
            problem = "names nothing"
            if target in existing:
                right_stage = target.split("/")[0] in mark.stages
                problem = f"gives no {mark.gives}" if right_stage else f"is not a variant of {' or '.join(mark.stages)}"
            kind = f" that gives {mark.gives}" * bool(mark.gives)
            remedy = f"write {nearest(target, fitting)}" if fitting else f"add a variant{kind} to {mark.stages[0]}"
            yield Problem(lines.where(field), f"{reference}: from {target!r} {problem}", remedy)


def _fits(settings: Variant, reference: str, mark: VariantOf) -> bool:
    return reference.split("/")[0] in mark.stages and (not mark.gives or mark.gives in settings.gives)


def _cycles(config: Config, lines: SourceLines) -> Iterator[Problem]:
    graph = {reference: set(settings.references()) for reference, settings in config.variants()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        ring = error.args[1]
        where = ", ".join(lines.where(tuple(step.split("/"))) for step in ring[1:])
        yield Problem(where, "a cycle: " + " -> ".join(ring), "let one of them start from another variant")
