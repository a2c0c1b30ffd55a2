"""All methods, losses and architectures: folders of this package, entry points of packages, and `register`.

A package brings a method by an entry point: group `seedmask.masks`, name as in the configuration, value the class of
its options. Nothing here names a method, and nothing heavy is imported: options are light, what they are for is not.
"""

import ast
import importlib
import importlib.metadata
import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, Field, GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema

from seedmask.config.base import Settings
from seedmask.config.stages import STAGES
from seedmask.config.variant import Architecture, Component, Loss, Variant
from seedmask.errors import Problem, SeedmaskError

PACKAGE = Path(__file__).parents[1]
Model = TypeVar("Model", bound=BaseModel)
DEFAULT_METHOD = "x-default-method"
"""Key in the JSON schema of a union whose `method` need not be named."""
SOME_KEYS = "x-some-keys"
"""Key in the JSON schema of a union that takes methods without some of their keys."""


@dataclass(frozen=True)
class Kind:
    """A kind of what can be registered.

    Args:
        name: `masks`; entry points of the group `seedmask.masks` are of this kind.
        folder: folder of the package that holds a folder for each method.
        key: field of the options that holds the name of the method.
        base: class that all options inherit.
        function: what the module that the options are for must have.
    """

    name: str
    folder: str
    key: str
    base: type[Component]
    function: str


KINDS: Mapping[str, Kind] = {
    **{name: Kind(name, name, "method", Variant, "run") for name in STAGES},
    "losses": Kind("losses", "losses", "name", Loss, "build"),
    "architectures": Kind("architectures", "architectures", "name", Architecture, "build"),
}
"""Every kind by its name."""


@dataclass(frozen=True)
class MethodOf:
    """Marks a field that holds the options of one method of a kind, which the kind's key names.

    Args:
        kind: one of `KINDS`.
        default: the method of options that name none; empty where they have to name one.
        without: methods that the field cannot hold.
    """

    kind: str
    default: str = ""
    without: tuple[str, ...] = ()

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        key = KINDS[self.kind].key
        possible = [options for name, options in methods(self.kind).items() if name not in self.without]
        union = Union[tuple(possible)]  # noqa: UP007  of a tuple
        if not self.default:
            return handler.generate_schema(Annotated[union, Field(discriminator=key)])

        def named(value: Any) -> Any:
            return {key: self.default, **value} if isinstance(value, Mapping) else value

        mark = Field(discriminator=key, json_schema_extra={DEFAULT_METHOD: self.default})
        return handler.generate_schema(Annotated[union, mark, BeforeValidator(named)])


def methods(kind: str) -> Mapping[str, type[Component]]:
    """Options of every method of a kind by its name: this package's first, then those of other packages."""
    return {entry.name: entry.options for entry in _entries(kind) if entry.options}


def options_of(kind: str, values: Mapping[str, Any]) -> Component:
    """Options as a manifest holds them, with their type."""
    return TypeAdapter(methods(kind)[values[KINDS[kind].key]]).validate_python(values)


def package_of(options: type[Settings]) -> str:
    """Name and version of the package that brought some options; empty for this package's own."""
    return next((entry.package for kind in KINDS for entry in _entries(kind) if entry.options is options), "")


def problems() -> list[Problem]:
    """What is wrong with methods: one problem for each folder or entry point that cannot be used."""
    return [
        Problem(entry.where, entry.fault, entry.remedy) for kind in KINDS for entry in _entries(kind) if entry.fault
    ]


def register(kind: str, name: str, options: type[Component], job: str | ModuleType) -> None:
    """Add a method for the running Python process, in a notebook or a test.

    Jobs of a workflow run in processes of their own, which see only folders of this package and entry points. A method
    that was registered before under the same name is replaced.

    Args:
        kind: one of `KINDS`, such as `masks`.
        name: as in the configuration; the default of the options' field `method` (`name` of losses and architectures).
        options: class of its options.
        job: the module that does the work, or its name; it has to be a file, whose code is part of every fingerprint.

    Raises:
        SeedmaskError: there is no such kind, the name is taken, or the options or the job lack something.
    """
    where = f"method {name!r} of kind {kind!r}"
    if kind not in KINDS:
        raise SeedmaskError(f"{where}: unknown kind; expected one of {', '.join(KINDS)}")
    if taken := [entry for entry in _entries(kind) if entry.name == name and not entry.registered]:
        raise SeedmaskError(f"{where}: the name is taken by {taken[0].where}; choose another name")
    module = job if isinstance(job, str) else job.__name__
    fault = _fault(KINDS[kind], name, options, module)
    if fault:
        raise SeedmaskError(f"{where}: {fault}; see docs/add-a-method.md")
    options.runs = module
    _registered[kind, name] = options
    _changed()


def unregister(kind: str, name: str) -> None:
    """Remove a method that `register` added."""
    del _registered[kind, name]
    _changed()


def rebuilt(model: type[Model]) -> type[Model]:
    """Class decorator: the model has fields of `MethodOf`, so it is built again when a method is registered."""
    model.model_rebuild()  # at once, so that models it holds come before it
    _models.append(model)
    return model


@dataclass(frozen=True)
class _Entry:
    """A method that exists, or something that was meant to be one."""

    name: str
    where: str
    options: type[Component] | None = None
    fault: str = ""
    remedy: str = ""
    package: str = ""
    registered: bool = False


_registered: dict[tuple[str, str], type[Component]] = {}
_models: list[type[BaseModel]] = []


def _changed() -> None:
    _entries.cache_clear()
    for model in _models:
        model.model_rebuild(force=True)


@cache
def _entries(kind: str) -> tuple[_Entry, ...]:
    """All methods of a kind, also those that cannot be used."""
    found = [*_own(KINDS[kind])]
    for entry in [*_installed(KINDS[kind]), *_notebook(kind)]:
        taken = next((other for other in found if other.name == entry.name), None)
        if taken:
            fault = f"the name {entry.name!r} is taken by {taken.package and 'package '}{taken.package or taken.where}"
            entry = _Entry(entry.name, entry.where, fault=fault, remedy=entry.remedy, package=entry.package)
        found.append(entry)
    return tuple(found)


def _own(kind: Kind) -> Iterator[_Entry]:
    """Methods of this package: the folders of the kind's folder."""
    for folder in sorted((PACKAGE / kind.folder).iterdir()):
        if not folder.is_dir() or not any(folder.glob("*.py")):
            continue
        name, where = folder.name, f"{PACKAGE.name}/{kind.folder}/{folder.name}"
        remedy = "complete the folder as docs/add-a-method.md says, or remove it"
        missing = [file for file in ("__init__.py", "options.py") if not (folder / file).is_file()]
        if missing:
            yield _Entry(name, where, fault=f"is a folder without {' and '.join(missing)}", remedy=remedy)
            continue
        module = importlib.import_module(f"{PACKAGE.name}.{kind.folder}.{name}.options")
        classes = [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Component) and value.__module__ == module.__name__
        ]
        named = [options for options in classes if _name(options, kind.key)]
        if len(named) != 1:
            names = ", ".join(options.__name__ for options in named) or "none"
            fault = f'options.py: expected one class with `{kind.key}: Literal["{name}"] = "{name}"`, found {names}'
        else:
            fault = _fault(kind, name, named[0], named[0].runs)
        yield _Entry(name, where, None if fault else named[0], fault, remedy)


def _installed(kind: Kind) -> Iterator[_Entry]:
    """Methods that installed packages bring by entry points."""
    for point in sorted(_entry_points().select(group=f"seedmask.{kind.name}"), key=lambda p: (p.name, p.value)):
        name = point.dist.name if point.dist else "?"
        package = f"{name} {point.dist.version}" if point.dist else name
        where = f"package {package}, entry point {point.name} = {point.value} of seedmask.{kind.name}"
        options, fault = _loaded(point, kind)
        yield _Entry(point.name, where, options, fault, f"fix or uninstall {name}", package)


@cache
def _entry_points() -> Any:
    """All entry points, which are searched for once; `select` gives those of a group."""
    return importlib.metadata.entry_points()


def _loaded(point: importlib.metadata.EntryPoint, kind: Kind) -> tuple[type[Component] | None, str]:
    """Options of an entry point, or what is wrong with it."""
    try:
        options = point.load()
    except Exception as error:  # noqa: BLE001  a package may raise anything while it is imported
        return None, f"cannot be imported ({type(error).__name__}: {error})"
    fault = _fault(kind, point.name, options, vars(options).get("runs", "") if isinstance(options, type) else "")
    if fault:
        return None, fault
    try:
        options.model_json_schema()
    except Exception as error:  # noqa: BLE001  pydantic and the package's own validators may raise anything
        return None, f"its options cannot be written as YAML ({type(error).__name__}: {error})"
    return options, ""


def _notebook(kind: str) -> Iterator[_Entry]:
    """Methods that `register` added."""
    for (of, name), options in _registered.items():
        if of == kind:
            yield _Entry(name, "a method that was registered in this process", options, registered=True)


def _fault(kind: Kind, name: str, options: Any, job: str) -> str:
    """What is wrong with some options as those of a method; empty where nothing is."""
    if not (isinstance(options, type) and issubclass(options, kind.base)):
        return f"is not a class of options; expected a subclass of {kind.base.__module__}.{kind.base.__name__}"
    if _name(options, kind.key) != name:
        return f'does not hold its name; expected the field `{kind.key}: Literal["{name}"] = "{name}"`'
    if not job:
        return 'does not say which module it is for; expected `runs: ClassVar[str] = "package.module"`'
    file = _file(job)
    if file is None:
        return f"is for the module {job}, which does not exist"
    if not _defines(file, kind.function):
        return f"is for the module {job}, which has no function `{kind.function}`"
    return ""


def _name(options: type[Component], key: str) -> str | None:
    """The one value that a class allows for its key."""
    field = options.model_fields.get(key)
    values = get_args(field.annotation) if field and get_origin(field.annotation) is Literal else ()
    return values[0] if field and len(values) == 1 and field.default == values[0] else None


def _file(module: str) -> Path | None:
    """File of a module, which is not imported: it may import torch."""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):  # no such package, or a module that a notebook made
        return None
    return Path(spec.origin) if spec and spec.origin and Path(spec.origin).is_file() else None


def _defines(file: Path, function: str) -> bool:
    """Whether a module defines or imports a function."""
    text = file.read_text(encoding="utf-8")
    if f"\ndef {function}(" in text:
        return True
    names: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return function in names
