import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seedmask.classifiers.cam.network import class_activation
from seedmask.methods.named import centred, mean_rows, named_activation, shares

WEIGHTINGS = ("mean", "softmax", "best")


def example(class_of, seed=0, places=(2, 3), channels=4):
    """Features of two pictures, centred rows, biases, and the class of each row."""
    generator = torch.Generator().manual_seed(seed)
    numbers = {"generator": generator, "dtype": torch.float64}
    class_of = torch.tensor(class_of, dtype=torch.long)
    features = torch.randn(2, channels, *places, **numbers)
    return features, torch.randn(len(class_of), channels, **numbers), torch.randn(len(class_of), **numbers), class_of


def by_the_formula(features, rows, bias, class_of, classes, weighting):
    """S_c(x) picture by picture, class by class, row by row."""
    maps = torch.zeros(len(features), classes, *features.shape[2:], dtype=features.dtype)
    for n, f in enumerate(features):
        for c in range(classes):
            own = [r for r in range(len(rows)) if class_of[r] == c]
            z = torch.stack([rows[r] @ f.mean(dim=(1, 2)) + bias[r] for r in own])
            w = {"mean": torch.ones_like(z) / len(z), "softmax": z.softmax(0), "best": (z == z.max()).to(z.dtype)}
            for r, share in zip(own, w[weighting], strict=True):
                maps[n, c] += share * torch.einsum("d,dhw->hw", rows[r], f)
    return maps


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_maps_are_those_of_the_formula_whatever_the_order_of_the_rows(weighting):
    case = example([1, 0, 2, 1, 1, 0])
    torch.testing.assert_close(named_activation(*case, 3, weighting), by_the_formula(*case, 3, weighting))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.sampled_from(WEIGHTINGS), st.integers(0, 99))
def test_shares_of_a_class_add_up_to_one_and_a_common_number_changes_nothing(class_of, weighting, seed):
    class_of = torch.tensor(class_of)
    logits = torch.randn(3, len(class_of), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    found = shares(logits, class_of, 5, weighting)
    assert (found >= 0).all()
    for number in class_of.unique():
        torch.testing.assert_close(found[:, class_of == number].sum(1), torch.ones(3, dtype=torch.float64))
    torch.testing.assert_close(shares(logits + 7, class_of, 5, weighting), found)


@given(st.lists(st.integers(0, 2), min_size=4, max_size=9), st.sampled_from(WEIGHTINGS), st.integers(0, 99))
def test_a_class_s_map_looks_at_no_other_class(class_of, weighting, seed):
    class_of[0] = 1
    features, rows, bias, numbers = example(class_of, seed)
    own = numbers == 1
    alone = named_activation(features, rows[own], bias[own], numbers[own], 3, weighting)
    torch.testing.assert_close(named_activation(features, rows, bias, numbers, 3, weighting)[:, 1], alone[:, 1])


def test_the_best_row_has_it_all_and_rows_that_tie_share_it():
    logits = torch.tensor([[1.0, 3.0, 3.0, 0.0], [2.0, 1.0, 0.0, 0.0]])
    found = shares(logits, torch.tensor([0, 0, 0, 1]), 2, "best")
    assert found.tolist() == [[0, 0.5, 0.5, 1], [1, 0, 0, 1]]


def test_the_softmax_lies_between_the_mean_and_the_best():
    class_of = torch.zeros(3, dtype=torch.long)
    logits = torch.tensor([[0.1, 0.2, 0.5]])
    near = {factor: shares(logits * factor, class_of, 1, "softmax") for factor in (1e-4, 1e4)}
    torch.testing.assert_close(near[1e-4], shares(logits, class_of, 1, "mean"), atol=1e-3, rtol=0)
    torch.testing.assert_close(near[1e4], shares(logits, class_of, 1, "best"))


def test_maps_of_mean_rows_are_class_activations():
    features, rows, bias, class_of = example([0, 2, 2, 0, 1])
    expected = class_activation(features, mean_rows(rows, class_of, 3))
    torch.testing.assert_close(named_activation(features, rows, bias, class_of, 3, "mean"), expected)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_a_class_without_rows_scores_nothing_even_where_no_class_has_any(weighting):
    features, rows, bias, class_of = example([0, 2])
    assert not named_activation(features, rows, bias, class_of, 3, weighting)[:, 1].any()
    none = named_activation(features, rows[:0], bias[:0], class_of[:0], 3, weighting)
    assert none.shape == (2, 3, 2, 3)
    assert not none.any()


def test_what_all_rows_have_in_common_is_taken_away():
    weight = torch.randn(7, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(centred(weight + torch.arange(4.0)), centred(weight))
    torch.testing.assert_close(centred(weight).mean(0), torch.zeros(4))


def test_a_class_without_rows_has_the_mean_row_zero():
    assert mean_rows(torch.ones(2, 4), torch.tensor([0, 0]), 2).tolist() == [[1] * 4, [0] * 4]
