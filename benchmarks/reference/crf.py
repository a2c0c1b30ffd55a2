"""Dense CRFs as released code calls pydensecrf: a plane for every class of the data set, shown or not."""

from collections.abc import Sequence

import numpy as np

from seedmask.methods.crf_settings import CRFSettings

LEAST_PROBABILITY = 1e-5


def plain_crf(image: np.ndarray, probabilities: np.ndarray, settings: CRFSettings) -> np.ndarray:
    """Marginals (K, H, W) of probabilities (K, H, W)."""
    from pydensecrf import densecrf  # pyright: ignore[reportAttributeAccessIssue]  a compiled module without stubs

    count, height, width = probabilities.shape
    model = densecrf.DenseCRF2D(width, height, count)
    unary = -np.log(np.clip(probabilities, LEAST_PROBABILITY, 1))
    model.setUnaryEnergy(np.ascontiguousarray(unary.reshape(count, -1), np.float32))
    model.addPairwiseGaussian(sxy=settings.gaussian_sxy, compat=settings.gaussian_compat)
    model.addPairwiseBilateral(
        sxy=settings.bilateral_sxy,
        srgb=settings.bilateral_srgb,
        rgbim=np.ascontiguousarray(image),
        compat=settings.bilateral_compat,
    )
    return np.array(model.inference(settings.iterations)).reshape(count, height, width)


def plain_crf_labels(
    image: np.ndarray, probabilities: np.ndarray, labels: Sequence[int], count: int, settings: CRFSettings
) -> np.ndarray:
    """Labels (H, W) of a CRF over all labels of the data set, where only some have probabilities.

    Args:
        image: RGB.
        probabilities: of the labels that the image shows, (S, H, W).
        labels: which these are.
        count: labels of the data set.
        settings: of the kernels.
    """
    planes = np.zeros((count, *probabilities.shape[1:]), np.float32)
    planes[list(labels)] = probabilities
    return plain_crf(image, planes, settings).argmax(axis=0).astype(np.uint8)
