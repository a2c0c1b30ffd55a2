import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.config.length import length_of
from seedmask.config.networks import Optimiser


def settings(**changes):
    return Optimiser(**{"epochs": 4, "lr": 0.1} | changes)


OPTIONS = st.builds(
    settings,
    epochs=st.integers(1, 50),
    least_steps=st.integers(0, 2000),
    batch_size=st.integers(1, 32),
    accumulate=st.integers(1, 5),
    incomplete_batch=st.booleans(),
)


@given(OPTIONS, st.integers(1, 5000))
def test_a_training_is_the_longer_of_what_epochs_and_least_steps_ask_in_whole_epochs(options, pictures):
    length = length_of(options, pictures)
    planned = options.epochs * length.steps_an_epoch
    assert length.steps == length.epochs * length.steps_an_epoch
    assert length.steps >= max(planned, options.least_steps)
    assert length.steps < max(planned + 1, options.least_steps + length.steps_an_epoch)


@given(OPTIONS, st.integers(1, 5000), st.integers(1, 3000))
def test_an_exact_number_of_steps_is_exact(options, pictures, steps):
    length = length_of(options.model_copy(update={"steps": steps}), pictures)
    assert length.steps == steps
    assert (length.epochs - 1) * length.steps_an_epoch < steps <= length.epochs * length.steps_an_epoch
    assert length.nominal_epochs == length.epochs


@given(OPTIONS, st.integers(1, 5000))
def test_an_epoch_shows_all_pictures_but_those_of_an_incomplete_batch(options, pictures):
    length = length_of(options, pictures)
    left_out = 0 if options.incomplete_batch else pictures % length.batch
    assert length.seen == pictures - left_out
    assert length.steps_an_epoch == -(-length.seen // (length.batch * options.accumulate))


@pytest.mark.parametrize(
    ("pictures", "steps", "epochs"), [(1, 500, 500), (50, 504, 84), (133, 512, 32), (100_000, 50_000, 4)]
)
def test_few_pictures_are_seen_more_often_and_many_as_often_as_epochs_says(pictures, steps, epochs):
    length = length_of(settings(), pictures)
    assert (length.steps, length.epochs) == (steps, epochs)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {},
            "133 pictures, 16 steps an epoch, 32 epochs, 512 steps in all, "
            "as `least_steps` asks; epochs: 4 would be 64 steps",
        ),
        ({"least_steps": 64}, "133 pictures, 16 steps an epoch, 4 epochs, 64 steps in all, as `epochs` says"),
        ({"steps": 66}, "133 pictures, 16 steps an epoch, 5 epochs, 66 steps in all, as `steps` says"),
    ],
)
def test_the_length_and_its_reason_are_said(changes, words):
    assert length_of(settings(**changes), 133).describe() == words
