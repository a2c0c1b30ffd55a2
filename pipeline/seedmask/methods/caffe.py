"""The image format of Caffe's networks, which code that descends from theirs still uses."""

import numpy as np
from jaxtyping import UInt8

CAFFE_MEAN = (104.008, 116.669, 122.675)
"""BGR, 0..255."""


def wrapped(image: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "H W 3"]:
    """BGR less Caffe's mean, cast to bytes: numbers below 0 wrap around.

    What the segmentation code of I2CRC (Chen et al., TMM 2023) and of others before it hands to the CRF.

    Args:
        image: RGB.
    """
    centred = image[..., ::-1].astype(np.float32) - np.array(CAFFE_MEAN, np.float32)
    return centred.astype(np.int16).astype(np.uint8)
