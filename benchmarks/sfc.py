"""SFC's prototype maps, affinity and calibration loss in training, against products of all pairs and loops.

Pictures of 512 x 512 at stride 16: 32 x 32 places, 768 features, 20 classes and background; forward and backward, two
threads. In the affinity both sides hold the matrix of all pairs of places, which the authors too have.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch

from benchmarks.kit.cases import Case, Cases
from benchmarks.reference.sfc import plain_affinity, plain_calibration, plain_prototype_cam
from seedmask.methods.calibration import VOC_RESAMPLED, calibration_loss, distribution_coefficient
from seedmask.methods.prototypes import prototype_cam, refine_by_affinity

THREADS = 2
CLASSES = 20
SIZES = {False: (20, 768, 32), True: (2, 16, 8)}
"""Pictures, features, and places along a side; of the quick form too."""


def cases(quick: bool) -> Cases:
    """The three parts."""
    size = SIZES[quick]
    batch = size[0]
    return {
        f"prototypes, batch of {batch}": partial(_prototypes, size),
        f"affinity, batch of {batch}": partial(_affinity, size),
        f"calibration (MSDW) loss, batch of {batch}": partial(_calibration, size),
    }


def _prototypes(size: tuple[int, int, int]) -> Case:
    features, cam = _maps(size)
    valid = torch.ones(size[0], CLASSES + 1, 1, 1)
    return Case(
        ours=_stepped(lambda: prototype_cam(features, cam, valid), (features,)),
        plain=_stepped(lambda: plain_prototype_cam(features, cam, valid), (features,)),
        base=_stepped(lambda: [features * 2], (features,)),
        at_least=12,
        memory=12,
        rounds=2,
        tolerance=1e-3,
    )


def _affinity(size: tuple[int, int, int]) -> Case:
    features, cam = _maps(size)
    return Case(
        ours=_stepped(lambda: [refine_by_affinity(cam, features)], (features,)),
        plain=_stepped(lambda: [plain_affinity(cam, features)], (features,)),
        base=_stepped(lambda: [features * 2], (features,)),
        memory=0,
        rounds=2,
        tolerance=1e-3,
    )


def _calibration(size: tuple[int, int, int]) -> Case:
    generator = torch.Generator().manual_seed(1)
    cam, proto = (torch.rand(size[0], CLASSES + 1, size[2], size[2], generator=generator) for _ in range(2))
    half = torch.rand(size[0], CLASSES + 1, size[2] // 2, size[2] // 2, generator=generator)
    labels = (torch.rand(size[0], CLASSES, generator=generator) < 0.2).float()
    counts = torch.randint(100, 5000, (CLASSES,), generator=generator).float()
    cam.requires_grad_()

    def ours() -> Sequence[torch.Tensor]:
        return calibration_loss(cam, proto, half, labels, distribution_coefficient(counts, VOC_RESAMPLED))

    return Case(
        ours=_stepped(ours, (cam,)),
        plain=_stepped(lambda: plain_calibration(cam, proto, half, labels, counts, VOC_RESAMPLED), (cam,)),
        rounds=5,
        tolerance=1e-3,
    )


def _maps(size: tuple[int, int, int]) -> tuple[torch.Tensor, torch.Tensor]:
    batch, channels, places = size
    generator = torch.Generator().manual_seed(0)
    features = torch.rand(batch, channels, places, places, generator=generator).requires_grad_()
    return features, torch.rand(batch, CLASSES + 1, places, places, generator=generator)


def _stepped(
    maps: Callable[[], Sequence[torch.Tensor]], inputs: Sequence[torch.Tensor]
) -> Callable[[], list[torch.Tensor]]:
    """The maps, and some of the gradients of their squares."""

    def step() -> list[torch.Tensor]:
        for one in inputs:
            one.grad = None
        found = maps()
        torch.stack([one.square().sum() for one in found]).sum().backward()
        samples = [one.grad.flatten()[:: 1 + one.numel() // 1000].clone() for one in inputs if one.grad is not None]
        return [*(one.detach().flatten()[:: 1 + one.numel() // 1000].clone() for one in found), *samples]

    return step
