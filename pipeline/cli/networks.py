"""What `seedmask check` says of networks: each is built, without weights, without memory, and without a run."""

import importlib
from collections.abc import Iterator
from typing import Any

from pipeline.config.networks import Encoder
from pipeline.errors import Problem, SeedmaskError


def broken_networks(plan: Any) -> list[Problem]:
    """Networks that a training could not build: unknown names, parts that do not fit, weights that are not there."""
    classes = max(1, len(plan.listing.classes))
    return [*_problems(((name, s) for name, s in plan.config.variants() if isinstance(s, Encoder)), classes)]


def _problems(variants: Iterator[tuple[str, Any]], classes: int) -> Iterator[Problem]:
    from pipeline.nets.encoders import weight_file

    for reference, settings in variants:
        try:
            weight_file(settings.encoder, settings.weights)
            _build(settings, classes)
        except SeedmaskError as error:
            found, _, remedy = str(error).rpartition("; ")
            yield Problem(reference, found, remedy)
        except Exception as error:  # noqa: BLE001  a network from another package may raise anything
            found = f"its network cannot be built ({type(error).__name__}: {error})"
            yield Problem(reference, found, "correct its options, or choose another")


def _build(settings: Any, classes: int) -> None:
    import torch

    build = importlib.import_module(settings.network()).build
    of = (settings.arch, settings, classes + 1) if hasattr(settings, "arch") else (settings, classes)
    with torch.device("meta"):
        build(*of, first_weights=False)
