"""Settings for every variant of a stage at once, under `*` in the place of a name."""

from collections.abc import Iterator, Mapping
from typing import Any

from seedmask.config.explain import nearest
from seedmask.config.lines import EVERY, SourceLines
from seedmask.config.registry import methods
from seedmask.config.stages import STAGES, Stage
from seedmask.config.variant import Component
from seedmask.errors import Problem


def spread(values: Mapping[str, Any], lines: SourceLines) -> tuple[dict[str, Any], list[Problem]]:
    """Put what stands under `*` into the variants of its stage, in the place of what they say themselves.

    A variant takes the keys that its method has. Of a mapping, such as `augmentation`, it takes part if it has one
    itself, key by key.

    Args:
        values: a configuration, not checked yet.
        lines: its files, for problems.

    Returns:
        the configuration without `*`, and a problem for each key that no method of the stage has.
    """
    result, problems = dict(values), []
    for stage in STAGES.values():
        variants = values.get(stage.name)
        if not isinstance(variants, Mapping) or not isinstance(variants.get(EVERY), Mapping):
            continue
        every = variants[EVERY]
        others = {name: one for name, one in variants.items() if name != EVERY}
        result[stage.name] = {name: _with(one, every, stage) for name, one in others.items()}
        problems += _unknown(stage, every, lines)
    return result, problems


def _with(variant: Any, every: Mapping[str, Any], stage: Stage) -> Any:
    """A variant with what it takes of `*`."""
    options = (
        methods(stage.name).get(variant.get("method", stage.default_method)) if isinstance(variant, Mapping) else None
    )
    if options is None:
        return variant
    keys = _keys(options)
    taken = {
        key: value
        for key, value in every.items()
        if key in keys and (isinstance(variant.get(key), Mapping) or not isinstance(value, Mapping))
    }
    return _over(variant, taken)


def _over(own: Any, every: Any) -> Any:
    if not (isinstance(own, Mapping) and isinstance(every, Mapping)):
        return every
    return {**own, **{key: _over(own.get(key), value) for key, value in every.items()}}


def _unknown(stage: Stage, every: Mapping[str, Any], lines: SourceLines) -> Iterator[Problem]:
    known = sorted({key for options in methods(stage.name).values() for key in _keys(options)})
    for key in every:
        if key not in known:
            where, found = lines.where((stage.name, EVERY, key)), f"{stage.name}.{EVERY}: no method has a key {key!r}"
            yield Problem(where, found, f"write {nearest(key, known)}, or delete it")


def _keys(options: type[Component]) -> set[str]:
    return {field.alias or name for name, field in options.model_fields.items()}
