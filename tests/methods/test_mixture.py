from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seedmask.methods.agmm import agmm_loss, class_centres, gaussian_scores

GOLDEN = Path(__file__).parents[1] / "golden" / "agmm"
CASES = sorted(path.stem for path in GOLDEN.glob("case*.npz"))
LOSSES = {
    "partial_ce": "seg",
    "absent": "cls",
    "separation": "proto",
    "consistency": "gmm_part1",
    "fit": "gmm_part2",
    "total": "total",
}
EMPTY = {"case06": set(LOSSES) - {"separation"}, "case07": {"partial_ce", "consistency", "fit", "total"}}
"""Terms that the reference takes a mean over nothing for; here they are 0."""


def deviation_of(name):
    return name.split("_")[-1] if "variance" in name else None


def golden(name, dtype=torch.float64):
    case = {key: torch.as_tensor(value) for key, value in np.load(GOLDEN / f"{name}.npz").items()}
    inputs = {key: case[f"in_{key}"].to(dtype).requires_grad_() for key in ("feat", "logits")}
    rest = case["in_mask"], case["in_image_labels"].to(dtype)
    return case, inputs["feat"], inputs["logits"], *rest


@pytest.mark.parametrize("name", CASES)
def test_centres_and_scores_equal_those_of_the_reference(name):
    case, features, logits, labels, image_labels = golden(name)
    centres, present = class_centres(features, labels, logits.shape[1])
    torch.testing.assert_close(present, case["out_present"])
    torch.testing.assert_close(centres, case["out_centres"], atol=1e-6, rtol=0)
    how = {}
    if deviation := deviation_of(name):
        how = {"deviation": deviation, "probabilities": logits.softmax(dim=1) * image_labels[..., None, None]}
    scores = gaussian_scores(features, centres, present, labels, **how)
    torch.testing.assert_close(scores, case["out_gmm"], atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_losses_equal_those_of_the_reference(name, dtype):
    case, features, logits, labels, image_labels = golden(name, dtype)
    if "out_loss_total" not in case:
        pytest.skip("this case has scores alone")
    found = agmm_loss(features, logits, labels, image_labels, deviation=deviation_of(name))
    single = dtype == torch.float32
    suffix, tolerance = "_f32" * single, {"atol": 2e-6, "rtol": 2e-5} if single else {"atol": 1e-6, "rtol": 0}
    for term, key in LOSSES.items():
        expected = case.get(f"out_loss_{key}{suffix}", case[f"out_loss_{key}"]).to(dtype)
        if term in EMPTY.get(name[:6], ()):
            assert expected.isnan()
            assert term == "total" or getattr(found, term) == 0
        else:
            torch.testing.assert_close(getattr(found, term), expected, **tolerance)


@pytest.mark.parametrize("name", CASES)
def test_gradients_equal_those_of_the_reference(name):
    case, features, logits, labels, image_labels = golden(name)
    if "out_grad_total_feat" not in case:
        pytest.skip("this case has scores alone")
    found = agmm_loss(features, logits, labels, image_labels, deviation=deviation_of(name))
    for value, key in ((found.total, "total"), (found.consistency + found.fit, "gmm")):
        gradients = torch.autograd.grad(value, (features, logits), retain_graph=True, allow_unused=True)
        for gradient, of in zip(gradients, ("feat", "logits"), strict=True):
            torch.testing.assert_close(gradient, case[f"out_grad_{key}_{of}"], atol=1e-6, rtol=0)


HAND = {
    "features": torch.tensor([[[[0.0, 2], [1, 3]], [[0, 0], [2, 4]]]], dtype=torch.float64),
    "logits": torch.tensor([[[[2.0, 1], [0, -1]], [[0, 0], [0, 1]]]], dtype=torch.float64),
    "labels": torch.tensor([[[0, 2], [2, 1]]]),
}


def close(found, expected, atol=1e-5):
    torch.testing.assert_close(found, torch.as_tensor(expected, dtype=torch.float64), atol=atol, rtol=0)


def test_the_hand_example():
    features, logits, labels = HAND["features"].requires_grad_(), HAND["logits"], HAND["labels"]
    centres, present = class_centres(features, labels, 2)
    close(centres, [[[0, 0], [3, 4]]])
    close(
        gaussian_scores(features, centres, present, labels),
        [[[[1, 0.367879], [0.105399, 4.785e-6]], [[4.785e-6, 0.00193049], [0.0183159, 1]]]],
    )
    found = agmm_loss(features, logits, labels, torch.ones(1, 2).double())
    expected = {"partial_ce": 0.126928, "absent": 0, "separation": 4.7853e-6, "consistency": 0.197162, "fit": 6.963e-7}
    for term, value in expected.items():
        close(getattr(found, term), value, atol=1e-6)
    close(found.total, 0.324095, atol=2e-6)
    (gradient,) = torch.autograd.grad(found.consistency, features)
    assert gradient[0, :, 1, 0].abs().max() < 1e-12  # the network says one half there


@pytest.mark.parametrize(
    ("deviation", "expected"),
    [
        ("weighted", [[[1, 0.7144], [0.4691, 0.0162]], [[0.1215, 0.3412], [0.5025, 1]]]),
        ("uniform", [[[1, 0.8789], [0.7480, 0.2058]], [[0.3366, 0.5738], [0.7008, 1]]]),
    ],
)
def test_the_hand_example_with_deviations(deviation, expected):
    centres, present = class_centres(HAND["features"], HAND["labels"], 2)
    how = {"deviation": deviation, "probabilities": HAND["logits"].softmax(dim=1)}
    close(gaussian_scores(HAND["features"], centres, present, HAND["labels"], **how), [expected], atol=1e-4)


def batch(seed, size=(4, 5), scale=2, count=3, pictures=2):
    """Features, logits, labels of a few pixels, and image labels, in double precision."""
    draws = torch.Generator().manual_seed(seed)
    height, width = size[0] * scale, size[1] * scale
    features = torch.randn(pictures, 6, *size, generator=draws, dtype=torch.float64).relu()
    logits = torch.randn(pictures, count, height, width, generator=draws, dtype=torch.float64)
    labels = torch.full((pictures, height, width), count)
    drawn = torch.rand(labels.shape, generator=draws)
    labels[drawn < 0.2] = torch.randint(count, (int((drawn < 0.2).sum()),), generator=draws)
    labels[:, 0] = 255
    return features, logits, labels, torch.ones(pictures, count, dtype=torch.float64)


def scores(features, labels, count=3):
    return gaussian_scores(features, *class_centres(features, labels, count), labels)


def same(first, second, atol=1e-9):
    for one, other in zip(first, second, strict=True):
        torch.testing.assert_close(one, other, atol=atol, rtol=0)


seeds = st.integers(0, 10_000)


@given(seeds)
def test_scores_lie_in_0_to_1_and_are_0_for_absent_classes(seed):
    features, _, labels, _ = batch(seed)
    labels[0][labels[0] == 1] = 3
    labels[0, 3, 3] = 0
    found = scores(features, labels)
    assert 0 <= found.min() <= found.max() <= 1
    assert not found[0, 1].any()
    assert found[0, 0].any()


@given(seeds, st.permutations(range(3)))
def test_the_numbers_of_the_classes_do_not_matter(seed, order):
    features, logits, labels, tags = batch(seed)
    renamed = labels.clone()
    for new, old in enumerate(order):
        renamed[labels == old] = new
    same(agmm_loss(features, logits, labels, tags), agmm_loss(features, logits[:, order], renamed, tags[:, order]))


@given(seeds)
def test_centres_and_scores_of_a_picture_do_not_depend_on_the_others(seed):
    features, _, labels, _ = batch(seed)
    alone = scores(features[:1], labels[:1])
    torch.testing.assert_close(scores(features, labels)[:1], alone, atol=1e-12, rtol=0)


@given(seeds)
def test_a_mirror_image_has_mirrored_scores_and_the_same_losses(seed):
    features, logits, labels, tags = batch(seed)
    flipped = [part.flip(-1) for part in (features, logits, labels)]
    torch.testing.assert_close(scores(flipped[0], flipped[2]), scores(features, labels).flip(-1), atol=1e-12, rtol=0)
    same(agmm_loss(features, logits, labels, tags), agmm_loss(*flipped, tags))


@given(seeds)
def test_at_equal_size_pixels_may_change_places(seed):
    features, logits, labels, tags = batch(seed, scale=1)
    order = torch.randperm(20, generator=torch.Generator().manual_seed(seed))
    moved = [part.flatten(-2)[..., order].unflatten(-1, (4, 5)) for part in (features, logits, labels)]
    same(agmm_loss(features, logits, labels, tags), agmm_loss(*moved, tags))


@given(seeds, st.floats(-3, 3))
def test_a_constant_added_to_all_features_moves_no_score(seed, constant):
    features, _, labels, _ = batch(seed)
    torch.testing.assert_close(scores(features + constant, labels), scores(features, labels), atol=1e-5, rtol=0)


@given(seeds, st.floats(0.3, 3))
def test_scaled_features_raise_scores_to_a_power_at_equal_size(seed, factor):
    features, _, labels, _ = batch(seed, scale=1)
    labels[labels == 255] = 3
    torch.testing.assert_close(
        scores(factor * features, labels), scores(features, labels) ** (factor**2), atol=1e-5, rtol=0
    )


def test_scores_with_a_deviation_do_not_depend_on_the_scale():
    features, _, labels, _ = batch(3, scale=1)

    def found(factor):
        centres, present = class_centres(factor * features, labels, 3)
        return gaussian_scores(factor * features, centres, present, labels, deviation="uniform")

    torch.testing.assert_close(found(10), found(100), atol=1e-4, rtol=0)


def test_repeated_pictures_change_the_separation_as_the_sum_or_the_mean_does():
    features, logits, labels, tags = batch(4)
    for part in (labels,):
        part[part == 2] = 3  # one pair of classes
    once, four = (
        {
            how: agmm_loss(
                features.repeat(r, 1, 1, 1),
                logits.repeat(r, 1, 1, 1),
                labels.repeat(r, 1, 1),
                tags.repeat(r, 1),
                separation=how,
            )
            for how in ("sum", "mean")
        }
        for r in (1, 4)
    )
    torch.testing.assert_close(four["sum"].separation, once["sum"].separation ** 16, atol=1e-5, rtol=0)
    torch.testing.assert_close(four["mean"].separation, once["mean"].separation, atol=1e-5, rtol=0)
    for term in ("partial_ce", "absent", "consistency", "fit"):
        torch.testing.assert_close(getattr(four["sum"], term), getattr(once["sum"], term))


def test_the_mean_form_is_that_of_the_other_reading():
    for name in ("case01_basic_single_image", "case02_batch2_absent_and_cropped_out_class"):
        case, features, logits, labels, tags = golden(name)
        found = agmm_loss(features, logits, labels, tags, separation="mean").separation
        torch.testing.assert_close(found, case["alt_loss_proto_batch_mean"], atol=1e-6, rtol=0)


def test_one_class_has_no_pair_and_full_image_labels_no_absent_class():
    features, logits, labels, tags = batch(5)
    labels[labels < 3] = 1
    found = agmm_loss(features, logits, labels, tags)
    assert found.separation == 0
    assert found.absent == 0
    assert agmm_loss(features, logits, labels, torch.zeros_like(tags)).absent > 0


def test_like_centres_cost_the_most():
    features, logits, labels, tags = batch(6)
    found = agmm_loss(torch.ones_like(features), logits, labels, tags, separation="mean").separation
    torch.testing.assert_close(found.item(), 1.0, atol=1e-5, rtol=0)


def test_unlabelled_pixels_count_in_the_consistency_and_padding_does_not():
    features, logits, labels, tags = batch(7)
    labels[0][labels[0] == 255] = 3
    nothing, padding = labels.clone(), labels.clone()
    nothing[1], padding[1] = 3, 255
    terms = [agmm_loss(features, logits, each, tags).consistency for each in (nothing, padding)]
    torch.testing.assert_close(2 * terms[0], terms[1])


@pytest.mark.parametrize("code", [3, 255])
def test_without_a_labelled_pixel_there_are_zeros_with_a_gradient(code):
    features, logits, labels, tags = batch(8)
    labels[:] = code
    features.requires_grad_(), logits.requires_grad_()
    found = agmm_loss(features, logits, labels, tags)
    assert [float(term) for term in (t.detach() for t in found)] == [0] * 5
    for gradient in torch.autograd.grad(found.total, (features, logits)):
        assert not gradient.any()


def test_detached_scores_teach_without_learning():
    features, logits, labels, tags = batch(9)
    features.requires_grad_()
    found = agmm_loss(features, logits.requires_grad_(), labels, tags, detach_scores=True)
    learned, taught = torch.autograd.grad(found.consistency, (features, logits), allow_unused=True)
    assert learned is None
    assert taught.any()


@pytest.mark.parametrize(("code", "count"), [(4, 3), (254, 3), (-1, 3)])
def test_a_label_that_is_no_code_is_named(code, count):
    features, logits, labels, tags = batch(10)
    labels[0, 3, 3] = code
    with pytest.raises(ValueError, match=f"label {code}; expected 0 to 2, 3 for unlabelled or 255 for padding"):
        agmm_loss(features, logits, labels, tags)


def test_more_classes_than_a_byte_has_room_for_are_refused():
    with pytest.raises(ValueError, match="255 classes; labels of a byte have room for 254"):
        class_centres(torch.rand(1, 2, 3, 3), torch.zeros(1, 3, 3, dtype=torch.long), 255)


def test_unlabelled_pixels_that_are_coded_as_padding_are_another_batch():
    """The trap: it runs, and the mixture learns nothing from unlabelled pixels."""
    fits = []
    for name in ("case02_batch2_absent_and_cropped_out_class", "case16_unlabelled_wrongly_coded_255"):
        _, features, logits, labels, tags = golden(name)
        fits.append(agmm_loss(features, logits, labels, tags).fit.item())
    assert fits[1] > 5 * fits[0]


def test_gradients_of_all_terms_are_those_of_finite_differences():
    features, logits, labels, tags = batch(11, size=(2, 3))
    features = (features + 0.1 * torch.rand_like(features)).requires_grad_()
    logits.requires_grad_()
    assert torch.autograd.gradcheck(lambda f, p: tuple(agmm_loss(f, p, labels, tags)), (features, logits), atol=1e-4)
