from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import conv2d
from torch.utils._python_dispatch import TorchDispatchMode

from seedmask.methods.prototypes import activation_maps, prototype_cam, refine_by_affinity

GOLDEN = Path(__file__).parents[1] / "golden" / "sfc"


def golden(name):
    return {key: torch.as_tensor(value) for key, value in np.load(GOLDEN / f"{name}.npz").items()}


@pytest.mark.parametrize("name", ["single_class", "edges", "infer_unmasked"])
def test_prototype_maps_and_seeds_equal_those_of_the_reference(name):
    case = golden(f"proto_cam_{name}")
    maps, seeds = prototype_cam(case["feature"], case["cam"], case["valid_mask"])
    torch.testing.assert_close(maps, case["proto_cam"], rtol=0, atol=1e-5)
    assert torch.equal(seeds, case["seeds"])


@pytest.mark.parametrize(("cam", "out"), [("cam", "cam_out"), ("cam_lowres", "cam_lowres_out")])
def test_refined_maps_equal_those_of_the_reference(cam, out):
    case = golden("pcm")
    features = conv2d(case["feat"], case["f9_weight"])
    torch.testing.assert_close(refine_by_affinity(case[cam], features), case[out], rtol=0, atol=1e-5)


def test_three_pixels_by_hand():
    features = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]).view(1, 2, 1, 3)
    cam = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]).view(1, 2, 1, 3)
    maps, seeds = prototype_cam(features, cam, torch.ones(1, 2, 1, 1))
    assert seeds[0, 1].tolist() == [[1, 0, 1]]
    torch.testing.assert_close(maps[0, 1], torch.tensor([[0.8944, 0.4472, 0.9487]]), rtol=0, atol=1e-4)


def test_equal_features_give_the_mean_and_orthogonal_ones_leave_the_maps():
    cam = torch.rand(1, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    mean = cam.mean(dim=(2, 3), keepdim=True).expand_as(cam)
    torch.testing.assert_close(refine_by_affinity(cam, torch.ones(1, 5, 2, 2)), mean, rtol=0, atol=1e-4)
    orthogonal = torch.eye(4).view(1, 4, 2, 2)
    torch.testing.assert_close(refine_by_affinity(cam, orthogonal), cam, rtol=0, atol=1e-4)


def test_a_shared_feature_misleads_weights_and_not_prototypes():
    """Nine pictures show a shared and a head feature, one the shared and a tail feature; one step from zero weights."""
    shared, head_, tail = torch.eye(3, dtype=torch.float64)
    pictures = torch.stack([shared + head_] * 9 + [shared + tail])
    labels = torch.tensor([[1.0, 0.0]] * 9 + [[0.0, 1.0]], dtype=torch.float64)
    weights = (labels - 0.5).T @ pictures  # minus the gradient at sigmoid 1/2
    torch.testing.assert_close(weights[0], 4 * shared + 4.5 * head_ - 0.5 * tail)
    scores = weights @ (shared + tail)
    assert scores.tolist() == [3.5, -3.5]
    pixels = torch.stack([shared + head_, shared + tail]).T.view(1, 3, 1, 2)
    cam = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], dtype=torch.float64).view(1, 3, 1, 2)
    maps, _ = prototype_cam(pixels, cam, torch.ones(1, 3, 1, 1, dtype=torch.float64))
    torch.testing.assert_close(maps[0, 1:, 0, 1], torch.tensor([0.5, 1.0], dtype=torch.float64))


def example(seed):
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(2, 6, 4, 5, generator=generator, dtype=torch.float64)
    cam = torch.rand(2, 4, 4, 5, generator=generator, dtype=torch.float64)
    return features, cam, torch.ones(2, 4, 1, 1, dtype=torch.float64)


@given(st.integers(0, 99), st.floats(0.1, 10))
def test_prototype_maps_do_not_depend_on_the_length_of_features(seed, factor):
    features, cam, valid = example(seed)
    torch.testing.assert_close(prototype_cam(features * factor, cam, valid)[0], prototype_cam(features, cam, valid)[0])


@given(st.integers(0, 99), st.permutations([1, 2, 3]))
def test_prototype_maps_follow_a_permutation_of_the_classes(seed, order):
    features, cam, valid = example(seed)
    channels = [0, *order]
    maps = prototype_cam(features, cam, valid)[0]
    torch.testing.assert_close(prototype_cam(features, cam[:, channels], valid)[0], maps[:, channels])


@given(st.integers(0, 99))
def test_features_on_padding_change_no_prototype(seed):
    features, cam, _ = example(seed)
    valid = torch.ones_like(cam)
    valid[..., -1] = 0
    other = features.clone()
    other[..., -1] += 3
    before, after = prototype_cam(features, cam, valid)[0], prototype_cam(other, cam, valid)[0]
    torch.testing.assert_close(before[..., :-1], after[..., :-1])


def test_absent_classes_are_zero_in_both_maps_and_compete_in_the_background():
    scores = torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    valid = torch.tensor([1.0, 1.0, 0.0, 0.0]).view(1, 4, 1, 1)
    maps = activation_maps(scores, valid)
    assert not maps[:, 2:].any()
    assert torch.equal(maps[:, 0], activation_maps(scores)[:, 0])
    assert not prototype_cam(torch.randn(1, 5, 4, 4), maps, valid)[0][:, 2:].any()


def test_seeds_teach_the_features_and_not_the_maps():
    features, cam, valid = example(0)
    features.requires_grad_()
    cam.requires_grad_()
    prototype_cam(features, cam, valid)[0].sum().backward()
    assert features.grad.any()
    assert cam.grad is None


class LargestTensor(TorchDispatchMode):
    """Numbers in the largest tensor that any operation made, gradients included."""

    largest = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for tensor in made if isinstance(made, list | tuple) else [made]:
            if isinstance(tensor, torch.Tensor):
                self.largest = max(self.largest, tensor.numel())
        return made


def test_no_tensor_of_every_class_feature_and_place_is_made():
    n, k, d, h, w = 2, 7, 48, 6, 5
    features = torch.rand(n, d, h, w, requires_grad=True)
    with LargestTensor() as seen:
        maps = refine_by_affinity(torch.rand(n, k, h, w), features)
        prototypes, _ = prototype_cam(features, maps, torch.ones(n, k, 1, 1))
        (prototypes.sum() + maps.sum()).backward()
    assert 0 < seen.largest <= n * max(d * h * w, (h * w) ** 2)
    assert seen.largest < n * k * d * h * w
