"""AGMM's loss, forward and backward, against all classes' distances at once.

Two pictures with labels of 256 x 256 and 256 features at 64 x 64, two threads. What is compared are the terms of the
mixture, and once the whole loss, whose other terms have a map for each class however they are written.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch

from benchmarks.kit.cases import Case, Cases
from benchmarks.reference.mixture import plain_loss, plain_terms
from seedmask.methods.mixture_loss import agmm_loss, mixture_terms

THREADS = 2
BATCH, PIXELS = 2, 20
"""Pictures, and labelled pixels of each class."""
SIZES = {False: (256, 64, 256), True: (16, 16, 48)}
"""Channels, places along a side of the features, pixels along a side of the labels; of the quick form too."""


def cases(quick: bool) -> Cases:
    """Few classes shown of several numbers, all of them, all pixels, the whole loss, and no cost of what is absent."""
    size = SIZES[quick]
    return {
        "4 of 21 classes": partial(_terms, size, 21, 4, PIXELS, at_least=25, memory=10),
        "4 of 81 classes": partial(_terms, size, 81, 4, PIXELS, memory=0),
        "4 of 150 classes": partial(_terms, size, 150, 4, PIXELS, at_least=100, memory=27),
        "21 of 21 classes": partial(_terms, size, 21, 21, PIXELS, memory=0),
        "21 of 21 classes, every pixel labelled": partial(_terms, size, 21, 21, None, memory=0),
        "4 of 21 classes, whole loss": partial(_whole, size, 21, 4),
        **({} if quick else {"4 of 150 classes against 4 of 5": partial(_growth, size)}),
    }


def _terms(
    size: tuple[int, int, int],
    count: int,
    shown: int,
    pixels: int | None,
    at_least: float | None = None,
    memory: float | None = None,
) -> Case:
    features, logits, labels, image_labels = batch(size, count, shown, pixels)
    probabilities = logits.detach().softmax(dim=1).requires_grad_()
    inputs = (features, probabilities)
    return Case(
        ours=_stepped(lambda: mixture_terms(features, probabilities, labels, image_labels), inputs),
        plain=_stepped(lambda: plain_terms(features, probabilities, labels), inputs),
        base=_stepped(lambda: [one.sum() * 2 for one in inputs], inputs),
        at_least=at_least,
        memory=memory,
        rounds=3,
        tolerance=1e-3,
    )


def _whole(size: tuple[int, int, int], count: int, shown: int) -> Case:
    features, logits, labels, image_labels = batch(size, count, shown, PIXELS)
    inputs = (features, logits)
    return Case(
        ours=_stepped(lambda: agmm_loss(features, logits, labels, image_labels), inputs),
        plain=_stepped(lambda: plain_loss(features, logits, labels, image_labels), inputs),
        rounds=3,
        tolerance=1e-3,
    )


def _growth(size: tuple[int, int, int]) -> Case:
    """The gradient of P is left out: it has a map for each class whatever the loss."""

    def side(count: int) -> Callable[[], list[torch.Tensor]]:
        features, logits, labels, image_labels = batch(size, count, 4, PIXELS)
        probabilities = logits.detach().softmax(dim=1)
        return _stepped(lambda: mixture_terms(features, probabilities, labels, image_labels), (features,))

    names = ("150 classes", "5 classes")
    return Case(side(150), side(5), names, at_most=1.1, rounds=15, difference=None)


def batch(size: tuple[int, int, int], count: int, shown: int, pixels: int | None) -> tuple[torch.Tensor, ...]:
    """Features, logits, labels of the first classes, and the classes of each picture.

    Args:
        size: see `SIZES`.
        count: K.
        shown: classes with labelled pixels.
        pixels: labelled pixels of each, None for a label at every pixel.
    """
    channels, places, side = size
    generator = torch.Generator().manual_seed(0)
    features = torch.rand(BATCH, channels, places, places, generator=generator).requires_grad_()
    logits = torch.randn(BATCH, count, side, side, generator=generator).requires_grad_()
    if pixels is None:
        labels = torch.randint(shown, (BATCH, side, side), generator=generator)
    else:
        labels = torch.full((BATCH, side * side), count)
        for picture in labels:
            chosen = torch.randperm(side * side, generator=generator)[: shown * pixels]
            picture[chosen] = torch.arange(shown).repeat_interleave(pixels)
        labels = labels.view(BATCH, side, side)
    return features, logits, labels, torch.ones(BATCH, count)


def _stepped(
    terms: Callable[[], Sequence[torch.Tensor]], inputs: Sequence[torch.Tensor]
) -> Callable[[], list[torch.Tensor]]:
    """The terms, and some of the gradients of their sum."""

    def step() -> list[torch.Tensor]:
        for one in inputs:
            one.grad = None
        found = terms()
        torch.stack(list(found)).sum().backward()
        samples = [one.grad.flatten()[:: 1 + one.numel() // 1000].clone() for one in inputs if one.grad is not None]
        return [torch.stack(list(found)).detach(), *samples]

    return step
