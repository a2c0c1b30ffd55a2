"""WideResNet-38 (Wu et al., "Wider or Deeper", Pattern Recognition 2019) as SEAM and PMM dilate it, for timm."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import nn

import seedmask.vision  # noqa: F401  before timm, which imports torchvision

from timm.models import build_model_with_cfg, generate_default_cfgs, register_model  # isort: skip

TAPS = ("b4", "b5", "b6")
"""Blocks whose activated input is a stage: conv3, conv4 and conv5 of the published code; the last one is `bn7`."""


class WideResNet38(nn.Module):
    """A wide residual network with activations before convolutions, of output stride 8, with timm's interface.

    Args:
        b7_dilation: dilation of the last block: 4 in SEAM and in PMM's segmenter, 2 in PMM's first classifier.
        num_classes: 0; no linear layer was published.
        in_chans: channels of the images.
        output_stride: 8; the network has no other.

    Raises:
        NotImplementedError: another stride.
        ValueError: a linear layer is asked for.
    """

    def __init__(self, b7_dilation: int = 4, num_classes: int = 0, in_chans: int = 3, output_stride: int = 8):
        super().__init__()
        if output_stride != 8:
            raise NotImplementedError(f"output stride {output_stride}; WideResNet-38 has 8")
        if num_classes:
            raise ValueError(f"{num_classes} classes; WideResNet-38 has no linear layer")
        self.num_classes = num_classes
        self.num_features = self.head_hidden_size = 4096
        self.conv1a = nn.Conv2d(in_chans, 64, 3, padding=1, bias=False)
        self.b2 = WideBlock(64, 128, 128, stride=2)
        self.b2_1 = WideBlock(128, 128, 128)
        self.b2_2 = WideBlock(128, 128, 128)
        self.b3 = WideBlock(128, 256, 256, stride=2)
        self.b3_1 = WideBlock(256, 256, 256)
        self.b3_2 = WideBlock(256, 256, 256)
        self.b4 = WideBlock(256, 512, 512, stride=2)
        self.b4_1 = WideBlock(512, 512, 512)
        self.b4_2 = WideBlock(512, 512, 512)
        self.b4_3 = WideBlock(512, 512, 512)
        self.b4_4 = WideBlock(512, 512, 512)
        self.b4_5 = WideBlock(512, 512, 512)
        self.b5 = WideBlock(512, 512, 1024, first_dilation=1, dilation=2)
        self.b5_1 = WideBlock(1024, 512, 1024, dilation=2)
        self.b5_2 = WideBlock(1024, 512, 1024, dilation=2)
        self.b6 = WideBottleneck(1024, 2048, dilation=4, dropout=0.3)
        self.b7 = WideBottleneck(2048, 4096, dilation=b7_dilation, dropout=0.5)
        self.bn7 = nn.BatchNorm2d(4096)
        self.feature_info = [
            {"num_chs": channels, "reduction": reduction, "module": module}
            for channels, reduction, module in ((256, 4, "b3_2"), (512, 8, "b4_5"), (1024, 8, "b5_2"), (4096, 8, "bn7"))
        ]

    def forward_intermediates(
        self,
        x: Float[torch.Tensor, "N 3 H W"],
        indices: Sequence[int] | None = None,
        output_fmt: str = "NCHW",  # noqa: ARG002  part of timm's interface
    ) -> tuple[Float[torch.Tensor, "N 4096 h w"], list[torch.Tensor]]:
        """Last feature map of normalised images, and those of some of the four stages, all by default.

        A stage is the activated input of the block after it, as SEAM's code takes it; the last one is activated too.
        """
        features = []
        for name, block in self.named_children():
            if name in TAPS:
                features.append(self.get_submodule(f"{name}.bn_branch2a")(x).relu())
            x = block(x)
        x = x.relu()
        features.append(x)
        return x, [features[index] for index in (range(len(features)) if indices is None else indices)]

    def forward_features(self, x: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N 4096 h w"]:
        """Last feature map of normalised images, not negative."""
        return self.forward_intermediates(x, ())[0]

    forward = forward_features


class WideBlock(nn.Module):
    """Two 3 x 3 convolutions, each after its batch norm and ReLU.

    Args:
        inputs: channels of the input.
        channels: between the convolutions.
        outputs: channels of the output.
        stride: of the first convolution and of the shortcut.
        first_dilation: of the first convolution; by default that of the second.
        dilation: of the second convolution.
    """

    def __init__(
        self,
        inputs: int,
        channels: int,
        outputs: int,
        *,
        stride: int = 1,
        first_dilation: int | None = None,
        dilation: int = 1,
    ):
        super().__init__()
        first = dilation if first_dilation is None else first_dilation
        self.bn_branch2a = nn.BatchNorm2d(inputs)
        self.conv_branch2a = nn.Conv2d(inputs, channels, 3, stride, padding=first, dilation=first, bias=False)
        self.bn_branch2b1 = nn.BatchNorm2d(channels)
        self.conv_branch2b1 = nn.Conv2d(channels, outputs, 3, padding=dilation, dilation=dilation, bias=False)
        self.conv_branch1 = (
            nn.Conv2d(inputs, outputs, 1, stride, bias=False) if inputs != outputs or stride > 1 else None
        )

    def forward(self, x: Float[torch.Tensor, "N D H W"]) -> Float[torch.Tensor, "N D2 h w"]:
        """The block's output."""
        a = self.bn_branch2a(x).relu()  # what the shortcut's convolution sees, too
        y = self.conv_branch2b1(self.bn_branch2b1(self.conv_branch2a(a)).relu())
        return y + (x if self.conv_branch1 is None else self.conv_branch1(a))


class WideBottleneck(nn.Module):
    """A 1 x 1, a dilated 3 x 3 and a 1 x 1 convolution, each after batch norm and ReLU, and a 1 x 1 shortcut.

    Args:
        inputs: channels of the input.
        outputs: channels of the output; half and a quarter of them between the convolutions.
        dilation: of the 3 x 3 convolution.
        dropout: share of the channels left out in training before each of the last two convolutions.
    """

    def __init__(self, inputs: int, outputs: int, *, dilation: int, dropout: float):
        super().__init__()
        quarter, half = outputs // 4, outputs // 2
        self.bn_branch2a = nn.BatchNorm2d(inputs)
        self.conv_branch2a = nn.Conv2d(inputs, quarter, 1, bias=False)
        self.bn_branch2b1 = nn.BatchNorm2d(quarter)
        self.conv_branch2b1 = nn.Conv2d(quarter, half, 3, padding=dilation, dilation=dilation, bias=False)
        self.bn_branch2b2 = nn.BatchNorm2d(half)
        self.conv_branch2b2 = nn.Conv2d(half, outputs, 1, bias=False)
        self.conv_branch1 = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.dropout = nn.Dropout2d(dropout)

    def forward(self, x: Float[torch.Tensor, "N D H W"]) -> Float[torch.Tensor, "N D2 H W"]:
        """The block's output."""
        a = self.bn_branch2a(x).relu()  # what the shortcut's convolution sees, too
        y = self.dropout(self.bn_branch2b1(self.conv_branch2a(a)).relu())
        y = self.dropout(self.bn_branch2b2(self.conv_branch2b1(y)).relu())
        return self.conv_branch2b2(y) + self.conv_branch1(a)


default_cfgs = generate_default_cfgs(
    {
        "wideresnet38": {
            "num_classes": 0,
            "input_size": (3, 224, 224),
            "mean": (0.485, 0.456, 0.406),
            "std": (0.229, 0.224, 0.225),
            "first_conv": "conv1a",
            "classifier": "",
        }
    }
)


@register_model
def wideresnet38(pretrained: bool = False, **arguments: Any) -> nn.Module:
    """WideResNet-38; no weights of it can be downloaded by machines, so name a file (`res38d.pth`)."""
    return build_model_with_cfg(WideResNet38, "wideresnet38", pretrained, **arguments)
