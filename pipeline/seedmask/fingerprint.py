"""What a result depends on besides its inputs: parameters, code and library versions.

Snakemake never sees an edit inside a package, so the code of a job is hashed here: the syntax trees of the modules that
it runs and of every module of their packages that those import, without comments and docstrings. A reworded comment
changes nothing; a changed constant does.
"""

import ast
import hashlib
import importlib.metadata
import importlib.util
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from seedmask.errors import SeedmaskError

PACKAGE = Path(__file__).parent
SHORT = 12
"""Digits of the hash of a definition, which is compared with one other only."""

LIBRARIES = {
    "PIL": "pillow",
    "cv2": "opencv-python-headless",
    "numpy": "numpy",
    "onnxruntime": "onnxruntime",
    "pydensecrf": "pydensecrf2",
    "scipy": "scipy",
    "seedmask_lattice": "seedmask-lattice",
    "segmentation_models_pytorch": "segmentation-models-pytorch",
    "skimage": "scikit-image",
    "tifffile": "tifffile",
    "timm": "timm",
    "torch": "torch",
    "torchvision": "torchvision",
    "zarr": "zarr",
}
"""Libraries of ours that decide numbers: import name to distribution. Others may change without a result changing."""


def digest(value: Any) -> str:
    """SHA-256 of a JSON value, independent of the order of keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def code_of(modules: Iterable[str], roots: Mapping[str, Path] | None = None) -> dict[str, str]:
    """What the numbers of a job depend on: `{"code": sha256, "numpy": version, ...}`.

    Of modules from outside, every library that they import counts.

    Args:
        modules: the modules that the job runs, `seedmask.masks.crf.job` and the like.
        roots: the folder that each package lies in, by its name; looked up when not given.

    Raises:
        SeedmaskError: there is no such module.
    """
    modules = tuple(modules)
    roots = roots or _roots(modules)
    hashes, libraries = _closure(modules, roots)
    code = digest(sorted(hashes.items()))
    return {"code": code, **{name: _version(name) for name in sorted(libraries)}}


def definitions_of(modules: Iterable[str], roots: Mapping[str, Path] | None = None) -> dict[str, Mapping[str, str]]:
    """Short hash of each function, class member and constant of the code that `code_of` hashes, by module.

    The rest of a module, such as its imports, is under `imports and statements`.

    Args:
        modules: see `code_of`.
        roots: see `code_of`.

    Raises:
        SeedmaskError: there is no such module.
    """
    modules = tuple(modules)
    roots = roots or _roots(modules)
    hashes, _ = _closure(modules, roots)
    return {module: _definitions(_file(module, roots[module.split(".")[0]])) for module in sorted(hashes)}


def states_of(modules: Iterable[str]) -> dict[str, list[int]]:
    """Size and time of change of the files of some modules; of one that is gone none."""
    modules = tuple(modules)
    roots = _roots(modules)
    files = {module: _file(module, roots[module.split(".")[0]]) for module in modules}
    stats = {module: file.stat() for module, file in files.items() if file}
    return {module: [stat.st_size, stat.st_mtime_ns] for module, stat in stats.items()}


def _roots(modules: Iterable[str]) -> dict[str, Path]:
    return {name: _root(name) for name in {PACKAGE.name, *(module.split(".")[0] for module in modules)}}


def _closure(starts: Iterable[str], roots: Mapping[str, Path]) -> tuple[dict[str, str], set[str]]:
    """Hashes of some modules and of all that they import of the roots, and the libraries that decide numbers."""
    hashes: dict[str, str] = {}
    libraries: set[str] = set()
    waiting = [part for start in starts for part in _with_parents(start)]
    while waiting:
        module = waiting.pop()
        top = module.split(".")[0]
        if module in hashes or (file := _file(module, roots[top])) is None:
            continue
        hashes[module], imports = _parse(file)
        for name in imports:
            other = name.split(".")[0]
            if other in roots:
                waiting += _with_parents(name)
            elif other in LIBRARIES or (top != PACKAGE.name and other not in sys.stdlib_module_names):
                libraries.add(other)
    missing = [start for start in starts if start not in hashes]
    if missing:
        raise SeedmaskError(f"there is no module {missing[0]}; reinstall the package that its method came with")
    return hashes, libraries


def _with_parents(name: str) -> list[str]:
    steps = name.split(".")
    return [".".join(steps[:length]) for length in range(1, len(steps) + 1)]


def _root(package: str) -> Path:
    """Folder that a package or module lies in."""
    if package == PACKAGE.name:
        return PACKAGE.parent
    spec = importlib.util.find_spec(package)
    places = spec and (spec.submodule_search_locations or [spec.origin])
    place = next(iter(places or ()), None)
    if place is None:
        raise SeedmaskError(f"there is no package {package}; reinstall what its method came with")
    return Path(place).parent


@cache
def _file(module: str, root: Path) -> Path | None:
    path = root.joinpath(*module.split("."))
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


@cache
def _parse(file: Path) -> tuple[str, tuple[str, ...]]:
    """Hash of a module's syntax tree, and what it imports."""
    tree = ast.parse(file.read_bytes())
    imports: list[str] = []
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            imports += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            imports += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return _hash(_without_texts(tree)), tuple(imports)


@cache
def _definitions(file: Path) -> Mapping[str, str]:
    """Short hash of each definition of a module."""
    named: dict[str, list[str]] = {}
    for node in _without_texts(ast.parse(file.read_bytes())).body:
        if isinstance(node, ast.ClassDef):
            for member in node.body:
                named.setdefault(f"{node.name}.{_name(member)}", []).append(_hash(member))
            node.body = []
        named.setdefault(_name(node), []).append(_hash(node))
    return {name: hashes[0][:SHORT] if len(hashes) == 1 else digest(hashes)[:SHORT] for name, hashes in named.items()}


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For):
        targets = [node.target]
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    return ", ".join(names) or "imports and statements"


def _without_texts(tree: ast.Module) -> ast.Module:
    """A module without its docstrings."""
    for node in _statements(tree):
        body = vars(node).get("body")
        if body:
            body[:] = [child for child in body if not _is_text(child)]
    return tree


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """A module and all that is or holds statements; expressions, most of a tree, hold none."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for blocks in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += vars(node).get(blocks, ())


def _hash(node: ast.AST) -> str:
    return hashlib.sha256(ast.dump(node).encode()).hexdigest()


def _is_text(node: ast.AST) -> bool:
    """A docstring, or the string under a field."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _version(library: str) -> str:
    names = [LIBRARIES[library]] if library in LIBRARIES else _distributions().get(library, [library])
    try:
        return " ".join(importlib.metadata.version(name) for name in names)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


@cache
def _distributions() -> Mapping[str, list[str]]:
    return importlib.metadata.packages_distributions()
