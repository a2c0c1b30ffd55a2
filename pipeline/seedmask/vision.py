"""Imports torchvision and timm; to be imported before torchvision, timm or segmentation-models-pytorch.

PyPI's torchvision is compiled against the CUDA build of torch. Beside a CPU build its operators do not load, and its
import fails because it registers Python kernels for two of them. Declaring these two schemas is enough; they are
never called here.

torchvision and timm import torch's compiler too, to keep it from a few functions and to ask whether it supports a
device. That takes as long as torch itself, and nothing here compiles; so the compiler is left out of their import.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch._compile import _disable_dynamo

from seedmask.errors import SeedmaskError


def _operators_load() -> bool:
    spec = importlib.util.find_spec("torchvision")
    if spec is None:
        raise SeedmaskError("torchvision is not installed; run `make setup`")
    libraries = [p for folder in spec.submodule_search_locations or () for p in Path(folder).glob("_C*.so")]
    try:
        for library in libraries:
            torch.ops.load_library(library)
    except OSError:
        return False
    return bool(libraries)


if not _operators_load():
    _schemas = torch.library.Library("torchvision", "DEF")  # lives as long as the module
    _schemas.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _schemas.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


COMPILER = "torch._dynamo.utils"
"""Module of torch's compiler that torchvision imports."""


class _LateCompiler(ModuleType):
    """Stands for that module; imports it when it is asked."""

    @staticmethod
    def is_compile_supported(device: Any) -> bool:
        return importlib.import_module(COMPILER).is_compile_supported(device)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what Python asks every module that it imports from
            raise AttributeError(name)
        _remove(self)
        return getattr(importlib.import_module(COMPILER), name)


def _remove(stand_in: ModuleType) -> None:
    if sys.modules.get(COMPILER) is stand_in:
        del sys.modules[COMPILER]


def _disable(function: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:  # noqa: ARG001
    """As `torch.compiler.disable`, but the compiler is imported when the function is called."""
    return _disable_dynamo(function, recursive)


@contextmanager
def late_compiler() -> Iterator[None]:
    """Leave torch's compiler out of what is imported meanwhile; what needs it imports it when it is called."""
    if COMPILER in sys.modules:
        yield
        return
    stand_in, disable = _LateCompiler(COMPILER), torch.compiler.disable
    sys.modules[COMPILER], torch.compiler.disable = stand_in, _disable
    try:
        yield
    finally:
        torch.compiler.disable = disable
        _remove(stand_in)


with late_compiler():
    importlib.import_module("torchvision")
    importlib.import_module("timm")
