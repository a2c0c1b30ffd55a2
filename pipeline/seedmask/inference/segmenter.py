"""Trained segmenters, rebuilt from their manifests."""

from pathlib import Path

from seedmask.inference.networks import trained_network
from seedmask.labels import LabelSet, kept_labels
from seedmask.networks.segmenter import SegmenterNetwork
from seedmask.storage.manifest import Manifest


def trained_segmenter(results: Path, manifest: Manifest, device: str) -> tuple[SegmenterNetwork, LabelSet]:
    """A segmenter in evaluation mode, and its labels.

    Args:
        results: folder of all results of the data set.
        manifest: of the segmenter.
        device: `cpu` or `cuda`.

    Raises:
        SeedmaskError: its weights are missing, damaged or of another run.
    """
    return trained_network(results, manifest, device), kept_labels(manifest.facts)
