"""Weight files of small random networks with a head."""

from pathlib import Path

import torch
from safetensors.torch import save_file

import seedmask.vision  # noqa: F401  before timm, which imports torchvision

import timm  # isort: skip


def random_model(name: str, rows: int = 1000) -> torch.nn.Module:
    """A timm model with a head, and with numbers in the layers that start as 0 or 1."""
    torch.manual_seed(0)
    model = timm.create_model(name, num_classes=rows)
    for part in model.parameters():
        if part.ndim == 1:
            part.data += 0.3 * torch.randn_like(part)
    return model.eval()


def saved(model: torch.nn.Module, path: Path) -> Path:
    """Its weights in a file."""
    save_file({key: tensor.contiguous() for key, tensor in model.state_dict().items()}, path)
    return path
