"""Which methods, losses and architectures there are: the modules of this folder's folders, and what packages bring.

A package brings a method by an entry point: group `seedmask.masks`, name as in the configuration, value the class of
its options. Nothing here names a method, and nothing heavy is imported: options are light, what they are for is not.
"""

import importlib
import importlib.metadata
import importlib.util
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BeforeValidator, Field, TypeAdapter

from seedmask.config.base import Settings
from seedmask.config.variant import Architecture, Component, Loss, Variant
from seedmask.errors import Problem

PACKAGE = Path(__file__).parents[1]
KEYS = {
    "saliency": "method",
    "classifiers": "method",
    "seeds": "method",
    "masks": "method",
    "weak_labels": "method",
    "losses": "name",
    "architectures": "name",
}
"""Kinds of room, each with the key that tells its rooms apart."""
FOLDERS = {"architectures": "segmenters"}
"""Folder of a kind, where that has another name."""
BASES = {"losses": Loss, "architectures": Architecture}
"""What the options of a kind inherit, where that is not `Variant`."""
DEFAULT_METHOD = "x-default-method"
"""Key in the JSON schema of a union whose `method` need not be named."""


@dataclass(frozen=True)
class PlugIn:
    """An entry point of an installed package."""

    kind: str
    name: str
    package: str
    """Name and version of the distribution."""
    value: str

    def __str__(self) -> str:
        return f"package {self.package}, entry point {self.name} = {self.value} of seedmask.{self.kind}"


@cache
def rooms(kind: str) -> Mapping[str, type[Component]]:
    """Options of every room of a kind by name, ours first; packages that bring something unusable are left out."""
    found = dict(_ours(kind))
    return found | {outside.name: options for outside, options in _outside(kind) if isinstance(options, type)}


def problems() -> list[Problem]:
    """What is wrong with installed packages, one problem for each entry point that cannot be used."""
    return [
        Problem(str(outside), found, f"mend or uninstall {outside.package.split()[0]}")
        for kind in KEYS
        for outside, found in _outside(kind)
        if isinstance(found, str)
    ]


def origin(options: type[Settings]) -> str:
    """Name and version of the package that brought some options; empty for ours."""
    return next((o.package for kind in KEYS for o, found in _outside(kind) if found is options), "")


def union(kind: str, default: str | None = None) -> Any:
    """Type of a field that holds the options of one room, told apart by the kind's key.

    Args:
        kind: one of `KEYS`.
        default: the room that is meant where none is named.
    """
    key, options = KEYS[kind], tuple(rooms(kind).values())
    if default is None:
        return Annotated[Union[options], Field(discriminator=key)]  # noqa: UP007  options is a tuple

    def named(value: Any) -> Any:
        return {key: default, **value} if isinstance(value, Mapping) else value

    mark = Field(discriminator=key, json_schema_extra={DEFAULT_METHOD: default})
    return Annotated[Union[options], mark, BeforeValidator(named)]  # noqa: UP007


def options_of(kind: str, values: Mapping[str, Any]) -> Component:
    """Options as a manifest holds them, with their type."""
    return TypeAdapter(rooms(kind)[values[KEYS[kind]]]).validate_python(values)


def _ours(kind: str) -> Iterator[tuple[str, type[Component]]]:
    folder = FOLDERS.get(kind, kind)
    for found in pkgutil.iter_modules([str(PACKAGE / folder)]):
        if found.ispkg:
            module = importlib.import_module(f"{PACKAGE.name}.{folder}.{found.name}.options")
            yield found.name, _options_in(module, KEYS[kind], found.name)


def _options_in(module: ModuleType, key: str, name: str) -> type[Component]:
    """The class of a module whose key is its name."""
    classes = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Component)]
    found = [options for options in classes if _name(options, key) == name]
    if len(found) != 1:
        raise TypeError(f'{module.__name__}: holds {len(found)} options with `{key}: Literal["{name}"]`, expected one')
    return found[0]


def _name(options: type[Component], key: str) -> str | None:
    """The one value that a class allows for its key."""
    field = options.model_fields.get(key)
    values = get_args(field.annotation) if field and get_origin(field.annotation) is Literal else ()
    return values[0] if len(values) == 1 and field.default == values[0] else None


@cache
def _outside(kind: str) -> tuple[tuple[PlugIn, type[Component] | str], ...]:
    """Entry points of installed packages, each with its options or with what is wrong with it."""
    taken, found = dict.fromkeys((name for name, _ in _ours(kind)), "Seedmask itself"), []
    for entry in sorted(importlib.metadata.entry_points(group=f"seedmask.{kind}"), key=lambda e: (e.name, e.value)):
        package = f"{entry.dist.name} {entry.dist.version}"
        outside = PlugIn(kind, entry.name, package, entry.value)
        if entry.name in taken:
            found.append((outside, f"the name {entry.name!r} is that of a room of {taken[entry.name]}"))
            continue
        taken[entry.name] = f"package {package}"
        found.append((outside, _loaded(entry, kind)))
    return tuple(found)


def _loaded(entry: importlib.metadata.EntryPoint, kind: str) -> type[Component] | str:
    try:
        options = entry.load()
    except Exception as error:  # noqa: BLE001  a package may raise anything while it is imported
        return f"cannot be imported ({type(error).__name__}: {error})"
    key, base = KEYS[kind], BASES.get(kind, Variant)
    if not (isinstance(options, type) and issubclass(options, base)):
        return f"is no model of options; expected a subclass of {base.__module__}.{base.__name__}"
    if _name(options, key) != entry.name:
        return f'does not say its name; expected the field `{key}: Literal["{entry.name}"] = "{entry.name}"`'
    if not options.runs:
        return 'does not say which module it is for; expected `runs: ClassVar[str] = "package.module"`'
    if importlib.util.find_spec(options.runs) is None:
        return f"is for the module {options.runs}, which does not exist"
    try:
        options.model_json_schema()
    except Exception as error:  # noqa: BLE001  pydantic and the package's own validators may raise anything
        return f"is no model that can be written as YAML ({type(error).__name__}: {error})"
    return options
