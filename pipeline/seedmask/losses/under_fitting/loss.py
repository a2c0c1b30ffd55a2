"""PMM's under-fitting loss: once the fit is good, the loss of the worst pixels is limited."""

from functools import partial

from seedmask.losses.under_fitting.options import UnderFittingOptions
from seedmask.methods.under_fitting import under_fitting_loss
from seedmask.networks.segmenter import Loss


def build(options: UnderFittingOptions) -> Loss:
    """Loss of logits and labels."""
    return partial(under_fitting_loss, mode=options.mode, gate=options.gate, limit=options.limit)
