"""PMM's loss: pixels that fit worst are not learned once the fit is good."""

from functools import partial

from pipeline.config.losses.under_fitting import UnderFitting
from pipeline.methods.under_fitting import under_fitting_loss
from pipeline.nets.loss import Loss


def of(options: UnderFitting) -> Loss:
    """Loss of logits and labels."""
    return partial(under_fitting_loss, mode=options.mode, gate=options.gate, limit=options.limit)
