"""CAMs and saliency in one map: A' is their weighted mean, geometric S^w A_c^(1-w) or arithmetic w S + (1-w) A_c.

A CAM says of which class an object is and fades before the object ends, or spreads beyond it; saliency says where it
ends and not what it is. Saliency is common to all classes, so the strongest class stays the strongest one. The
geometric mean is low where one of the two is: an object must stand out, as in scenes, where maps are vague. The
arithmetic mean is high where one of them is: either finds an object that the other misses.
"""

from typing import Literal

import numpy as np
from jaxtyping import Float

from seedmask.methods.cams import Number

Mean = Literal["geometric", "arithmetic"]


def salient_cams(
    cams: Float[np.ndarray, "K H W"],
    saliency: Float[np.ndarray, "h w"],
    weight: Number = 0.7,
    mean: Mean = "geometric",
) -> Float[np.ndarray, "K H W"]:
    """A' of every class; 0 where the class is not active at all, with either mean.

    Args:
        cams: A, one map for each class, in 0..1.
        saliency: S, in 0..1, of the size of the maps.
        weight: w of the saliency, above 0 and below 1.
        mean: which mean.

    Returns:
        float32 in 0..1.

    Raises:
        ValueError: the sizes differ, numbers are not finite or lie outside 0..1, or the weight lies outside its range.
    """
    if not 0 < weight < 1:
        raise ValueError(f"weight is {weight:g}, expected a number between 0 and 1, lest one of the two be ignored")
    if saliency.shape != cams.shape[1:]:
        raise ValueError(f"saliency of {saliency.shape} pixels (H, W) for CAMs of {cams.shape[1:]}; resize it")
    for name, maps in (("saliency", saliency), ("CAMs", cams)):
        if not np.all((maps >= 0) & (maps <= 1)):
            raise ValueError(f"{name}: a map holds NaN or numbers outside 0..1; make it again")
    share, rest = np.float32(weight), np.float32(1 - weight)
    activation, salient = cams.astype(np.float32), saliency.astype(np.float32)
    if mean == "geometric":
        return salient**share * activation**rest
    return np.where(activation > 0, share * salient + rest * activation, np.float32(0))
