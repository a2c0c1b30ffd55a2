from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seedmask.methods.i2crc import i2crc_loss, masked_prototype, relation_losses

GOLDEN = Path(__file__).parents[1] / "golden" / "i2crc"
TERMS = {"classification": "cls", "object_distance": "cad_ob", "background_distance": "cad_bg", "class_distance": "csd"}
DISTANCES = list(TERMS)[1:]
CASES = ["single_soft", "no_single_image", "empty_full_saliency", "hand_2x2", "hand_2x2_soft"]


def golden(name):
    case = {key: torch.as_tensor(value) for key, value in np.load(GOLDEN / f"loss_{name}.npz").items()}
    case.setdefault("saliency", case["saliency_u8"].double() / 255 if "saliency_u8" in case else None)
    return case


@pytest.mark.parametrize("name", CASES)
def test_losses_and_gradients_equal_those_of_the_reference(name):
    case = golden(name)
    maps = case["maps"].requires_grad_()
    found = i2crc_loss(maps, case["saliency"], case["labels"])
    for term, key in {**TERMS, "total": "total"}.items():
        torch.testing.assert_close(getattr(found, term), case[key], rtol=0, atol=1e-12, check_dtype=False)
    for term, key in {**{term: TERMS[term] for term in DISTANCES}, "total": "total"}.items():
        (gradient,) = torch.autograd.grad(getattr(found, term), maps, retain_graph=True)
        torch.testing.assert_close(gradient, case[f"grad_{key}"], rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_training_batch_gives_the_losses_and_gradient_of_the_reference(dtype):
    case = golden("train_like_f32")
    maps = case["maps"].to(dtype).requires_grad_()
    found = i2crc_loss(maps, case["saliency"].to(dtype), case["labels"])
    for term, key in {**TERMS, "total": "total"}.items():
        torch.testing.assert_close(getattr(found, term).double(), case[key].double(), rtol=0, atol=1e-6)
    (gradient,) = torch.autograd.grad(found.total, maps)
    torch.testing.assert_close(gradient.double(), case["grad_total"].double(), rtol=0, atol=1e-7)


def test_prototypes_equal_those_of_the_reference():
    case = golden("single_soft")
    large = torch.nn.functional.interpolate(case["maps"], case["saliency"].shape[-2:], mode="bilinear")
    for mask, key in ((case["saliency"], "proto_ob"), (1 - case["saliency"], "proto_bg")):
        torch.testing.assert_close(masked_prototype(large, mask), case[key], rtol=0, atol=1e-12)


def hand_maps():
    maps = torch.zeros(1, 20, 2, 2, dtype=torch.float64)
    maps[0, 0] = torch.tensor([[1, 2], [3, 4]])
    maps[0, 1] = torch.tensor([[-1, 0], [0, 1]])
    return maps


def one_hot(*classes, count=20):
    return torch.nn.functional.one_hot(torch.tensor(classes), count).double()


def test_the_hand_example_of_a_binary_mask():
    maps = hand_maps().requires_grad_()
    saliency = torch.tensor([[[1, 1], [0, 0]]], dtype=torch.float64)
    prototypes = [masked_prototype(maps, mask)[0, :2].detach() for mask in (saliency, 1 - saliency)]
    torch.testing.assert_close(
        torch.stack(prototypes), torch.tensor([[1.5, -0.5], [3.5, 0.5]]).double(), atol=2e-5, rtol=0
    )
    found = relation_losses(maps, saliency, one_hot(0))
    assert [round(term.item(), 4) for term in found] == [0.025, 0.025, 0.1]
    (gradient,) = torch.autograd.grad(found.class_distance, maps)
    expected = torch.tensor([[-0.025, -0.025], [0.025, 0.025]]).double()
    torch.testing.assert_close(gradient[0, 0], expected, atol=1e-6, rtol=0)
    assert not gradient[0, 1:].any()


def test_soft_masks_weigh_distances_by_their_square():
    halves = torch.full((1, 2, 2), 0.5, dtype=torch.float64)
    assert float(relation_losses(hand_maps(), halves, one_hot(0)).object_distance) == pytest.approx(0.04375, abs=1e-5)
    once = relation_losses(hand_maps(), halves, one_hot(0), saliency_power=1)
    assert float(once.object_distance) == pytest.approx(0.0875, abs=1e-5)


def batch(seed, count=3, classes=5):
    draws = torch.Generator().manual_seed(seed)
    maps = torch.randn(count, classes, 4, 4, generator=draws, dtype=torch.float64)
    saliency = torch.rand(count, 8, 8, generator=draws, dtype=torch.float64)
    labels = one_hot(*torch.randint(classes, (count,), generator=draws).tolist(), count=classes)
    return maps, saliency, labels


seeds = st.integers(0, 10_000)


@given(seeds)
def test_object_and_background_change_places_with_the_saliency(seed):
    maps, saliency, labels = batch(seed)
    there, back = relation_losses(maps, saliency, labels), relation_losses(maps, 1 - saliency, labels)
    torch.testing.assert_close(there.object_distance, back.background_distance)
    torch.testing.assert_close(there.class_distance, -back.class_distance)


@given(seeds, st.floats(0.1, 10))
def test_distances_grow_with_the_square_and_with_the_scale_of_the_maps(seed, factor):
    maps, saliency, labels = batch(seed)
    once, more = relation_losses(maps, saliency, labels), relation_losses(factor * maps, saliency, labels)
    torch.testing.assert_close(more.object_distance, factor**2 * once.object_distance)
    torch.testing.assert_close(more.class_distance, factor * once.class_distance)


@given(seeds, st.floats(-5, 5))
def test_a_constant_added_to_a_channel_changes_nothing(seed, constant):
    maps, saliency, labels = batch(seed)
    moved = maps.clone()
    moved[:, 1] += constant
    for once, more in zip(
        relation_losses(maps, saliency, labels), relation_losses(moved, saliency, labels), strict=True
    ):
        torch.testing.assert_close(more, once, atol=1e-4, rtol=0)


@given(seeds)
def test_pictures_of_no_or_several_classes_say_nothing(seed):
    maps, saliency, labels = batch(seed)
    others = torch.stack([torch.zeros(5), torch.tensor([1.0, 1, 0, 0, 0])]).double()
    more = torch.cat([maps, torch.randn(2, 5, 4, 4).double()]).requires_grad_()
    together = relation_losses(more, torch.cat([saliency, saliency[:2]]), torch.cat([labels, others]))
    for alone, found in zip(relation_losses(maps, saliency, labels), together, strict=True):
        torch.testing.assert_close(found, alone)
    (gradient,) = torch.autograd.grad(sum(together), more)
    assert not gradient[3:].any()


@given(seeds, st.permutations(range(3)), st.permutations(range(5)))
def test_the_order_of_pictures_and_channels_does_not_matter(seed, pictures, channels):
    maps, saliency, labels = batch(seed)
    moved = relation_losses(maps[pictures][:, channels], saliency[pictures], labels[pictures][:, channels])
    for once, more in zip(relation_losses(maps, saliency, labels), moved, strict=True):
        torch.testing.assert_close(more, once)


@given(seeds)
def test_a_picture_shown_twice_counts_once(seed):
    maps, saliency, labels = batch(seed, count=1)
    twice = relation_losses(maps.repeat(2, 1, 1, 1), saliency.repeat(2, 1, 1), labels.repeat(2, 1))
    for once, more in zip(relation_losses(maps, saliency, labels), twice, strict=True):
        torch.testing.assert_close(more, once)


@given(seeds)
def test_a_binary_mask_gives_the_variance_of_its_pixels(seed):
    maps, saliency, labels = batch(seed, count=1)
    mask = (saliency > 0.5).double()
    large = torch.nn.functional.interpolate(maps, (8, 8), mode="bilinear")[0]
    variance = large[:, mask[0] > 0].var(dim=1, correction=0).mean()
    torch.testing.assert_close(relation_losses(maps, mask, labels).object_distance, variance, atol=1e-5, rtol=1e-5)


def test_maps_that_are_constant_in_space_cost_nothing():
    maps = torch.full((1, 5, 4, 4), 3.0, dtype=torch.float64)
    found = relation_losses(maps, torch.full((1, 8, 8), 0.5, dtype=torch.float64), one_hot(1, count=5))
    assert found.object_distance < 1e-9
    assert abs(found.class_distance) < 1e-5


def test_the_class_distance_pulls_by_saliency_alone():
    maps, saliency, labels = batch(0, count=1)

    def pull(maps, saliency):
        maps = maps.clone().requires_grad_()
        return torch.autograd.grad(relation_losses(maps, saliency, labels).class_distance, maps)[0]

    torch.testing.assert_close(pull(maps, saliency), pull(7 * maps - 1, saliency))
    assert float(pull(maps, saliency).sum()) == pytest.approx(0, abs=1e-6)
    assert float(pull(maps, torch.zeros_like(saliency)).sum()) == pytest.approx(1 / 5, abs=1e-6)  # the class goes down
    assert float(pull(maps, torch.ones_like(saliency)).sum()) == pytest.approx(-1 / 5, abs=1e-6)


def test_without_a_qualifying_picture_there_are_three_zeros_with_a_gradient():
    maps, saliency, _ = batch(1)
    maps.requires_grad_()
    found = i2crc_loss(maps, saliency, torch.ones(3, 5).double())
    assert [getattr(found, term).item() for term in DISTANCES] == [0, 0, 0]
    (extra,) = torch.autograd.grad(sum(found[1:]), maps, retain_graph=True)
    assert not extra.any()
    (gradient,) = torch.autograd.grad(found.total, maps)
    assert gradient.any()


def test_all_pictures_with_a_class_can_be_chosen():
    maps, saliency, labels = batch(2)
    labels[0] = torch.tensor([1, 1, 0, 0, 0])
    labels[1] = 0
    chosen = relation_losses(maps, saliency, labels, select="all")
    alone = [relation_losses(maps[n : n + 1], saliency[n : n + 1], labels[n : n + 1], select="all") for n in (0, 2)]
    for found, parts in zip(chosen, zip(*alone, strict=True), strict=True):
        torch.testing.assert_close(found, sum(parts) / 2)


def test_pictures_with_too_little_that_is_salient_can_be_left_out():
    maps, saliency, labels = batch(3)
    saliency[1] = 0
    left = [0, 2]
    for found, rest in zip(
        relation_losses(maps, saliency, labels, min_saliency=0.05),
        relation_losses(maps[left], saliency[left], labels[left]),
        strict=True,
    ):
        torch.testing.assert_close(found, rest)


def test_detached_prototypes_change_the_gradient_and_not_the_value():
    maps, saliency, labels = batch(4)
    maps.requires_grad_()
    whole, cut = (relation_losses(maps, saliency, labels, detach=detach) for detach in (False, True))
    torch.testing.assert_close(whole.object_distance, cut.object_distance)
    gradients = [torch.autograd.grad(loss.object_distance, maps, retain_graph=True)[0] for loss in (whole, cut)]
    assert not torch.allclose(*gradients, atol=1e-6)


def test_gradients_are_those_of_finite_differences():
    maps, saliency, labels = batch(6, count=2, classes=3)
    maps = maps.requires_grad_()
    assert torch.autograd.gradcheck(lambda maps: tuple(relation_losses(maps, saliency, labels)), maps)
