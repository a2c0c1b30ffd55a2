"""Tags of pictures as networks learn them."""

import torch
from jaxtyping import Float

from pipeline.data.index import Row


def targets(row: Row, classes: int) -> Float[torch.Tensor, " C"]:
    """1 for each class in the picture, else 0."""
    return torch.zeros(classes).index_fill_(0, torch.tensor(row.tags, dtype=torch.long), 1.0)
