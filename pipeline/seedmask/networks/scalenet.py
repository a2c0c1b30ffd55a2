"""ScaleNet-101 (Li et al., "Data-Driven Neuron Allocation for Scale Aggregation Networks", CVPR 2019), for timm."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d, interpolate, max_pool2d

import seedmask.vision  # noqa: F401  before timm, which imports torchvision

from timm.models import build_model_with_cfg, generate_default_cfgs, register_model  # isort: skip

POOLS = (1, 2, 4, 7)
"""Sides of the windows that a block pools to before its four branches; 1 does not pool."""
PLANES = (64, 128, 256, 512)
"""Channels between the convolutions of a block, for each stage; its output has four times as many."""
SCALENET101 = (
    ((61, 11, 7, 7), (56, 23, 4, 3), (59, 24, 3, 0)),
    ((123, 41, 1, 6), (126, 38, 1, 6), (127, 41, 3, 0), (127, 41, 3, 0)),
    (
        (220, 86, 35, 0), (186, 64, 55, 36), (156, 25, 53, 107), (191, 44, 52, 54), (181, 53, 83, 24),
        (221, 82, 34, 4), (177, 62, 90, 12), (130, 75, 102, 34), (206, 71, 55, 9), (203, 83, 53, 2),
        (207, 73, 54, 7), (245, 84, 12, 0), (221, 103, 17, 0), (221, 100, 20, 0), (158, 99, 84, 0),
        (220, 106, 15, 0), (173, 92, 73, 3), (135, 122, 84, 0), (109, 71, 132, 29), (147, 94, 93, 7),
        (191, 108, 42, 0), (127, 95, 113, 6), (203, 117, 21, 0),
    ),
    ((282, 377, 23, 0), (279, 388, 15, 0), (84, 442, 155, 1)),
)  # fmt: skip
"""Channels of the four branches of every block, a row a stage: what its authors' search kept on ImageNet."""
UNPOOLED_POINT = (3, 2, 3)
"""Stage, block and branch whose convolution is 1 x 1 in the published weights; all others are 3 x 3."""


class ScaleNet(nn.Module):
    """A residual network whose blocks look at four resolutions of their input, with timm's interface.

    At a smaller output stride, later stages lose their stride and every block of them is dilated, the first one too,
    as PMM's code has it.

    Args:
        widths: channels of the four branches of every block, a row a stage.
        num_classes: of the linear layer; 0 leaves it out.
        in_chans: channels of the images.
        output_stride: pixels of the image to one of the last feature map: 32, 16 or 8.
    """

    def __init__(
        self,
        widths: Sequence[Sequence[Sequence[int]]] = SCALENET101,
        num_classes: int = 1000,
        in_chans: int = 3,
        output_stride: int = 32,
    ):
        super().__init__()
        self.num_classes = num_classes
        self.num_features = self.head_hidden_size = 4 * PLANES[-1]
        self.conv1 = nn.Conv2d(in_chans, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.act1 = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.feature_info: list[dict[str, Any]] = [{"num_chs": 64, "reduction": 2, "module": "act1"}]
        inputs, reduction, dilation = 64, 4, 1
        for number, (planes, blocks) in enumerate(zip(PLANES, widths, strict=True)):
            stride = 1 if number == 0 else 2
            if reduction * stride > output_stride:
                stride, dilation = 1, 2 * dilation
            reduction *= stride
            kernels = [
                [1 if (number, block, branch) == UNPOOLED_POINT else 3 for branch in range(len(POOLS))]
                for block in range(len(blocks))
            ]
            stage = nn.Sequential(
                *(
                    ScaleBlock(inputs if block == 0 else 4 * planes, planes, branches, kernels[block],
                               stride if block == 0 else 1, dilation)
                    for block, branches in enumerate(blocks)
                )
            )  # fmt: skip
            self.add_module(f"layer{number + 1}", stage)
            inputs = 4 * planes
            self.feature_info.append({"num_chs": inputs, "reduction": reduction, "module": f"layer{number + 1}"})
        self.fc = nn.Linear(self.num_features, num_classes) if num_classes else nn.Identity()

    def forward_intermediates(
        self,
        x: Float[torch.Tensor, "N 3 H W"],
        indices: Sequence[int] | None = None,
        output_fmt: str = "NCHW",  # noqa: ARG002  part of timm's interface
    ) -> tuple[Float[torch.Tensor, "N D h w"], list[torch.Tensor]]:
        """Last feature map of normalised images, and those after some of the five stages, all by default."""
        x = self.act1(self.bn1(self.conv1(x)))
        features = [x]
        x = self.maxpool(x)
        for number in range(len(PLANES)):
            x = self.get_submodule(f"layer{number + 1}")(x)
            features.append(x)
        return x, [features[index] for index in (range(len(features)) if indices is None else indices)]

    def forward_features(self, x: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N D h w"]:
        """Last feature map of normalised images."""
        return self.forward_intermediates(x, ())[0]

    def forward_head(self, x: Float[torch.Tensor, "N D h w"], pre_logits: bool = False) -> Float[torch.Tensor, "N C"]:
        """Logits of ImageNet's classes from the last feature map, or what the linear layer gets."""
        x = adaptive_avg_pool2d(x, 1).flatten(1)
        return x if pre_logits else self.fc(x)

    def forward(self, x: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C"]:
        """Logits of ImageNet's classes for normalised images; 224 pixels a side at least, or the last pool is cut."""
        return self.forward_head(self.forward_features(x))


class ScaleBlock(nn.Module):
    """A bottleneck whose 3 x 3 convolutions each see the input pooled by another window, and are resized back.

    A stride is a maximum before everything else; convolutions have none.

    Args:
        inputs: channels of the input.
        planes: channels after the first convolution; the output has four times as many.
        widths: channels of each branch; a branch of 0 is left out.
        kernels: sides of each branch's convolution.
        stride: side and stride of the first maximum.
        dilation: of the branches' convolutions.
    """

    def __init__(
        self, inputs: int, planes: int, widths: Sequence[int], kernels: Sequence[int], stride: int, dilation: int
    ):
        super().__init__()
        self.stride = stride
        outputs = 4 * planes
        self.conv1 = nn.Conv2d(inputs, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.ModuleDict(), nn.ModuleDict()
        for branch, (width, kernel) in enumerate(zip(widths, kernels, strict=True)):
            if width:
                padding = dilation * (kernel // 2)
                self.conv2[str(branch)] = nn.Conv2d(
                    planes, width, kernel, padding=padding, dilation=dilation if kernel > 1 else 1, bias=False
                )
                self.bn2[str(branch)] = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(sum(widths), outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = (
            nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
            if inputs != outputs or stride > 1
            else None
        )

    def forward(self, x: Float[torch.Tensor, "N D H W"]) -> Float[torch.Tensor, "N D2 h w"]:
        """The block's output."""
        if self.stride > 1:
            x = max_pool2d(x, self.stride, self.stride)
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.bn1(self.conv1(x)).relu()
        branches = [self.bn2[name](_at_scale(y, POOLS[int(name)], layer)) for name, layer in self.conv2.items()]
        return (self.bn3(self.conv3(torch.cat(branches, dim=1).relu())) + shortcut).relu()


def _at_scale(x: torch.Tensor, pool: int, layer: nn.Module) -> torch.Tensor:
    """A convolution of the pooled map, resized back: nearest where the sizes divide, else bilinear."""
    if pool == 1:
        return layer(x)
    height, width = x.shape[-2:]
    if height < pool or width < pool:
        # As its authors have it: the window is the map's height, also across, so that it sees the first columns alone.
        y = layer(max_pool2d(x, height, width))
    else:
        y = layer(max_pool2d(x, pool, pool))
    if height % y.shape[-2] == 0 and width % y.shape[-1] == 0:
        return interpolate(y, (height, width), mode="nearest")
    return interpolate(y, (height, width), mode="bilinear", align_corners=False)


default_cfgs = generate_default_cfgs(
    {
        "scalenet101": {
            "num_classes": 1000,
            "input_size": (3, 224, 224),
            "pool_size": (7, 7),
            "mean": (0.485, 0.456, 0.406),
            "std": (0.229, 0.224, 0.225),
            "first_conv": "conv1",
            "classifier": "fc",
        }
    }
)


@register_model
def scalenet101(pretrained: bool = False, **arguments: Any) -> nn.Module:
    """ScaleNet-101; no weights of it can be downloaded by machines, so name a file (`scalenet101.pth`)."""
    return build_model_with_cfg(ScaleNet, "scalenet101", pretrained, **arguments)
