"""Variants of a data set without a background class: what they become, and those that are refused by name."""

from collections.abc import Iterator, Mapping

from seedmask.config.base import Settings
from seedmask.config.lines import SourceLines
from seedmask.config.registry import methods
from seedmask.config.variant import Component, Variant
from seedmask.errors import Problem


def without_background(variants: Mapping[str, Variant], lines: SourceLines) -> tuple[dict[str, Variant], list[Problem]]:
    """Variants as they are made without a background class, by their names, and what cannot be made.

    Args:
        variants: settings of each variant, by its `stage/name`.
        lines: line of each key.
    """
    changed: dict[str, Variant] = {}
    problems: list[Problem] = []
    for reference, settings in variants.items():
        stage, name = reference.split("/")
        where = lines.where((stage, name))
        refusals = [*_refused(settings)]
        for part in refusals:
            found = f"{reference}: {part.title} is made for data sets with a background class ({part.needs_background})"
            problems.append(Problem(where, f"{found}; this one has `background: false`", _others(stage, part)))
        try:
            changed[reference] = settings.without_background()
        except ValueError as error:
            found, _, remedy = str(error).rpartition("; ")
            problems += [] if refusals else [Problem(where, f"{reference}: {found}", remedy)]
    return changed, problems


def _refused(settings: Settings) -> Iterator[Component]:
    """Methods and parts of a variant that are defined only with a background."""
    if isinstance(settings, Component) and settings.needs_background:
        yield settings
    for _, group in settings.groups():
        yield from _refused(group)


def _others(stage: str, part: Component) -> str:
    """Methods of a stage that are made without a background too."""
    names = sorted(name for name, options in methods(stage).items() if not options.needs_background)
    return f"choose one of {', '.join(names)}" if names and "method" in type(part).model_fields else "leave it out"
