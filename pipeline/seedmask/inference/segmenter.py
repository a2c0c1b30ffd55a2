"""Trained segmenters, rebuilt from their manifests."""

from pathlib import Path

from seedmask.inference.engine import NetworkSource
from seedmask.inference.networks import trained_source
from seedmask.labels import LabelSet, kept_labels
from seedmask.networks.segmenter import as_segmenter
from seedmask.storage.manifest import Manifest


def trained_segmenter(results: Path, manifest: Manifest, device: str) -> tuple[NetworkSource, LabelSet]:
    """A segmenter in evaluation mode, and its labels.

    Args:
        results: folder of all results of the data set.
        manifest: of the segmenter.
        device: `cpu` or `cuda`.

    Raises:
        SeedmaskError: its weights are missing, damaged or of another run.
    """
    return trained_source(results, manifest, device, as_segmenter), kept_labels(manifest.facts)
