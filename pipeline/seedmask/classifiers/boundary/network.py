"""IRN's network: a boundary map and a displacement field (Ahn et al., CVPR 2019, section 4), over any timm encoder."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import nn
from torch.nn.functional import interpolate, max_pool2d

from seedmask.classifiers.boundary.options import BoundaryOptions as Options
from seedmask.networks.encoders import Encoder, encoder_of
from seedmask.networks.segmenter import PretrainedNetwork

STAGES = (-5, -4, -3, -2, -1)
"""The stages that both branches read; for the last one the encoder's own output is taken."""
GRID = 1
"""Index of the stage that has the resolution of the boundary, a position for every 4 x 4 pixels."""
WIDTH, GROUPS = 32, 4
"""Channels of each stage in the boundary's branch, and of its group norms."""
POINTING = ((64, 8), (128, 16), (256, 16), (256, 16), (256, 16))
"""Channels of each stage in the displacement's branch, and groups of its norms."""
PUBLISHED = (
    ("resnet50.", "encoder.model."),
    *((f"fc_edge{number + 1}.", f"boundary.reductions.{number}.") for number in range(len(STAGES))),
    ("fc_edge6.", "boundary.logit."),
    *((f"fc_dp{number + 1}.", f"displacement.reductions.{number}.") for number in range(len(STAGES))),
    ("fc_dp6.", "displacement.coarse."),
    ("fc_dp7.0.", "displacement.fine.0.0."),
    ("fc_dp7.1.", "displacement.fine.0.1."),
    ("fc_dp7.3.", "displacement.fine.2."),
    ("mean_shift.running_mean", "displacement.centred.mean"),
    *((name, None) for name in ("stage", "backbone.", "edge_layers.", "dp_layers.", "fc_dp7.4.")),
    *((name, None) for name in ("disp_target", "path_indices")),
)
"""Names of tensors in IRN's code: second names of the same ones, and what only its training looks at, are left out."""


def build(options: Options, classes: int, *, first_weights: bool = True) -> "BoundaryNetwork":  # noqa: ARG001
    """The network of some options, with the encoder's first weights or, before trained ones are loaded, without."""
    encoder = encoder_of(options, options.output_stride, first_weights=first_weights)
    return BoundaryNetwork(encoder, displacement=options.displacement)


class Fields(NamedTuple):
    """Outputs of the network at each position."""

    logits: Float[torch.Tensor, "N h w"]
    displacement: Float[torch.Tensor, "N 2 h w"] | None


class BoundaryNetwork(PretrainedNetwork):
    """Frozen encoder with a branch for boundaries and one for displacements.

    Args:
        encoder: the backbone; the paper's is a ResNet-50 of output stride 16.
        displacement: whether to add the second branch.

    Raises:
        SeedmaskError: the encoder has fewer than five stages.
    """

    def __init__(self, encoder: Encoder, *, displacement: bool = True):
        super().__init__()
        self.encoder = encoder.requires_grad_(False)
        widths = (*encoder.stage_channels(STAGES)[:-1], encoder.channels)
        strides = encoder.stage_strides()[STAGES[0] :]
        factors = [max(1, stride // strides[GRID]) for stride in strides]
        self.boundary = BoundaryBranch(widths, factors)
        self.displacement = DisplacementBranch(widths, factors) if displacement else None

    def train(self, mode: bool = True) -> "BoundaryNetwork":
        """The encoder stays in eval mode."""
        super().train(mode)
        self.encoder.eval()
        return self

    def forward(self, images: Float[torch.Tensor, "N 3 H W"]) -> Fields:
        """Logits of boundaries, and displacements (dy, dx) in positions, of RGB images in 0..1."""
        stages = self.stages(images)
        return Fields(self.boundary(stages), self.displacement(stages) if self.displacement else None)

    def logits(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N h w"]:
        """Logits of boundaries alone."""
        return self.boundary(self.stages(images))

    def pretrained(self) -> nn.Module:
        """The part that learns slowly; the encoder itself does not learn."""
        return self.boundary

    def stages(self, images: Float[torch.Tensor, "N 3 H W"]) -> list[torch.Tensor]:
        """What both branches read: the encoder's stages without gradient; the first has the second's resolution."""
        with torch.no_grad():
            stages, last = self.encoder.stage_features(images, STAGES[:-1])
        first, grid = stages[0], stages[GRID].shape[-2:]
        if first.shape[-1] > grid[-1]:  # the paper pools the first features to the resolution of the second
            first = max_pool2d(first, 3, stride=2, padding=1)
        # torch's group norm of channels-last maps sums less exactly: 6e-5 of the largest value at 128 x 128 positions
        return [stage.contiguous() for stage in (first, *stages[1:], last)]


class BoundaryBranch(nn.Module):
    """Stages reduced, enlarged to the grid and combined to one logit.

    Args:
        widths: channels of each stage.
        factors: positions of the grid to one of each stage, along a side.
    """

    def __init__(self, widths: tuple[int, ...], factors: Sequence[int]):
        super().__init__()
        self._factors = tuple(factors)
        self.reductions = nn.ModuleList(_reduction(width, WIDTH, GROUPS) for width in widths)
        self.logit = nn.Conv2d(WIDTH * len(widths), 1, 1)

    def forward(self, stages: list[torch.Tensor]) -> Float[torch.Tensor, "N h w"]:
        """Logits at each position."""
        grid = stages[GRID].shape[-2:]
        parts = [
            _enlarged(reduction(stage), factor, grid).relu()
            for reduction, stage, factor in zip(self.reductions, stages, self._factors, strict=True)
        ]
        return self.logit(torch.cat(parts, dim=1))[:, 0]


class DisplacementBranch(nn.Module):
    """The last three stages combined, then with the first two, to a field without its mean over the training.

    Args:
        widths: channels of each stage.
        factors: positions of the grid to one of each stage, along a side.
    """

    def __init__(self, widths: tuple[int, ...], factors: Sequence[int]):
        super().__init__()
        self._middle = factors[GRID + 1]
        self._factors = [factor // self._middle for factor in factors[GRID + 1 :]]
        self.reductions = nn.ModuleList(
            _reduction(width, channels, groups) for width, (channels, groups) in zip(widths, POINTING, strict=True)
        )
        coarse, fine = sum(c for c, _ in POINTING[2:]), sum(c for c, _ in POINTING[:2])
        self.coarse = _reduction(coarse, 256, 16)
        self.fine = nn.Sequential(_reduction(fine + 256, 256, 16), nn.ReLU(), nn.Conv2d(256, 2, 1, bias=False))
        self.centred = Centred()

    def forward(self, stages: list[torch.Tensor]) -> Float[torch.Tensor, "N 2 h w"]:
        """Displacements (dy, dx) at each position."""
        reduced = [reduction(stage) for reduction, stage in zip(self.reductions, stages, strict=True)]
        middle, grid = stages[GRID + 1].shape[-2:], stages[GRID].shape[-2:]
        deep = zip(reduced[GRID + 1 :], self._factors, strict=True)
        coarse = self.coarse(torch.cat([_enlarged(part, factor, middle).relu() for part, factor in deep], dim=1))
        together = [*(part.relu() for part in reduced[: GRID + 1]), _enlarged(coarse, self._middle, grid).relu()]
        return self.centred(self.fine(torch.cat(together, dim=1)))


class Centred(nn.Module):
    """A field minus its running mean over the training, so that the displacements average to zero.

    The loss compares pairs of positions only, so the field is learned up to a constant.
    """

    mean: torch.Tensor

    def __init__(self, share: float = 0.1):
        super().__init__()
        self.share = share
        self.register_buffer("mean", torch.zeros(2))

    def forward(self, field: Float[torch.Tensor, "N 2 h w"]) -> Float[torch.Tensor, "N 2 h w"]:
        """The field itself in training, else minus the mean."""
        if self.training:
            self.mean.lerp_(field.detach().mean(dim=(0, 2, 3)), self.share)
            return field
        return field - self.mean[:, None, None]


def _reduction(inputs: int, outputs: int, groups: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.GroupNorm(groups, outputs))


def _enlarged(maps: torch.Tensor, factor: int, size: Sequence[int]) -> torch.Tensor:
    """Maps enlarged by a factor and cut to a size, or resized to it by an encoder that rounds its sizes down."""
    if factor > 1 and all(factor * length >= wanted for length, wanted in zip(maps.shape[-2:], size, strict=True)):
        maps = interpolate(maps, scale_factor=float(factor), mode="bilinear", align_corners=False)
    elif factor > 1:
        maps = interpolate(maps, tuple(size), mode="bilinear", align_corners=False)
    return maps[..., : size[0], : size[1]]
