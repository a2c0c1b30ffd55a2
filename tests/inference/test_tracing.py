"""Pooling as the tracing exporter can write it."""

import pytest
import torch
from torch.nn.functional import adaptive_avg_pool2d

from seedmask.inference.tracing import pool_to_grid


@pytest.mark.parametrize("grid", [1, 2, 3, 6, (2, 5), (7, 1)])
@pytest.mark.parametrize("size", [(1, 1), (2, 9), (7, 13), (12, 12)])
def test_pooling_as_slices_equals_that_of_torch(grid, size):
    maps = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(pool_to_grid(maps, grid), adaptive_avg_pool2d(maps, grid))
