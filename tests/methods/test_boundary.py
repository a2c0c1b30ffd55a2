import math

import numpy as np
import pytest
import torch

from seedmask.methods.boundary import boundary_loss, boundary_map
from seedmask.methods.neighbours import near_pairs, strongest_between


def test_pairs_are_all_nearer_than_the_radius_and_each_stands_once():
    found = {
        frozenset(((y, x), (y + p.offset[0], x + p.offset[1])))
        for p in near_pairs(4, 5, 3)
        for y in range(p.here[0].start, p.here[0].stop)
        for x in range(p.here[1].start, p.here[1].stop)
    }
    count = sum((p.here[0].stop - p.here[0].start) * (p.here[1].stop - p.here[1].start) for p in near_pairs(4, 5, 3))
    places = [(y, x) for y in range(4) for x in range(5)]
    expected = {frozenset((a, b)) for a in places for b in places if a != b and math.dist(a, b) < 3}
    assert found == expected
    assert count == len(expected)


def test_radius_five_has_thirty_four_pairs_of_offsets():
    assert len(near_pairs(20, 20, 5)) == 34


def test_the_strongest_of_a_path_is_found_between_its_ends():
    boundary = torch.zeros(1, 5)
    boundary[0, 2] = 0.7
    by_offset = {p.offset: strongest_between(boundary, p) for p in near_pairs(1, 5, 4)}
    assert by_offset[0, 3][0].tolist() == pytest.approx([0.7, 0.7])
    assert by_offset[0, 1][0].tolist() == pytest.approx([0, 0.7, 0.7, 0])


def irn_loss(boundary, displacement, labels, radius):
    """Pair by pair, from the paper's formulas."""
    kinds = {"bg": [], "fg": [], "neg": [], "dp_bg": [], "dp_fg": []}
    height, width = labels.shape
    for p in near_pairs(height, width, radius):
        dy, dx = p.offset
        for y in range(p.here[0].start, p.here[0].stop):
            for x in range(p.here[1].start, p.here[1].stop):
                a, b = labels[y, x].item(), labels[y + dy, x + dx].item()
                if 255 in (a, b):
                    continue
                path = [(r, c) for r in range(y, y + dy + 1) for c in range(min(x, x + dx), max(x, x + dx) + 1)]
                on = [(r, c) for r, c in path if abs(dy * (c - x) - dx * (r - y)) < math.hypot(dy, dx)]
                affinity = 1 - max(boundary[r, c].item() for r, c in on)
                difference = displacement[:, y, x] - displacement[:, y + dy, x + dx]
                if a != b:
                    kinds["neg"].append(-math.log(1 + 1e-5 - affinity))
                else:
                    kind = "bg" if a == 0 else "fg"
                    kinds[kind].append(-math.log(affinity + 1e-5))
                    target = torch.tensor([0.0, 0.0] if a == 0 else [float(dy), float(dx)])
                    kinds[f"dp_{kind}"] += (difference - target).abs().tolist()
    mean = {kind: sum(values) / len(values) if values else 0 for kind, values in kinds.items()}
    return (mean["bg"] + mean["fg"]) / 4 + mean["neg"] / 2, (mean["dp_bg"] + mean["dp_fg"]) / 2


@pytest.mark.parametrize("radius", [2, 4])
def test_the_loss_equals_that_of_all_pairs_by_hand(radius):
    generator = torch.Generator().manual_seed(radius)
    boundary = torch.rand(5, 6, generator=generator, dtype=torch.float64)
    displacement = torch.randn(2, 5, 6, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, 3, (5, 6), generator=generator)
    labels[torch.rand(5, 6, generator=generator) < 0.2] = 255
    found = boundary_loss(boundary[None], displacement[None], labels[None], radius)
    affinity, pointing = irn_loss(boundary, displacement, labels, radius)
    assert found.affinity.item() == pytest.approx(affinity, abs=1e-4)
    assert found.displacement.item() == pytest.approx(pointing, abs=1e-4)


def halves(ignored=0):
    labels = torch.zeros(1, 6, 12, dtype=torch.long)
    labels[..., 6:] = 3
    labels[..., 6 - ignored : 6 + ignored] = 255
    return labels


def test_a_line_between_two_labels_costs_less_than_no_line_or_another():
    wall = torch.full((1, 6, 12), 0.01)
    right, wrong = wall.clone(), wall.clone()
    right[..., 6], wrong[..., 2] = 0.99, 0.99
    cost = [boundary_loss(b, None, halves(1), 4).affinity for b in (right, wall, wrong)]
    assert cost[0] < min(cost[1:])


def test_ignored_places_get_no_gradient_where_no_path_crosses_them():
    boundary = torch.full((1, 6, 12), 0.3, requires_grad=True)
    labels = halves()
    labels[:, :, :4] = 255
    boundary_loss(boundary, None, labels, 3).affinity.backward()
    assert not boundary.grad[..., :4].any()
    assert boundary.grad[..., 5:].any()


def test_labels_that_say_nothing_cost_nothing():
    boundary = torch.full((1, 4, 4), 0.5, requires_grad=True)
    loss = boundary_loss(boundary, torch.zeros(1, 2, 4, 4), torch.full((1, 4, 4), 255), 3)
    (loss.affinity + loss.displacement).backward()
    assert (loss.affinity.item(), loss.displacement.item()) == (0, 0)
    assert not boundary.grad.any()


def test_arrows_of_one_object_that_meet_cost_nothing():
    y, x = torch.meshgrid(torch.arange(5.0), torch.arange(6.0), indexing="ij")
    meeting = torch.stack([2 - y, 3 - x])[None]
    labels = torch.ones(1, 5, 6, dtype=torch.long)
    assert boundary_loss(torch.zeros(1, 5, 6), meeting, labels, 4).displacement.item() == pytest.approx(0, abs=1e-6)
    assert boundary_loss(torch.zeros(1, 5, 6), meeting, labels * 0, 4).displacement > 0.5


def test_the_map_of_a_mirrored_picture_is_the_mirrored_map():
    weight = torch.randn(3, generator=torch.Generator().manual_seed(0)).view(1, 3, 1, 1)

    def logits(images):
        ramp = torch.arange(images.shape[-1] // 4) / 4  # a network that treats left and right differently
        return torch.nn.functional.avg_pool2d((images * weight).sum(dim=1, keepdim=True), 4)[:, 0] + ramp

    image = np.random.default_rng(0).integers(0, 256, (16, 24, 3), np.uint8)
    found = boundary_map(logits, image)
    assert found.shape == (4, 6)
    assert found.dtype == np.float32
    assert 0 < found.min() < found.max() < 1
    np.testing.assert_allclose(boundary_map(logits, image[:, ::-1].copy()), found[:, ::-1], atol=1e-6)
