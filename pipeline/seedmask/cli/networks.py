"""What `seedmask check` says of networks: each is built, without weights, without memory, and without a run."""

import importlib
from collections.abc import Iterator
from typing import Any

from seedmask.config.networks import EncoderOptions, Optimiser
from seedmask.errors import Problem, SeedmaskError


def broken_networks(plan: Any) -> list[Problem]:
    """Networks that a training could not build: unknown names, parts that do not fit, weights that are not there."""
    classes = max(1, len(plan.listing.classes))
    return [*_problems(((name, s) for name, s in plan.config.variants() if isinstance(s, EncoderOptions)), classes)]


def _problems(variants: Iterator[tuple[str, Any]], classes: int) -> Iterator[Problem]:
    known: dict[str, tuple[str, str] | None] = {}
    for reference, settings in variants:
        key = _network_of(settings)
        if key not in known:
            known[key] = _refusal(settings, classes)
        if (told := known[key]) is not None:
            yield Problem(reference, *told)


def _network_of(settings: Any) -> str:
    """All that a network depends on; variants of an ablation mostly differ in their training alone."""
    if hasattr(settings, "arch"):
        encoder = settings.model_dump(include=set(EncoderOptions.model_fields))
        return repr((settings.network(), settings.arch, encoder))
    return repr((settings.network(), settings.model_dump(exclude={*Optimiser.model_fields, "augmentation", "source"})))


def _refusal(settings: Any, classes: int) -> tuple[str, str] | None:
    """What keeps a network from being built, and what to do; None where nothing does."""
    from seedmask.networks.encoders import weight_file

    try:
        weight_file(settings.encoder, settings.weights)
        _build(settings, classes)
    except SeedmaskError as error:
        found, _, remedy = str(error).rpartition("; ")
        return found or remedy, remedy if found else "correct its options"
    except Exception as error:  # noqa: BLE001  a network from another package may raise anything
        found = f"its network cannot be built ({type(error).__name__}: {error})"
        return found, "correct its options, or choose another"
    return None


def _build(settings: Any, classes: int) -> None:
    import torch

    build = importlib.import_module(settings.network()).build
    of = (settings.arch, settings, classes + 1) if hasattr(settings, "arch") else (settings, classes)
    try:
        with torch.device("meta"):
            build(*of, first_weights=False)
    except NotImplementedError:  # it looks at numbers as it is built
        build(*of, first_weights=False)
