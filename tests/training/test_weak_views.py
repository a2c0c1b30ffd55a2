"""Pictures with weak labels, and the trap of three codes for "unlabelled"."""

import numpy as np
import pytest
import torch

from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Index, Row
from seedmask.methods.mixture_loss import agmm_loss
from seedmask.methods.weak_labels import UNLABELLED, VOID
from seedmask.segmenters.trained.options import SegmenterOptions
from seedmask.storage.reader import StoredVariant
from seedmask.training.views import WeakViews

CLASSES = ("cow", "sheep", "goat")
CODE = len(CLASSES) + 1
"""Of unlabelled pixels in the mixture's labels."""
LABELS = np.full((20, 30), UNLABELLED, np.uint8)
LABELS[2:4, 2:4], LABELS[10, 20], LABELS[-3:] = 0, 2, VOID


class OneImage(Catalogue):
    """A data set of one grey picture that lies nowhere, whose brightness is its label."""

    index = Index(CLASSES, ())

    def __init__(self, tags, background=True):
        rows = (Row("a", "a.png", "train", 30, 20, tags, "hash", None, None),)
        self.index = Index(CLASSES, rows, background)

    def image(self, row):
        return np.repeat(LABELS[..., None], 3, axis=2)


class Stored(StoredVariant):
    """Its labels."""

    def __init__(self, labels):
        self._labels = labels

    def read(self, image):
        return {"label": self._labels}


def view(seed=0, tags=(1,), labels=LABELS, background=True, **options):
    augmentation = {"scale": (1, 1), "flip": 0, "colour": 0, **options}
    settings = SegmenterOptions.model_validate(
        {"from": "weak_labels/x", "loss": {"name": "mixture"}, "augmentation": augmentation}
    )
    catalogue = OneImage(tags, background)
    return WeakViews(catalogue, catalogue.index.rows, Stored(labels), settings).view(0, seed)


@pytest.mark.parametrize("seed", range(6))
def test_labels_move_with_the_picture_and_unlabelled_is_not_padding(seed):
    picture, labels, _ = view(seed, crop=16, flip=0.5)
    stored = (255 * picture[0]).round().long()
    assert torch.equal(labels, torch.where(stored == UNLABELLED, CODE, stored))


def test_what_lies_outside_the_picture_is_padding_as_void_is():
    _, labels, _ = view(crop=40)
    counts = {code: int((labels == code).sum()) for code in (0, 2, CODE, VOID)}
    outside = 40 * 40 - 20 * 30
    assert counts == {0: 4, 2: 1, CODE: 17 * 30 - 5, VOID: outside + 3 * 30}


def test_the_picture_s_classes_are_background_its_tags_and_what_it_was_given_wherever_the_crop_is():
    for seed in range(5):
        assert view(seed, tags=(2,), crop=8)[2].tolist() == [1, 0, 1, 1]
    assert view(tags=None, crop=8)[2].tolist() == [1, 0, 1, 0]


def test_without_background_channel_0_is_the_first_class():
    stored = np.where(LABELS == 0, np.uint8(3), LABELS)
    _, labels, shown = view(labels=stored, background=False, crop=40)
    assert {code: int((labels == code).sum()) for code in (0, 1, 2)} == {0: 0, 1: 1, 2: 4}
    assert int((labels == len(CLASSES)).sum()) == 17 * 30 - 5
    assert shown.tolist() == [0, 1, 1]
    with pytest.raises(ValueError, match="label 0; expected 1 to 3"):
        view(background=False, crop=16)


def test_labels_of_another_code_are_refused_and_not_trained_on():
    with pytest.raises(ValueError, match="label 21; expected 0 to 3, 254 for unlabelled or 255"):
        view(labels=np.full((20, 30), 21, np.uint8), crop=16)


def test_unlabelled_that_was_taken_for_padding_would_change_the_loss_without_a_word():
    """Why labels have a code of their own: the loss takes both, and means something else."""
    _, labels, shown = view(crop=16)
    draws = torch.Generator().manual_seed(0)
    features, logits = (torch.randn(1, n, 16, 16, generator=draws) for n in (8, CODE))
    right = agmm_loss(features, logits, labels[None], shown[None])
    wrong = agmm_loss(features, logits, torch.where(labels == CODE, VOID, labels)[None], shown[None])
    assert torch.isfinite(wrong.total)
    assert abs(wrong.consistency - right.consistency) > 0.05
