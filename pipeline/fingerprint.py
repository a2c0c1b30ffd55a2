"""What a result depends on besides its inputs: parameters, code and library versions.

Snakemake never sees an edit inside a package, so the code of a stage is hashed here: the syntax trees of its module
and of every module of this package that it imports, without comments and docstrings. A reworded comment changes
nothing; a changed constant does.
"""

import ast
import hashlib
import importlib.metadata
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent

LIBRARIES = {
    "PIL": "pillow",
    "numpy": "numpy",
    "pydensecrf": "pydensecrf2",
    "scipy": "scipy",
    "segmentation_models_pytorch": "segmentation-models-pytorch",
    "timm": "timm",
    "torch": "torch",
    "torchvision": "torchvision",
    "zarr": "zarr",
}
"""Libraries that decide numbers: import name to distribution. Others may change without a result changing."""


def digest(value: Any) -> str:
    """SHA-256 of a JSON value, independent of the order of keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def code_of(stage: str, package: Path = PACKAGE) -> dict[str, str]:
    """What the numbers of a stage depend on: `{"code": sha256, "numpy": version, ...}`.

    Args:
        stage: name of a module in `stages/`.
        package: folder of the package.
    """
    trees, libraries = _closure(f"{package.name}.stages.{stage}", package)
    code = hashlib.sha256()
    for module in sorted(trees):
        code.update(f"{module}\0{trees[module]}\0".encode())
    return {"code": code.hexdigest(), **{name: _version(name) for name in sorted(libraries)}}


def _closure(start: str, package: Path) -> tuple[dict[str, str], set[str]]:
    """Dumped trees of a module and of all it imports of ours, and the other libraries they import."""
    trees: dict[str, str] = {}
    libraries: set[str] = set()
    waiting = [start]
    while waiting:
        module = waiting.pop()
        if module in trees:
            continue
        trees[module], imports = _parse(module, package)
        for name in imports:
            top = name.split(".")[0]
            if top == package.name:
                waiting += [part for part in _with_parents(name) if _file(part, package)]
            elif top not in sys.stdlib_module_names:
                libraries.add(top)
    return trees, libraries & set(LIBRARIES)


def _with_parents(name: str) -> list[str]:
    steps = name.split(".")
    return [".".join(steps[:length]) for length in range(1, len(steps) + 1)]


def _file(module: str, package: Path) -> Path | None:
    path = package.parent.joinpath(*module.split("."))
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


@cache
def _parse(module: str, package: Path) -> tuple[str, tuple[str, ...]]:
    tree = ast.parse(_file(module, package).read_bytes())
    imports: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            imports += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        if isinstance(getattr(node, "body", None), list):
            node.body = [child for child in node.body if not _is_text(child)]
    return ast.dump(tree), tuple(imports)


def _is_text(node: ast.AST) -> bool:
    """A docstring, or the string under a field."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _version(library: str) -> str:
    try:
        return importlib.metadata.version(LIBRARIES[library])
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
