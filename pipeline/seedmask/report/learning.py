"""Metrics of each training, epoch by epoch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedmask.config.replicates import split as split_replicate
from seedmask.evaluation.learning import still_falling, too_short
from seedmask.storage.manifest import METRICS, read_manifest

Points = tuple[tuple[float, float], ...]
"""Epoch and value."""


@dataclass(frozen=True)
class TrainingHistory:
    """The training of a network; one line per replicate."""

    variant: str
    metrics: Mapping[str, tuple[Points, ...]]
    """Lines of each metric, `loss` first."""

    @property
    def warning(self) -> str:
        """A warning if a training was too short, about the one whose loss falls most; empty if none was."""
        losses = [[value for _, value in points] for points in self.metrics.get("loss", ())]
        return too_short(max(losses, key=lambda values: still_falling(values) or 0, default=()))


def read_training_history(results: Path, references: Iterable[str]) -> list[TrainingHistory]:
    """Metrics of trained networks, replicates of a variant together; networks that were not trained here have none.

    Args:
        results: `results/<data set>`.
        references: variants of classifiers and segmenters, replicates one by one.

    Raises:
        SeedmaskError: a network is not trained yet, or its manifest is damaged.
    """
    histories: dict[str, dict[str, list[Points]]] = {}
    for reference in references:
        lines = histories.setdefault(split_replicate(reference)[0], {})
        metrics = read_manifest(results, reference).facts[METRICS]
        for name, points in _by_name(metrics).items():
            lines.setdefault(name, []).append(points)
    return [
        TrainingHistory(variant, {name: tuple(runs) for name, runs in lines.items()})
        for variant, lines in histories.items()
        if lines
    ]


def _by_name(epochs: Sequence[Mapping[str, Any]]) -> dict[str, Points]:
    names = dict.fromkeys(name for epoch in epochs for name in epoch if name != "epoch")
    return {
        name: tuple((float(epoch["epoch"]), float(epoch[name])) for epoch in epochs if name in epoch) for name in names
    }
