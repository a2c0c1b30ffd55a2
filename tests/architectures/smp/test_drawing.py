from contextlib import nullcontext

import pytest
import torch

from seedmask.architectures.smp import network
from seedmask.architectures.smp.network import SmpSegmenter


@pytest.mark.parametrize("encoder", ["tf_efficientnet_lite0", "resnet18", "vit_tiny_patch16_224"])
def test_first_weights_are_those_that_smp_draws(encoder, monkeypatch):
    def built():
        torch.manual_seed(0)
        return SmpSegmenter("FPN" if "vit" not in encoder else "DPT", encoder, "none", None, 3), torch.get_rng_state()

    ours, state = built()
    monkeypatch.setattr(network, "NothingDrawn", nullcontext)
    theirs, their_state = built()
    assert state.equal(their_state)
    ours, theirs = ours.state_dict(), theirs.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(ours[key].equal(theirs[key]) for key in ours)
