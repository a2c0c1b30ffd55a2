"""A segmenter's prediction by strips against the probabilities of all labels of the whole picture at once.

DeepLabV3+ over a ResNet-18 with random weights, scales 1 and 1.5 with mirror images, windows of 512 pixels, one thread.
Pictures whose whole planes would need more than 8 GB have no plain side: `prediction_large`.
"""

from functools import partial

import numpy as np
import torch
from torch.nn.functional import interpolate

from benchmarks.kit.cases import Case, Cases, share_of_other_labels
from benchmarks.reference.prediction import plain_prediction
from seedmask.config.views import ViewOptions
from seedmask.inference.predictor import Predictor
from seedmask.labels import LabelSet
from seedmask.networks.segmenter import SegmenterNetwork
from seedmask.segmenters import build_segmenter
from seedmask.segmenters.options import SegmenterNetworkOptions

VIEWS = ViewOptions.model_validate({"from": "segmenters/x", "scales": [1.0, 1.5]})


def cases(quick: bool) -> Cases:
    """Two sizes with few and many labels."""
    sizes = [(64, 64, 5)] if quick else [(384, 512, 21), (384, 512, 151)]
    return {f"{h} x {w}, {labels} labels": partial(prediction_case, h, w, labels) for h, w, labels in sizes}


def prediction_case(height: int, width: int, labels: int, rounds: int = 2, memory: float = 0) -> Case:
    """Both ways to predict one picture."""
    network, image = inputs(height, width, labels)
    known = LabelSet(tuple(f"class {number}" for number in range(1, labels)))
    scales, window, stride = VIEWS.scales, VIEWS.window, VIEWS.window_stride
    return Case(
        ours=lambda: Predictor(network.coarse_logits, known, VIEWS, "cpu").predict(image)[0],
        plain=lambda: plain_prediction(network, image, scales, window, stride),
        names=("strips", "whole planes"),
        at_least=1,
        memory=memory,
        rounds=rounds,
        difference=share_of_other_labels,
        tolerance=0.001,  # another order of summation decides ties
    )


def inputs(height: int, width: int, labels: int) -> tuple[SegmenterNetwork, np.ndarray]:
    """The network and a smooth picture."""
    torch.manual_seed(0)
    options = SegmenterNetworkOptions.model_validate({"encoder": "resnet18", "weights": "none"})
    network = build_segmenter(options, labels).eval()
    coarse = torch.rand(1, 3, height // 32, width // 32) * 255
    image = interpolate(coarse, (height, width), mode="bilinear")[0].permute(1, 2, 0).byte().numpy()
    return network, image
