"""Numbers of each epoch of a training: in its manifest, and for people one JSON object a line."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from seedmask.storage.files import write_atomic
from seedmask.storage.manifest import Manifest

METRICS = "metrics"
"""Fact of a training."""
FILE = "metrics.jsonl"


def write_metrics(folder: Path, metrics: Iterable[Mapping[str, Any]]) -> None:
    """Write the numbers of a training for people."""
    write_atomic(folder / FILE, _lines(metrics))


def metrics_are_whole(folder: Path, manifest: Manifest) -> bool:
    """Whether the file says what the manifest does."""
    path = folder / FILE
    return path.exists() and path.read_bytes() == _lines(manifest.facts.get(METRICS, ()))


def _lines(metrics: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(epoch) + "\n" for epoch in metrics).encode()
