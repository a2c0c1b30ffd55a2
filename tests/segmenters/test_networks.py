"""The network of a segmenter by its options alone."""

import torch

from seedmask.segmenters import build_segmenter
from seedmask.segmenters.file.options import SegmenterFileOptions
from seedmask.segmenters.options import SegmenterNetworkOptions
from seedmask.segmenters.trained.options import SegmenterOptions

NETWORK = {"arch": "FPN", "encoder": "resnet18", "weights": "none"}
FILE = {"method": "file", "weights": "x.pth", "origin": "closed_world"}


def test_options_of_a_network_and_of_segmenters_with_it_build_the_same_network():
    given = [
        SegmenterNetworkOptions.model_validate(NETWORK),
        SegmenterOptions.model_validate({"from": "masks/crf", **NETWORK}),
        SegmenterFileOptions.model_validate({**FILE, "network": NETWORK}),
    ]
    networks = [build_segmenter(options, 5).eval() for options in given]
    shapes = [{key: part.shape for key, part in network.state_dict().items()} for network in networks]
    assert shapes[0] == shapes[1] == shapes[2]
    assert networks[0](torch.rand(2, 3, 33, 40)).shape == (2, 5, 33, 40)
