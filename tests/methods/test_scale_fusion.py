from pathlib import Path

import numpy as np
import pytest
import torch

from seedmask.methods.scale_fusion import competing, fuse_scales, summed_scales

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
