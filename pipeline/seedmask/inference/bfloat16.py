"""Networks in bfloat16, on processors and GPUs that have it: two fifths of torch's time for float32 on such a CPU."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from seedmask.errors import SeedmaskError
from seedmask.inference.folding import SHOWN, fold_norms
from seedmask.inference.outputs import TensorParts, Whole
from seedmask.inference.tracing import random_images

CAPABILITIES = ("avx512_bf16", "amx_bf16", "bf16")
"""Words of torch for instructions that multiply bfloat16, of x86 and of ARM."""


def in_bfloat16(name: str, network: nn.Module, function: str, device: str) -> Callable[[torch.Tensor], Any]:
    """A function of a network for images (N, 3, H, W) whose convolutions and products are bfloat16; it returns float32.

    Args:
        name: of the network, for messages: `classifiers/cam`.
        network: in evaluation mode, on its device; it stays as it is.
        function: a method that returns a tensor, or a named tuple of tensors, sizes and plain values.
        device: `cpu` or `cuda`.

    Raises:
        SeedmaskError: the device has no bfloat16.
    """
    if not has_bfloat16(device):
        raise SeedmaskError(
            f"{name}: precision bfloat16: this {'GPU' if device == 'cuda' else 'processor'} has none and would imitate "
            "it, which takes longer than float32; set `precision: float32`, or run on one that has it"
        )
    parts = fold_norms(TensorParts(network, function).eval(), device)
    parts.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  its annotations lack it

    def computed(images: torch.Tensor) -> Any:
        with torch.autocast(device, torch.bfloat16):
            found = parts(images.contiguous(memory_format=torch.channels_last))
        tensors = (one.float() if one.is_floating_point() else one for one in found)
        return Whole(parts.fields, parts.plain).of(tensors)

    _convert_weights(parts, lambda: computed(random_images(*SHOWN).to(device)))
    return computed


def _convert_weights(network: nn.Module, compute: Callable[[], Any]) -> None:
    """Convert the weights that a call uses in bfloat16, so that torch does not convert them at every call.

    Networks keep parts of theirs in float32.
    """
    used: set[nn.Module] = set()

    def before(module: nn.Module, images: tuple[torch.Tensor]) -> None:
        if torch.is_autocast_enabled(images[0].device.type):
            used.add(module)

    handles = [
        module.register_forward_pre_hook(before)
        for module in network.modules()
        if isinstance(module, nn.Conv2d | nn.Linear)
    ]
    try:
        with torch.no_grad():
            compute()
    finally:
        for handle in handles:
            handle.remove()
    for module in used:
        module.to(torch.bfloat16)


def has_bfloat16(device: str) -> bool:
    """Whether a device computes bfloat16 itself.

    Args:
        device: `cpu` or `cuda`.
    """
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    found = torch.cpu.get_capabilities()
    return any(found.get(word, False) for word in CAPABILITIES)
