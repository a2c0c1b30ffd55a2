"""Maps of classes by the rows of a head that was trained on other, finer classes; nothing is learned.

Rows r of the head that lie under a class c answer for it, as in "each row is a classifier of its own" of CAM (Zhou et
al., CVPR 2016). With f(x) the features at position x, f their mean over the image, W_r and b_r a row and its bias, and
W̄ the mean of all rows of the head:

    S_c(x) = Σ_{r in c} w_r (W_r - W̄) · f(x)

W̄ takes away what lifts all classes alike, so that 0 is what any class gets and a class that is not there has a low
score; no score depends on another class of the image.
"""

from typing import Literal

import torch
from jaxtyping import Float, Integer
from torch.nn.functional import one_hot

Weighting = Literal["mean", "softmax", "best"]
"""How the rows of a class share its map, see `shares`."""


def centred(weight: Float[torch.Tensor, "R D"]) -> Float[torch.Tensor, "R D"]:
    """Rows of a head less the mean of all of them, W_r - W̄."""
    return weight - weight.mean(dim=0)


def mean_rows(
    rows: Float[torch.Tensor, "R D"], class_of: Integer[torch.Tensor, " R"], classes: int
) -> Float[torch.Tensor, "C D"]:
    """Mean row of each class; 0 of one without rows.

    Args:
        rows: one or more for each class.
        class_of: 0-based class of each row.
        classes: number of classes.
    """
    members = one_hot(class_of, classes).to(rows.dtype)
    return members.T @ rows / members.sum(dim=0).clamp(min=1)[:, None]


def shares(
    logits: Float[torch.Tensor, "N R"], class_of: Integer[torch.Tensor, " R"], classes: int, weighting: Weighting
) -> Float[torch.Tensor, "N R"]:
    """w_r of each image, which add up to 1 in every class.

    `mean`: 1 / n of the n rows of the class. `softmax`: exp z_r / Σ exp z_q over the rows q of the class, by their
    logits z in the image. `best`: 1 for the row with the largest logit; rows that tie share it.

    Args:
        logits: z_r = W_r · f + b_r of each image; a number that is added to all changes nothing.
        class_of: 0-based class of each row.
        classes: number of classes.
        weighting: see above.
    """
    members = one_hot(class_of, classes).to(logits.dtype)
    if weighting == "mean":
        raw = torch.ones_like(logits)
    else:
        index = class_of.expand_as(logits)
        lowest = logits.new_full((len(logits), classes), -torch.inf)
        below = logits - lowest.scatter_reduce(1, index, logits, "amax").gather(1, index)
        raw = below.exp() if weighting == "softmax" else (below == 0).to(logits.dtype)
    return raw / (raw @ members)[:, class_of]


def named_activation(
    features: Float[torch.Tensor, "N D h w"],
    rows: Float[torch.Tensor, "R D"],
    bias: Float[torch.Tensor, " R"],
    class_of: Integer[torch.Tensor, " R"],
    classes: int,
    weighting: Weighting,
) -> Float[torch.Tensor, "N C h w"]:
    """S_c(x) of every class, whether the image has it or not; may be negative.

    Args:
        features: what the head's rows read, at each position.
        rows: W_r - W̄ of the rows of all classes; a row that two classes have stands here twice.
        bias: b_r.
        class_of: 0-based class of each row.
        classes: number of classes.
        weighting: how a class's rows share its map.
    """
    logits = features.mean(dim=(2, 3)) @ rows.T + bias
    weights = shares(logits, class_of, classes, weighting)
    members = one_hot(class_of, classes).to(features.dtype)
    of_class = (weights[:, None] * members.T) @ rows  # (N, C, D): before the positions, which are many
    return torch.einsum("ndhw,ncd->nchw", features, of_class)
