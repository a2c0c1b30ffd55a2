import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from seedmask.methods import linear_head
from seedmask.methods.linear_head import linear_scores


def drawn(seed, pictures=30, features=6):
    """Features and the tags of two classes, the first of which shows in the first feature."""
    generator = torch.Generator().manual_seed(seed)
    found = torch.randn(pictures, features, generator=generator, dtype=torch.float64)
    noise = torch.randn(pictures, 2, generator=generator, dtype=torch.float64)
    return found, (torch.stack([found[:, 0], found[:, 1] * 0], dim=1) + 0.5 * noise > 0).double()


def test_a_class_that_shows_in_a_feature_is_recognised_by_it():
    features, targets = drawn(0)
    others, wanted = drawn(1, pictures=200)
    right = ((linear_scores(features, targets, others) > 0) == wanted.bool()).double().mean(dim=0)
    assert right[0] > 0.8
    assert right[1] < 0.65


def test_it_is_the_least_of_the_loss_in_the_docstring():
    features, targets = drawn(2)
    shown = (features - features.mean(dim=0)) / (features.std(dim=0, correction=0) * 6**0.5)
    logits = linear_scores(features, targets, features)
    design = torch.cat([shown, torch.ones(len(shown), 1, dtype=shown.dtype)], dim=1)
    found = torch.linalg.lstsq(design, logits).solution

    def loss(solution):
        misfit = binary_cross_entropy_with_logits(design @ solution, targets, reduction="sum")
        return misfit + solution[:-1].square().sum() / (2 * linear_head.USUAL_LOGIT**2)

    solution = found.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(solution), solution)
    assert gradient.abs().max() < 1e-3


def test_scale_and_offset_of_the_features_do_not_matter():
    features, targets = drawn(3)
    moved = features * torch.arange(1, 7) + 100
    torch.testing.assert_close(
        linear_scores(features, targets, features), linear_scores(moved, targets, moved), rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_feature_or_a_class_that_is_always_the_same_gives_finite_scores(value):
    features, targets = drawn(4)
    features[:, 2], targets[:, 1] = value, value
    assert torch.isfinite(linear_scores(features, targets, features)).all()


def test_classes_are_fitted_each_for_itself():
    features, targets = drawn(5)
    alone = linear_scores(features, targets[:, :1], features)
    torch.testing.assert_close(linear_scores(features, targets, features)[:, :1], alone, rtol=1e-3, atol=1e-3)
