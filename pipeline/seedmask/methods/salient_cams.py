"""CAMs that end where saliency ends: A'_c = S A_c^p.

A CAM says of which class an object is and fades long before the object ends; saliency says where it ends and not what
it is. The saliency S is common to all classes, so the strongest class stays the strongest one, and a small power p
flattens its fading, so that a low threshold of A' is one of S wherever the class is active at all.
"""

import numpy as np
from jaxtyping import Float

from seedmask.methods.cams import Number


def salient_cams(
    cams: Float[np.ndarray, "K H W"], saliency: Float[np.ndarray, "h w"], power: Number = 0.25
) -> Float[np.ndarray, "K H W"]:
    """S A_c^p.

    Args:
        cams: A, one map for each class, in 0..1.
        saliency: S, in 0..1, of the size of the maps.
        power: p, above 0; with 0 all classes would be equal.

    Returns:
        float32 in 0..1; 0 where a class is not active or nothing is salient.

    Raises:
        ValueError: the sizes differ, numbers are not finite or lie outside 0..1, or the power is not above 0.
    """
    if not power > 0:
        raise ValueError(f"power is {power:g}, expected a number above 0, lest all classes become equal")
    if saliency.shape != cams.shape[1:]:
        raise ValueError(f"saliency of {saliency.shape} pixels (H, W) for CAMs of {cams.shape[1:]}; resize it")
    for name, maps in (("saliency", saliency), ("CAMs", cams)):
        if not np.all((maps >= 0) & (maps <= 1)):
            raise ValueError(f"{name}: a map holds NaN or numbers outside 0..1; make it again")
    return saliency.astype(np.float32) * cams.astype(np.float32) ** np.float32(power)
