from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seedmask.methods import seam
from seedmask.methods.seam import correlate, max_norm, one_hot_maximum, pixel_correlation, seam_loss, smaller_view

GOLDEN = Path(__file__).parents[1] / "golden" / "pmm"
VIEWS = ("cam1", "cam_rv1", "cam2", "cam_rv2")


def unit(features):
    """Features of unit length at each place."""
    return features / (features.norm(dim=1, keepdim=True) + 1e-5)


def example(seed=0, size=(5, 6), classes=3):
    generator = torch.Generator().manual_seed(seed)
    cam = torch.randn(2, classes + 1, *size, generator=generator, dtype=torch.float64)
    features = torch.randn(2, 7, *size, generator=generator, dtype=torch.float64)
    return cam, unit(features)


def test_loss_terms_and_gradients_equal_those_of_the_reference():
    case = np.load(GOLDEN / "seam_loss_two.npz")
    maps = [torch.tensor(case[name], requires_grad=True) for name in VIEWS]
    loss = seam_loss(*maps, torch.tensor(case["label"]))
    loss.total.backward()
    both = sum(case[name] for name in ("loss_cls1", "loss_cls2", "loss_rvmin1", "loss_rvmin2")) / 2
    assert loss.classification.item() == pytest.approx(both, abs=1e-6)
    assert loss.equivariance.item() == pytest.approx(case["loss_er"], abs=1e-6)
    assert loss.cross.item() == pytest.approx(case["loss_ecr1"] + case["loss_ecr2"], abs=1e-6)
    assert loss.total.item() == pytest.approx(case["loss"], abs=1e-5)
    for name, map_ in zip(VIEWS, maps, strict=True):
        np.testing.assert_allclose(map_.grad.numpy(), case[f"grad_{name}"], rtol=0, atol=2e-7)


def test_pieces_equal_those_of_the_reference():
    case = np.load(GOLDEN / "seam_pieces.npz")
    x = torch.tensor(case["x"])
    np.testing.assert_allclose(max_norm(x).numpy(), case["max_norm"], atol=1e-6)
    assert seam._weakest(x).item() == pytest.approx(case["minpool"], abs=1e-6)
    features = unit(torch.einsum("nchw,kc->nkhw", torch.tensor(case["pcm_f"]), torch.tensor(case["pcm_f9_weight"])))
    np.testing.assert_allclose(correlate(torch.tensor(case["pcm_cam"]), features), case["pcm_out"], atol=1e-6)
    kept = torch.tensor(case["max_onehot"])[:, 1:]
    np.testing.assert_array_equal(one_hot_maximum(x)[:, 1:], kept)


def naive_correlation(cam, features):
    """The four steps, place by place."""
    refined = torch.zeros_like(cam)
    for n in range(len(cam)):
        norm = torch.stack([(m.relu() - 1e-5).relu() / (m.relu().max() + 1e-5) for m in cam[n]])
        best = norm[1:].max(dim=0).values
        norm[1:] = torch.where(norm[1:] == best, norm[1:], 0)
        norm[0] = 1 - best
        f, planes = features[n].flatten(1), norm.flatten(1)
        for j in range(f.shape[1]):
            column = torch.stack([(f[:, i] @ f[:, j]).relu() for i in range(f.shape[1])])
            refined[n].view(len(planes), -1)[:, j] = planes @ (column / (column.sum() + 1e-5))
    return refined


@given(st.integers(0, 99))
def test_correlation_equals_the_formula_place_by_place(seed):
    cam, features = example(seed, size=(3, 4))
    torch.testing.assert_close(pixel_correlation(cam, features), naive_correlation(cam, features))


@given(st.integers(0, 99))
def test_refined_maps_lie_between_zero_and_one_and_are_scale_free(seed):
    cam, features = example(seed)
    refined = pixel_correlation(cam, features)
    assert refined.min() >= 0
    assert refined.max() <= 1
    torch.testing.assert_close(pixel_correlation(1000 * cam, features), refined, atol=1e-3, rtol=1e-3)


def test_absent_classes_take_part_in_the_maximum():
    cam, features = example()
    stronger = cam.clone()
    stronger[:, 3] = 9.0
    assert not torch.allclose(pixel_correlation(stronger, features)[:, 1], pixel_correlation(cam, features)[:, 1])


def test_places_without_likeness_keep_their_own_value():
    cam, _ = example(size=(2, 3))
    features = torch.eye(6, dtype=torch.float64).view(1, 6, 2, 3).expand(2, -1, -1, -1)
    refined = pixel_correlation(cam, features)
    assert (refined[:, 1:].amax(dim=(2, 3)) <= 1).all()
    assert ((refined[:, 1:] > 0).sum(dim=1) <= 1).all()


def test_correlation_teaches_the_features_and_not_the_scores():
    cam, features = example()
    cam.requires_grad_()
    features.requires_grad_()
    pixel_correlation(cam, features).square().sum().backward()
    assert cam.grad is None
    assert features.grad.any()


def test_large_maps_are_correlated_in_parts(monkeypatch):
    cam, features = example()
    whole = pixel_correlation(cam, features)
    monkeypatch.setattr("seedmask.methods.seam.COLUMNS", 7)
    torch.testing.assert_close(pixel_correlation(cam, features), whole)


@given(st.integers(0, 99))
def test_pictures_of_a_batch_do_not_mix(seed):
    cam, features = example(seed)
    together = pixel_correlation(cam, features)
    torch.testing.assert_close(together[1:], pixel_correlation(cam[1:], features[1:]))


def test_equal_views_of_one_picture_have_no_equivariance_loss():
    cam, features = example()
    refined = pixel_correlation(cam, features)
    loss = seam_loss(cam, refined, cam, refined, torch.eye(3)[:2])
    assert loss.equivariance == 0
    assert loss.total == loss.classification + loss.cross


def test_absent_classes_do_not_enter_the_equivariance():
    cam, features = example()
    refined = pixel_correlation(cam, features)
    labels = torch.tensor([[1, 0, 0], [1, 0, 0]])
    changed = cam.clone()
    changed[:, 2:] = changed[:, 2:].flip(-1)
    loss = seam_loss(cam, refined, changed, refined, labels)
    assert loss.equivariance == 0


def test_tags_may_be_numbers_of_any_kind():
    cam, features = example()
    refined = pixel_correlation(cam, features)
    kinds = [torch.eye(3)[:2].to(dtype) for dtype in (torch.bool, torch.long, torch.float32)]
    totals = [seam_loss(cam, refined, cam.flip(-1), refined.flip(-1), labels).total for labels in kinds]
    assert totals[0] == totals[1] == totals[2]


@pytest.mark.parametrize("labels", [torch.zeros(2, 3), torch.ones(2, 3)])
def test_no_tag_and_all_tags_give_a_finite_loss_and_gradient(labels):
    maps = [map_.requires_grad_() for map_ in (*example(), *example(1))]
    maps[1], maps[3] = maps[0].detach().relu().requires_grad_(), maps[2].detach().relu().requires_grad_()
    seam_loss(*maps, labels).total.backward()
    assert all(map_.grad is None or map_.grad.isfinite().all() for map_ in maps)


def test_views_of_one_pixel_give_a_finite_loss():
    cam = torch.rand(1, 3, 1, 5, generator=torch.Generator().manual_seed(0), requires_grad=True)
    small = smaller_view(cam)
    assert small.shape == (1, 3, 1, 1)
    loss = seam_loss(cam, cam.relu(), small, small.relu(), torch.ones(1, 2))
    loss.total.backward()
    assert cam.grad.isfinite().all()


def test_the_smaller_view_is_three_tenths_of_the_size():
    assert smaller_view(torch.rand(2, 3, 40, 50)).shape == (2, 3, 12, 15)


def test_a_constant_map_is_normalised_to_nothing():
    assert not max_norm(torch.full((1, 2, 3, 3), 4.0)).any()
