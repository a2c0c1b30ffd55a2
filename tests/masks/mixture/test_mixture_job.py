"""Masks of the mixture job against a mixture over all labels of the data set."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from seedmask.dataset.index import Row
from seedmask.inference.features import TrainedFeatures
from seedmask.job import Job
from seedmask.labels import LabelSet
from seedmask.masks.mixture import job
from seedmask.methods.mixture_masks import mixture_mask
from seedmask.methods.weak_labels import UNLABELLED, VOID, as_mixture_codes, from_channels

IMAGE = np.random.default_rng(0).integers(0, 256, (32, 64, 3), dtype=np.uint8)


def decoded(images):
    """Features and logits of five labels, made of the colours of 4 x 4 pixels."""
    features = interpolate(images, scale_factor=0.25, mode="area")
    weight = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    return features, torch.einsum("lc,nchw->nlhw", 8 * weight, features)


@pytest.mark.parametrize("background", [True, False])
def test_labels_that_a_picture_may_not_show_are_left_out_without_a_trace(monkeypatch, background):
    known = LabelSet(tuple("abcde"[background:]), background)
    labels = np.full(IMAGE.shape[:2], UNLABELLED, np.uint8)
    labels[4:8, 4:8], labels[20:24, 50:54], labels[0] = known.first, known.first + 3, VOID
    tags = (1, 3 - background)
    row, written = Row("p", "p.png", "train", 64, 32, tags, "", None, None), {}
    features = object.__new__(TrainedFeatures)
    features._device, features._features = "cpu", decoded
    shard = SimpleNamespace(
        catalogue=SimpleNamespace(index=SimpleNamespace(labels=known), image=lambda _: IMAGE),
        inputs=SimpleNamespace(stored={"weak_labels/x": SimpleNamespace(read=lambda _: {"label": labels})}),
        write=lambda specs, compute: written.update(compute(row)),
    )
    monkeypatch.setattr(job, "Shard", lambda _: shard)
    monkeypatch.setattr(job, "TrainedFeatures", lambda *_: features)
    settings = {"from": "segmenters/x", "labels": "weak_labels/x", "scores": True, "threshold": 0.4}
    job.run(Job.model_construct(settings=settings), "cpu")

    maps, logits = decoded(torch.from_numpy(IMAGE).permute(2, 0, 1)[None] / 255)
    network = interpolate(logits, IMAGE.shape[:2], mode="bilinear")[0].softmax(dim=0)
    allowed = torch.zeros(5)
    shown = sorted({*([0] if background else ()), known.first, known.first + 3, *(tag + 1 for tag in tags)})
    allowed[[label - known.first for label in shown]] = 1
    codes = torch.from_numpy(as_mixture_codes(labels, len(known.classes), background)).long()
    plain = mixture_mask(maps[0], codes, allowed, network, threshold=0.4)
    assert np.array_equal(written["mask"], from_channels(plain.mask.numpy(), background))
    assert len(np.unique(written["mask"])) > 2
    expected = (255 * plain.scores.numpy())[[tag + 1 - known.first for tag in tags]]
    np.testing.assert_allclose(written["score"], expected, atol=1)
    np.testing.assert_allclose(written["confidence"], 255 * plain.confidence.numpy(), atol=1)
