"""Trained segmenters, rebuilt from their manifests."""

import importlib
from pathlib import Path

from seedmask.networks.segmenter import SegmenterNetwork
from seedmask.segmenters.options import SegmenterOptions
from seedmask.storage.manifest import Manifest
from seedmask.storage.training import load_weights


def trained_segmenter(results: Path, manifest: Manifest, device: str) -> tuple[SegmenterNetwork, int]:
    """A segmenter in evaluation mode, and its number of labels, background included.

    Args:
        results: folder of all results of the data set.
        manifest: of the segmenter.
        device: `cpu` or `cuda`.

    Raises:
        SeedmaskError: its weights are missing, damaged or of another run.
    """
    labels = len(manifest.facts["classes"]) + 1
    trained = SegmenterOptions.model_validate(manifest.settings)
    build = importlib.import_module(trained.network()).build
    network = build(trained.arch, trained, labels, first_weights=False)
    network.load_state_dict(load_weights(results, manifest.name, manifest))
    return network.eval().to(device), labels
