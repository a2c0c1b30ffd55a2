from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch

from seedmask.methods.prototype_seeds import competing, fuse_scales, prototype_seeds, summed_scales
from seedmask.methods.prototypes import activation_maps, prototype_cam
from seedmask.testing.seeds import NetworkSeedContract, example_image, toy_scores


class Parts(NamedTuple):
    scores: torch.Tensor
    hierarchy: torch.Tensor


def seeds(score_maps, image, classes, scales=(1.0, 0.5)):
    def features(images):
        scores = score_maps(images) + 1
        return Parts(scores, torch.cat([scores, scores.square()], dim=1))

    def weight_maps(parts, present):
        return activation_maps(parts.scores)

    number = score_maps(torch.zeros(1, 3, 8, 8)).shape[1]
    return prototype_seeds(features, weight_maps, image, classes, number, scales)


class TestWeights(NetworkSeedContract):
    def network_cams(self, score_maps, image, classes):
        return seeds(score_maps, image, classes).weights[1:]

    def test_an_image_without_classes_asks_no_network(self):
        """Here the network runs, for the background."""
        found = seeds(toy_scores(), example_image(), [])
        assert found.weights.shape == found.prototypes.shape == (1, 20, 30)


def test_both_kinds_have_background_first_then_the_classes_in_their_order():
    image = example_image()
    both = seeds(toy_scores(), image, [3, 1])
    assert both.weights.shape == both.prototypes.shape == (3, 20, 30)
    other = seeds(toy_scores(), image, [1, 3])
    for kind, swapped in zip(both, other, strict=True):
        assert kind.dtype == np.float32
        assert 0 <= kind.min() <= kind.max() <= 1
        np.testing.assert_array_equal(kind[[0, 2, 1]], swapped)


def test_maps_of_a_mirrored_picture_are_the_mirrored_maps():
    image = example_image(24, 32)
    plain, mirrored = seeds(toy_scores(), image, [0, 2]), seeds(toy_scores(), image[:, ::-1].copy(), [0, 2])
    for kind, other in zip(plain, mirrored, strict=True):
        np.testing.assert_allclose(other, kind[..., ::-1], atol=1e-5)


def test_pixels_that_an_absent_class_wins_are_no_seeds():
    """Two places: the present class is strongest at the first, an absent one at the second."""
    scores = torch.tensor([[[[1.0, 0.6]], [[0.1, 1.0]]]])
    hierarchy = torch.tensor([[[[1.0, 0.0]], [[0.0, 1.0]]]])
    found = prototype_seeds(
        lambda images: Parts(scores.expand(2, -1, -1, -1), hierarchy.expand(2, -1, -1, -1)),
        lambda parts, present: activation_maps(parts.scores),
        np.zeros((1, 2, 3), np.uint8),
        [0],
        2,
        (1.0,),
    )
    # the sum of both views: every place holds the features of both, so only what was chosen as a seed differs
    together = scores + scores.flip(-1)
    maps = activation_maps(together)
    valid = torch.tensor([1.0, 1.0, 0.0]).view(1, 3, 1, 1)
    expected, chosen = prototype_cam(hierarchy + hierarchy.flip(-1), maps, valid, 0.3)
    assert not chosen[0, 2].any()
    expected = expected[0, :2] / (expected[0, :2].amax(dim=(1, 2), keepdim=True) + 1e-5)
    np.testing.assert_allclose(found.prototypes, expected, atol=1e-6)


@pytest.mark.parametrize("scales", [(1.0,), (1.0, 0.5, 1.5, 2.0)])
def test_every_size_counts(scales):
    found = seeds(toy_scores(), example_image(), [1, 2], scales)
    assert not np.allclose(found.weights, seeds(toy_scores(), example_image(), [1, 2], (0.75,)).weights)


GOLDEN = Path(__file__).parents[1] / "golden" / "sfc"


@pytest.mark.parametrize("name", ["single", "no_label"])
@pytest.mark.parametrize(("kind", "fused"), [("p", "IS_CAM"), ("w", "IS_CAM1")])
def test_fused_maps_equal_those_of_the_reference(name, kind, fused):
    case = np.load(GOLDEN / f"seed_fusion_{name}.npz")
    cams = [torch.as_tensor(case[f"cam_{kind}_s{scale}"]) for scale in range(4)]
    found = fuse_scales(cams, tuple(case["size"].tolist()), case["keys"].tolist())
    np.testing.assert_allclose(found, case[fused], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "proto_share", "labels"),
    [
        ("single", 1.0, "label_w_plus_p"),
        ("single", 0.3, "label_w_plus_0p3p"),
        ("no_label", 1.0, "label_w_plus_p"),
        ("no_label", 0.3, "label_w_plus_0p3p"),
    ],
)
def test_labels_of_combined_maps_are_those_of_the_reference(name, proto_share, labels):
    case = np.load(GOLDEN / f"seed_fusion_{name}.npz")
    total = case["IS_CAM1"] + np.float32(proto_share) * case["IS_CAM"]
    assert np.array_equal(case["keys"][total.argmax(axis=0)], case[labels])


@pytest.mark.parametrize(("score", "wins"), [(0.5, True), (0.45, False), (0.468, True), (0.466, False)])
def test_a_class_wins_where_twice_its_score_beats_the_raised_background(score, wins):
    maps = torch.tensor([1 - score, score]).view(2, 1, 1)
    background, foreground = competing(maps).flatten().tolist()
    assert (foreground > background) == wins


def test_summed_maps_lie_between_zero_and_one_and_an_empty_one_stays_empty():
    maps = torch.rand(3, 4, 5, generator=torch.Generator().manual_seed(0))
    maps[2] = 0
    found = summed_scales([maps, maps[:, ::2]], (8, 10))
    assert found.shape == (3, 8, 10)
    assert 0 <= found.min() <= found.max() <= 1
    assert not found[2].any()
