"""Seedmask's own extension by itself: what it refuses, and that it lets other threads run."""

import threading

import numpy as np
import pytest
import seedmask_lattice

IMAGE = np.random.default_rng(0).integers(0, 256, (8, 9, 3)).astype(np.uint8)
SCORES = np.log(np.full((2, 72), 0.5, np.float32))


def model(image=IMAGE, height=8, width=9, plain=3.0, bilateral=80.0, colour=13.0):
    return seedmask_lattice.model(image, height, width, plain, 3.0, bilateral, colour, 10.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"height": 7}, "216 bytes for an image of 7 x 9 x 3"),
        ({"height": 0, "image": b""}, "0 bytes for an image of 0 x 9 x 3"),
        ({"plain": 0.0}, "standard deviations must be positive"),
        ({"bilateral": -1.0}, "standard deviations must be positive"),
        ({"colour": float("nan")}, "standard deviations must be positive"),
    ],
)
def test_an_image_or_a_kernel_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        model(**arguments)


@pytest.mark.parametrize(
    ("scores", "marginals", "labels", "iterations"),
    [
        (SCORES, np.empty((3, 72), np.float32), 2, 1),
        (SCORES[:, :71].copy(), np.empty((2, 71), np.float32), 2, 1),
        (SCORES[:1], np.empty((1, 72), np.float32), 1, 1),
        (SCORES, np.empty((2, 72), np.float32), 2, -1),
        (SCORES.astype(np.float64), np.empty((2, 72)), 2, 1),
    ],
)
def test_planes_of_another_size_are_refused(scores, marginals, labels, iterations):
    with pytest.raises(ValueError, match="expected float32 of at least two labels for each of 72 pixels"):
        seedmask_lattice.infer(model(), scores, marginals, labels, iterations)


def test_marginals_that_cannot_be_written_are_refused():
    marginals = np.empty((2, 72), np.float32)
    marginals.flags.writeable = False
    with pytest.raises((BufferError, TypeError, ValueError)):
        seedmask_lattice.infer(model(), SCORES, marginals, 2, 1)


def test_something_else_than_a_model_is_refused():
    with pytest.raises(ValueError, match="PyCapsule"):
        seedmask_lattice.infer(SCORES, SCORES, np.empty((2, 72), np.float32), 2, 1)


def test_a_model_is_used_by_several_threads():
    shared, rng = model(), np.random.default_rng(1)
    scores = [np.log(rng.random((3, 72), np.float32) + 0.1) for _ in range(8)]
    alone = [np.empty_like(one) for one in scores]
    for one, marginals in zip(scores, alone, strict=True):
        seedmask_lattice.infer(shared, one, marginals, 3, 5)
    together = [np.empty_like(one) for one in scores]
    threads = [
        threading.Thread(target=seedmask_lattice.infer, args=(shared, one, marginals, 3, 5))
        for one, marginals in zip(scores, together, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))
