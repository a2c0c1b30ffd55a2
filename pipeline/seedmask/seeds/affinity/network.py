"""The encoder whose features say what is alike."""

from seedmask.networks.encoders import Encoder, encoder_of
from seedmask.seeds.affinity.options import AffinityOptions as Options


def build(options: Options, classes: int, *, first_weights: bool = True) -> Encoder:  # noqa: ARG001  no class has a part
    """The encoder of some options in evaluation mode, with its first weights or without.

    Raises:
        SeedmaskError: it does not return the features of its stages; see `encoder_of`.
    """
    encoder = encoder_of(options, options.output_stride, first_weights=first_weights)
    encoder.stage_channels([-1])
    return encoder.eval()
