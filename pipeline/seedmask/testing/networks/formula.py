"""Weights that anyone can make again from names and shapes, so that no file of weights lies beside reference arrays."""

import math
import zlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import torch


def formula_weights(spec: Mapping[str, Any], branch_gain: float) -> dict[str, torch.Tensor]:
    """All tensors of a network.

    Args:
        spec: `keys`, names with shapes; `aliases`, second names; `branch_keys`, the last batch norms' factors of all
            residual branches.
        branch_gain: factor of the tensors of `branch_keys`.
    """
    weights = {key: _tensor(key, shape) for key, shape in spec["keys"].items()}
    gained: Collection[str] = spec.get("branch_keys", ())
    weights |= {key: weights[key] * branch_gain for key in gained}
    return weights | {alias: weights[key] for alias, key in (spec.get("aliases") or {}).items()}


def _tensor(key: str, shape: Sequence[int]) -> torch.Tensor:
    """A tensor that depends on its name alone: normal, with the deviation or mean that its kind has at the start."""
    kind = key.rsplit(".", 1)[-1]
    if kind == "num_batches_tracked":
        return torch.zeros(tuple(shape), dtype=torch.int64)
    normal = torch.randn(tuple(shape), generator=torch.Generator().manual_seed(zlib.crc32(key.encode())))
    if kind == "running_var":
        return 1 + 0.1 * normal.abs()
    if kind in ("running_mean", "bias"):
        return 0.1 * normal
    if kind != "weight":
        raise ValueError(f"tensor {key!r}: expected a weight, a bias or a statistic of a batch norm")
    return 1 + 0.1 * normal if len(shape) == 1 else normal * math.sqrt(2 / math.prod(shape[1:]))
