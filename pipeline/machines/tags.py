"""Tags of pictures as networks learn them."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64

from pipeline.data.index import Row


def targets(row: Row, classes: int) -> Float[torch.Tensor, " C"]:
    """1 for each class in the picture, else 0."""
    return torch.zeros(classes).index_fill_(0, torch.tensor(row.tags, dtype=torch.long), 1.0)


def counts(rows: Sequence[Row], classes: int) -> Int64[torch.Tensor, " C"]:
    """Pictures of each class."""
    tags = torch.tensor([tag for row in rows for tag in row.tags], dtype=torch.long)
    return torch.bincount(tags, minlength=classes)
