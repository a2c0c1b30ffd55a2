"""Plain cross-entropy."""

from seedmask.losses.cross_entropy.options import CrossEntropyOptions
from seedmask.methods.cross_entropy import cross_entropy
from seedmask.networks.segmenter import Loss


def build(options: CrossEntropyOptions) -> Loss:  # noqa: ARG001  it has none
    """Loss of logits and labels."""
    return cross_entropy
