"""The whole configuration: a graph of named variants.

Errors name the key, the file and line, and the nearest existing name. Nothing heavy is imported here: Snakemake
reads this module whenever it parses the Snakefile.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from pydantic import Field, NonNegativeInt, ValidationError

from pipeline.config.base import Name, Settings
from pipeline.config.classifiers import Classifier
from pipeline.config.dataset import Dataset
from pipeline.config.evaluation import Evaluation
from pipeline.config.lines import Lines
from pipeline.config.masks import Masks
from pipeline.config.predictions import Predictions
from pipeline.config.seeds import Seeds
from pipeline.config.segmenters import Segmenter
from pipeline.errors import InputError, Problem, SeedmaskError


class Report(Settings):
    """What the report shows."""

    pictures: NonNegativeInt = 8
    """Pictures of each split on a contact sheet."""


class Config(Settings):
    """A data set and the variants of every stage; each variant is a name that the user chooses."""

    dataset: Dataset
    """The pictures."""
    classifiers: dict[Name, Classifier] = Field(default_factory=dict)
    """Networks trained on image tags."""
    seeds: dict[Name, Seeds] = Field(default_factory=dict)
    """Class activation maps."""
    masks: dict[Name, Masks] = Field(default_factory=dict)
    """Pseudo-masks."""
    segmenters: dict[Name, Segmenter] = Field(default_factory=dict)
    """Networks trained on masks."""
    predictions: dict[Name, Predictions] = Field(default_factory=dict)
    """What segmenters say of each picture."""
    evaluation: Evaluation = Evaluation()
    """How scores are counted."""
    report: Report = Report()
    """The HTML page."""

    def variants(self) -> Iterator[tuple[str, Settings]]:
        """Every variant as (`"seeds/cam"`, settings), in the order of the stages."""
        for stage in STAGES:
            for name, settings in getattr(self, stage).items():
                yield f"{stage}/{name}", settings

    def variant(self, reference: str) -> Settings:
        """Settings of one variant, by its `stage/name`."""
        stage, name = reference.split("/")
        return getattr(self, stage)[name]


STAGES = ("classifiers", "seeds", "masks", "segmenters", "predictions")
"""Stages that have variants, in the order in which they feed each other."""


def load(values: Mapping[str, Any], files: Sequence[Path]) -> Config:
    """Check a merged configuration.

    Args:
        values: the merged mapping, as Snakemake hands it over.
        files: the files it came from, later ones having precedence; only used to name lines in errors.

    Raises:
        InputError: every problem at once, each with file, line and remedy.
    """
    lines = Lines(files)
    try:
        config = Config.model_validate(dict(values))
    except ValidationError as error:
        raise InputError("configuration", [_explain(e, values, lines) for e in error.errors()]) from None
    problems = [*_dangling(config, lines)] or [*_cycles(config, lines)]
    if problems:
        raise InputError("configuration", problems)
    return config


def load_file(path: Path) -> Config:
    """Read and check one YAML file."""
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SeedmaskError(f"{path}: cannot be read ({error.strerror}); name an existing file") from None
    except yaml.YAMLError as error:
        raise SeedmaskError(f"{path}: is not YAML ({error})") from None
    return load(values or {}, [path])


def _explain(error: Mapping[str, Any], values: Mapping[str, Any], lines: Lines) -> Problem:
    path = _own_path(error["loc"], values)
    where, key = lines.where(path), ".".join(map(str, path))
    if error["type"] == "extra_forbidden":
        known = _known_keys(path[:-1])
        remedy = f"remove it, or write {_nearest(str(path[-1]), known)}"
        return Problem(where, f"{key}: unknown key", remedy)
    found = error["msg"][:1].lower() + error["msg"][1:]
    if error["type"] == "missing":
        return Problem(lines.where(path[:-1]), f"{key}: missing", f"add `{path[-1]}:`")
    shown = "" if isinstance(error["input"], Mapping) else f" (found {error['input']!r})"
    return Problem(where, f"{key}: {found}{shown}", "see docs/config.md")


def _own_path(location: Sequence[str | int], values: Any) -> tuple[str | int, ...]:
    """The part of pydantic's location that stands in the file: without the tags of unions and aliases."""
    path: list[str | int] = []
    for position, step in enumerate(location):
        if isinstance(values, Mapping) and step in values:
            values = values[step]
        elif isinstance(values, Sequence) and not isinstance(values, str) and isinstance(step, int):
            values = values[step] if step < len(values) else None
        elif position < len(location) - 1:
            continue
        path.append(step)
    return tuple(path)


def _known_keys(path: Sequence[str | int]) -> list[str]:
    """Keys that may stand below a path, of all methods together."""
    schema = Config.model_json_schema(by_alias=True)
    nodes = [schema]
    for step in path:
        nodes = [child for node in nodes for child in _children(node, str(step), schema)]
    return sorted({key for node in nodes for end in _resolve(node, schema) for key in end.get("properties", {})})


def _resolve(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "$ref" in node:
        yield from _resolve(schema["$defs"][node["$ref"].rsplit("/", 1)[1]], schema)
    elif options := node.get("oneOf") or node.get("anyOf"):
        for option in options:
            yield from _resolve(option, schema)
    else:
        yield node


def _children(node: Mapping[str, Any], step: str, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for end in _resolve(node, schema):
        if step in end.get("properties", {}):
            yield end["properties"][step]
        elif isinstance(end.get("additionalProperties"), Mapping):
            yield end["additionalProperties"]
        else:
            yield from end.get("patternProperties", {}).values()


def _nearest(word: str, known: Sequence[str]) -> str:
    match = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f'"{match[0]}"' if match else "one of " + ", ".join(known)


def _dangling(config: Config, lines: Lines) -> Iterator[Problem]:
    existing = {reference for reference, _ in config.variants()}
    for reference, settings in config.variants():
        stage, name = reference.split("/")
        for target, mark in settings.references().items():
            if target in existing and target.split("/")[0] in mark.stages:
                continue
            field = lines.field_with_value((stage, name), target)
            fitting = sorted(e for e in existing if e.split("/")[0] in mark.stages)
            problem = "names nothing" if target not in existing else f"is no variant of {' or '.join(mark.stages)}"
            remedy = f"write {_nearest(target, fitting)}" if fitting else f"add a variant to {mark.stages[0]}"
            yield Problem(lines.where(field), f"{reference}: from {target!r} {problem}", remedy)


def _cycles(config: Config, lines: Lines) -> Iterator[Problem]:
    graph = {reference: set(settings.references()) for reference, settings in config.variants()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        ring = error.args[1]
        where = ", ".join(lines.where(tuple(step.split("/"))) for step in ring[1:])
        yield Problem(where, "a cycle: " + " -> ".join(ring), "let one of them start from another variant")
