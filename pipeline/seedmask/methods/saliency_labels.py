"""Labels where activation and saliency agree, 255 where they do not (I2CRC, Chen et al., TMM 2023).

Activation says of which class an object is and saliency where it ends. A pixel that is salient without being active,
or active without being salient, teaches nothing. No CRF.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import UInt8

from seedmask.methods.cams import IGNORE, Number
from seedmask.methods.normalise import stretch


def initial_labels(
    saliency: UInt8[np.ndarray, "H W"],
    attention: Mapping[int, UInt8[np.ndarray, "H W"]],
    *,
    conflict: Number = 0.9,
    foreground: Number = 0.3,
    background: int = 32,
    attention_limit: Number = 0.5,
    min_share: Number = 0.01,
) -> UInt8[np.ndarray, "H W"]:
    """Labels of an image from its saliency and the activation of its classes, both in bytes.

    With a_c the activation stretched to 0..1 over the image and g = (1 - s, a_1, ...), what is below `foreground`
    being 0, the label is the largest score, the first if equal; it becomes 255 where two scores exceed `conflict`, and
    where it is background though s >= `background` or some a_c exceeds `attention_limit`. Nothing can be of a class
    where nothing is salient. Every score is a function of a byte, so tables of 256 numbers do.

    Args:
        saliency: s, 255 the most salient.
        attention: of each class, 0-based, 255 the most active; a constant map says nothing.
        conflict: two scores above it contradict each other.
        foreground: smallest score that counts.
        background: byte of saliency from which a pixel is not surely background.
        attention_limit: activation above which a pixel is not surely background.
        min_share: share of the image that must be of some class; below it the whole image is 255.
    """
    inverse = 1 - np.arange(256, dtype=np.float32) / 255  # in single precision, which decides equal scores
    best = _counting(inverse, foreground)[saliency]
    label = np.zeros(saliency.shape, np.uint8)
    high, doubtful = (inverse > conflict)[saliency], saliency >= background
    several = np.zeros(saliency.shape, bool)
    for c in sorted(attention):
        activation = _stretched(attention[c])
        score = _counting(activation, foreground)[attention[c]]
        larger = score > best
        np.copyto(label, np.uint8(c + 1), where=larger)
        np.copyto(best, score, where=larger)
        claimed = (activation > conflict)[attention[c]]
        several |= high & claimed
        high |= claimed
        doubtful |= (activation > attention_limit)[attention[c]]
    label[several | ((label == 0) & doubtful)] = IGNORE
    if np.count_nonzero((label > 0) & (label < IGNORE)) < min_share * label.size:
        label[:] = IGNORE
    return label


def _stretched(attention: UInt8[np.ndarray, "H W"]) -> np.ndarray:
    """(a - min) / (max - min + 1e-8) of every byte."""
    low, high = int(attention.min()), int(attention.max())
    return stretch(np.arange(256, dtype=np.float64), low, high, epsilon=1e-8).astype(np.float32)


def _counting(scores: np.ndarray, least: Number) -> np.ndarray:
    """Scores, 0 where they are too small."""
    return np.where(scores < least, np.float32(0), scores)
