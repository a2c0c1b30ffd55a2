"""The benchmarks, by group, in the order of the page."""

import ast
from importlib import import_module
from pathlib import Path
from types import ModuleType

GROUPS = {
    "short": (
        "agmm_loss",
        "sfc",
        "pixel_correlation",
        "random_walk",
        "proportional",
        "crf",
        "saliency_labels",
        "evaluator",
        "multi_scale",
        "forwards",
        "prediction",
        "seeds_shard",
        "busy",
        "scores",
        "job_start",
        "plan",
        "init",
    ),
    "long": (
        "random_walk_full",
        "prediction_large",
        "disk",
        "scaling",
        "large_labels",
        "graph",
        "coco_listing",
        "newcomer",
        "viewer",
    ),
    "gpu": ("gpu",),
}
"""`make bench` runs the short ones, in at most 15 minutes on two idle cores; `make bench-all` the long ones too, and
`make gpu` those that need a card."""
FOLDER = Path(__file__).resolve().parents[1]


def benchmark_names() -> list[str]:
    """Of all groups."""
    return [name for names in GROUPS.values() for name in names]


def documentation_of(name: str) -> str:
    """A benchmark's docstring, read without importing it."""
    return ast.get_docstring(ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))) or name


def sentence_of(name: str) -> str:
    """Its first line."""
    return documentation_of(name).splitlines()[0]


def benchmark(name: str) -> ModuleType:
    """The module, which has `cases(quick)`, or `tables(quick)` that gives tables one by one, or both."""
    return import_module(f"benchmarks.{name}")
