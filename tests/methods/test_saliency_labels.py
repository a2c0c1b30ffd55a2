from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.masks.saliency_labels.job import mask
from seedmask.masks.saliency_labels.options import SaliencyLabelsOptions
from seedmask.masks.writing import Seed
from seedmask.methods.i2crc import initial_labels
from seedmask.testing.masks import MaskMethodContract, blobs


class TestSaliencyLabels(MaskMethodContract):
    """The method as a job calls it, with saliency that is the strongest map."""

    may_ignore = True

    def mask(self, image, cams, classes):
        saliency = np.nan_to_num(np.float32(cams), posinf=1).max(axis=0, initial=0)
        seed = Seed(
            image,
            cams,
            np.asarray(classes, np.int16),
            0.3,
            "constant",
            "cpu",
            {"saliency/x": {"map": saliency}},
        )
        options = {"from": "seeds/x", "saliency": "saliency/x"}
        return mask(seed, SaliencyLabelsOptions.model_validate(options))

    def test_an_image_without_classes_is_all_background(self):
        """Here it teaches nothing: no pixel is of a class."""
        image, _ = blobs()
        assert (self.mask(image, np.zeros((0, *image.shape[:2]), np.float32), []) == 255).all()

    @pytest.mark.parametrize("value", [0.0, 1.0])
    def test_a_constant_cam_gives_a_constant_mask(self, value):
        """A map that is the same everywhere says nothing."""
        image, cams = blobs(count=1)
        assert (self.mask(image, np.full_like(cams, value), [5]) == 255).all()


GOLDEN = Path(__file__).parents[1] / "golden" / "i2crc" / "pseudo_label_table.npz"
CLASS = 4
LABEL = CLASS + 1


def table():
    """Labels of every pair of bytes; the shares of classes are large."""
    saliency, attention = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
    return initial_labels(saliency.astype(np.uint8), {CLASS: attention.astype(np.uint8)})


def test_every_pair_of_bytes_gives_the_label_of_the_reference():
    np.testing.assert_array_equal(table(), np.load(GOLDEN)["label"])
    assert {int(k): int(v) for k, v in zip(*np.unique(table(), return_counts=True), strict=True)} == {
        0: 4096,
        LABEL: 29472,
        255: 31968,
    }


@pytest.mark.parametrize(
    ("saliency", "attention", "label"),
    [
        (0, (0, 127), 0),
        (0, (128, 255), 255),
        (25, (255, 255), 255),
        (26, (230, 230), LABEL),
        (31, (225, 225), LABEL),
        (32, (0, 223), 255),
        (32, (224, 224), LABEL),
        (100, (156, 156), LABEL),
        (255, (0, 76), 255),
        (255, (77, 255), LABEL),
    ],
)
def test_the_hand_table(saliency, attention, label):
    found = table()[saliency, attention[0] : attention[1] + 1]
    assert set(found.tolist()) == {label}


def picture(pixels):
    """A picture of 40 x 52 with some pixels that are surely of the class; one is not active at all."""
    attention, saliency = np.zeros((2, 40 * 52), np.uint8)
    attention[:pixels] = saliency[:pixels] = 255
    return initial_labels(saliency.reshape(40, 52), {CLASS: attention.reshape(40, 52)})


def test_a_picture_with_too_small_an_object_teaches_nothing():
    assert set(np.unique(picture(15)).tolist()) == {255}
    assert np.count_nonzero(picture(21) == LABEL) == 21


def formula(saliency, attention):
    """The same, all channels at once, as the paper's labels are described."""
    scores = np.zeros((6, *saliency.shape), np.float32)
    stretched = np.zeros_like(scores)
    scores[0] = 1 - saliency / 255
    for c, a in attention.items():
        a = a.astype(np.float64)
        scores[c + 1] = stretched[c + 1] = (a - a.min()) / (a.max() - a.min() + 1e-8)
    scores[scores < 0.3] = 0
    label = scores.argmax(axis=0)
    label[(scores > 0.9).sum(axis=0) > 1] = 255
    label[(label == 0) & ((saliency >= 32) | (stretched > 0.5).any(axis=0))] = 255
    if np.mean((label > 0) & (label < 255)) < 0.01:
        label[:] = 255
    return label.astype(np.uint8)


@given(st.integers(0, 10_000), st.sets(st.integers(0, 4), max_size=3))
def test_several_classes_compete_as_the_formula_says(seed, classes):
    draws = np.random.default_rng(seed)
    saliency, *maps = draws.integers(0, 256, (1 + len(classes), 9, 11)).astype(np.uint8)
    attention = dict(zip(classes, maps, strict=True))
    np.testing.assert_array_equal(initial_labels(saliency, attention), formula(saliency, attention))


@given(st.integers(0, 10_000))
def test_nothing_is_of_a_class_where_nothing_is_salient(seed):
    attention = np.random.default_rng(seed).integers(0, 256, (9, 11)).astype(np.uint8)
    found = initial_labels(np.zeros((9, 11), np.uint8), {0: attention})
    assert set(np.unique(found).tolist()) == {255}  # no class at all, so that the whole picture is dropped


def test_a_picture_that_is_salient_throughout_has_no_background():
    attention = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
    found = initial_labels(np.full((4, 256), 255, np.uint8), {0: attention})
    assert set(np.unique(found).tolist()) == {1, 255}


def test_a_class_that_is_active_nowhere_gets_no_pixel():
    attention = {0: np.full((4, 8), 77, np.uint8), 1: np.tile(np.arange(8, dtype=np.uint8), (4, 1))}
    assert 1 not in initial_labels(np.full((4, 8), 255, np.uint8), attention)


def test_a_picture_without_classes_teaches_nothing():
    assert set(np.unique(initial_labels(np.zeros((4, 4), np.uint8), {})).tolist()) == {255}


def test_every_limit_can_be_moved():
    saliency, attention = (a.astype(np.uint8) for a in np.meshgrid(np.arange(256), np.arange(256), indexing="ij"))
    moved = {"conflict": 0.8, "foreground": 0.5, "background": 10, "attention_limit": 0.2, "min_share": 0.9}
    for name, value in moved.items():
        changed = initial_labels(saliency, {CLASS: attention}, **{name: value})
        assert not np.array_equal(changed, table()), name
