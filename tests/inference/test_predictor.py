"""Predictions with a CRF: which labels take part, and that they are those of the plain form."""

import numpy as np
import pytest
import torch

from seedmask.config.views import ViewOptions
from seedmask.inference.predictor import Predictor
from seedmask.labels import LabelSet
from seedmask.methods.coarse_logits import CoarseLogits
from seedmask.methods.crf import SEGMENTER_CRF, dense_crf
from seedmask.methods.inference import probability_strips
from seedmask.networks.segmenter import SegmenterNetwork
from seedmask.testing.masks import blobs

IMAGE = blobs(40, 50)[0]


class Colours(SegmenterNetwork):
    """Logits of stride 2 of six labels, of which the second and the last are nowhere the most probable."""

    def coarse_logits(self, images):
        red, green, blue = (6 * images[..., ::2, ::2]).unbind(1)
        maps = torch.stack([red, 0 * red - 3, green, blue, red - green, 0 * red - 20], dim=1)
        return CoarseLogits(maps, images.shape[-2:])


def predictor(background, **options):
    views = ViewOptions.model_validate({"from": "segmenters/x", "scales": [1.0, 1.5], "window": 32, **options})
    return Predictor(Colours().coarse_logits, LabelSet(tuple("abcdef"[background:]), background), views, "cpu"), views


@pytest.mark.parametrize("classes", ["present", "all"])
@pytest.mark.parametrize("background", [True, False])
def test_the_crf_takes_the_labels_that_are_present_or_all(background, classes):
    found, views = predictor(background, window_stride=24, crf={"classes": classes})
    mask, confidence = found.predict(IMAGE)
    strips = probability_strips(
        Colours().coarse_logits, IMAGE, views.scales, True, window=32, stride=24, rows=len(IMAGE)
    )
    whole = torch.cat(list(strips)).permute(2, 0, 1).numpy()
    channels = np.unique(whole.argmax(axis=0)) if classes == "present" else np.arange(6)
    assert not {1, 5} & set(channels) or classes == "all"
    marginals = dense_crf(IMAGE, whole[channels], SEGMENTER_CRF)
    assert np.array_equal(mask, channels[marginals.argmax(axis=0)] + (not background))
    assert np.array_equal(confidence, marginals.max(axis=0).clip(0, 1))


def test_labels_that_tags_rule_out_take_no_part():
    found, _ = predictor(True, window_stride=24, crf={})
    mask, _ = found.predict(IMAGE, [0, 3])
    assert set(np.unique(mask)) <= {0, 3}
