"""Trained segmenters, built again from what their manifests say."""

import importlib

from torch import nn

from pipeline.config.segmenters import Segmenter
from pipeline.storage.shard import Shard
from pipeline.storage.training import load_weights


def trained_segmenter(shard: Shard, reference: str, device: str) -> tuple[nn.Module, int]:
    """A segmenter in evaluation mode, and its number of labels, background included.

    Args:
        shard: the shard whose images are shown to it.
        reference: the segmenter, `segmenters/crf`.
        device: `cpu` or `cuda`.
    """
    manifest = shard.inputs.trained[reference]
    labels = len(manifest.facts["classes"]) + 1
    trained = Segmenter.model_validate(manifest.settings)
    build = importlib.import_module(trained.network()).build
    network = build(trained.arch, trained, labels, first_weights=False)
    network.load_state_dict(load_weights(shard.job.results, reference, manifest))
    return network.eval().to(device), labels
