import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.evaluation.learning import STEEP, still_falling, too_short

LOSSES = st.lists(st.floats(0.01, 10), min_size=4, max_size=40)


@pytest.mark.parametrize(
    ("losses", "fall"),
    [
        ([9, 9, 2, 1], 0.5),
        ([9, 9, 9, 9, 9, 2, 1], 0.5),
        ([9, 9, 9, 9, 5, 3, 2, 2], 0.5),
        ([1, 1, 1, 1], 0),
        ([1, 1, 1, 2], -1),
    ],
)
def test_it_is_what_the_last_quarter_is_lower_than_the_one_before(losses, fall):
    assert still_falling(list(map(float, losses))) == pytest.approx(fall)


@pytest.mark.parametrize("losses", [[], [3.0], [3.0, 2.0, 1.0], [1.0, 1.0, -1.0, -2.0], [1.0, 1.0, 0.0, 0.0]])
def test_few_epochs_and_losses_that_are_not_positive_say_nothing(losses):
    assert still_falling(losses) is None
    assert too_short(losses) == ""


@given(LOSSES, st.floats(0.01, 100))
def test_the_unit_of_the_loss_does_not_matter(losses, factor):
    assert still_falling([factor * loss for loss in losses]) == pytest.approx(still_falling(losses), abs=1e-9)


@given(LOSSES)
def test_what_came_before_the_last_half_does_not_matter(losses):
    assert still_falling([5.0] * (len(losses) // 2) + losses[len(losses) // 2 :]) == still_falling(losses)


def test_a_loss_that_has_settled_is_no_reason_to_train_longer_and_one_that_falls_is():
    epochs = np.arange(40)
    settled, falling = 0.3 + np.exp(-epochs / 3), np.exp(-epochs / 30)
    assert too_short(settled.tolist()) == ""
    fall = 1 - math.exp(-10 / 30)
    assert fall > STEEP
    assert f"fell by {100 * fall:.0f} % in the last quarter" in too_short(falling.tolist())
    assert "raise `epochs`, `least_steps`" in too_short(falling.tolist())
