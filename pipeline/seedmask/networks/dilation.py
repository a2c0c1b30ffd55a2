"""Dilations of a residual network that stand in for late strides, where they are not those of timm."""

from collections.abc import Iterator, Sequence
from typing import Any

from torch import nn

from seedmask.config.networks import Dilation
from seedmask.errors import SeedmaskError


def set_dilation(model: Any, name: str, dilation: Dilation, multi_grid: Sequence[int] | None) -> None:
    """Change the dilations of the stages that lost their stride, in place.

    A stage that lost its stride has dilation d, twice that of the stage before it. What its first block has differs
    from code to code: in timm and torchvision the dilation of the stage before.

    Args:
        model: a network of timm with stages `layer1` to `layer4` of blocks, built at some output stride.
        name: of the network, for the message.
        dilation: `timm` leaves all as it is; `later_blocks` gives the first block of each such stage no dilation (the
            DeepLabV2 of I2CRC, TMM 2023); `all_blocks` gives it d, too (Res2Net and ScaleNet of PMM, ICCV 2021);
            `none` gives no block any (the classifiers of IRN, CVPR 2019, and SFC, AAAI 2024).
        multi_grid: a factor of d for each block of the last stage (DeepLabV3, Chen et al., 2017).

    Raises:
        SeedmaskError: the network has no such stages, none that lost its stride, or not as many blocks.
    """
    if dilation == "timm" and multi_grid is None:
        return
    option = f"multi_grid: {list(multi_grid)}" if multi_grid else f"dilation: {dilation}"
    stages = [getattr(model, f"layer{number}", None) for number in range(1, 5)]
    if not all(isinstance(stage, nn.Sequential) for stage in stages):
        raise SeedmaskError(
            f"encoder {name} has no stages of blocks, `{option}` cannot be set; leave it out, or choose a ResNet"
        )
    dilated = [stage for stage in stages if stage is not None and _dilation(stage[-1]) > 1]
    if not dilated:
        raise SeedmaskError(
            f"encoder {name} keeps all its strides, `{option}` changes nothing; "
            "leave it out, or set a smaller `output_stride`"
        )
    for stage in dilated:
        d = _dilation(stage[-1])
        if dilation != "timm":
            _set(stage[0], {"later_blocks": 1, "all_blocks": d, "none": 1}[dilation])
            _without_pool(stage[0])
        if dilation == "none":
            for block in stage:
                _set(block, 1)
    if multi_grid is None:
        return
    last, d = dilated[-1], _dilation(dilated[-1][-1])
    if len(multi_grid) != len(last) or last is not stages[-1]:
        raise SeedmaskError(
            f"encoder {name} has {len(last)} blocks in its last stage, multi_grid names {len(multi_grid)}; "
            "give a factor for each"
        )
    for block, factor in zip(last, multi_grid, strict=True):
        _set(block, d * factor)


def _spatial(block: nn.Module) -> Iterator[nn.Conv2d]:
    """The convolutions of a block that see more than one position."""
    return (layer for layer in block.modules() if isinstance(layer, nn.Conv2d) and max(layer.kernel_size) > 1)


def _dilation(block: nn.Module) -> int:
    return max((layer.dilation[0] for layer in _spatial(block)), default=1)


def _set(block: nn.Module, dilation: int) -> None:
    for layer in _spatial(block):
        layer.dilation = (dilation, dilation)
        layer.padding = tuple(dilation * (side // 2) for side in layer.kernel_size)


def _without_pool(block: Any) -> None:
    """Remove the 2 x 2 pool that timm leaves in the shortcut of a stage that lost its stride."""
    shortcut = getattr(block, "downsample", None)
    if isinstance(shortcut, nn.Sequential) and isinstance(shortcut[0], nn.AvgPool2d):
        shortcut[0] = nn.Identity()
