"""Plain cross-entropy."""

from pipeline.config.losses.cross_entropy import CrossEntropy
from pipeline.methods.cross_entropy import cross_entropy
from pipeline.nets.loss import Loss


def of(options: CrossEntropy) -> Loss:  # noqa: ARG001  it has none
    """Loss of logits and labels."""
    return cross_entropy
