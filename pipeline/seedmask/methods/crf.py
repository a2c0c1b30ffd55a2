"""Dense CRF: labels follow the image's edges (Krähenbühl and Koltun, NeurIPS 2011).

Only the classes that are present, and background, enter: time grows with their number.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import numpy as np
from jaxtyping import Float, UInt8

from seedmask.errors import SeedmaskError
from seedmask.methods.caffe import wrapped
from seedmask.methods.cams import Classes, Number, check_cams
from seedmask.methods.crf_settings import PROPORTIONAL_CRF, ROUGH_CRF, SEGMENTER_CRF, CRFSettings
from seedmask.methods.threshold import (
    BackgroundKind,
    BackgroundScore,
    score_probabilities,
    winning_labels,
    winning_planes,
)

__all__ = [
    "LEAST_PROBABILITY",
    "PROPORTIONAL_CRF",
    "ROUGH_CRF",
    "SEGMENTER_CRF",
    "CRFSettings",
    "dense_crf",
    "dense_crfs",
    "joint_crf_mask",
    "label_probabilities",
    "rough_probabilities",
]

LEAST_PROBABILITY = 1e-5
"""Below it a label counts as this probable, so that none is impossible."""


def dense_crf(
    image: UInt8[np.ndarray, "H W 3"], probabilities: Float[np.ndarray, "K H W"], settings: CRFSettings
) -> Float[np.ndarray, "K H W"]:
    """Marginals of a fully connected CRF with unary -log(clip(p, 1e-5, 1)).

    Args:
        image: RGB guide.
        probabilities: p, one plane for each label, K at least 1; a common factor at a pixel changes nothing.
        settings: kernels.

    Returns:
        float32, sums to one over K.

    Raises:
        SeedmaskError: pydensecrf is not installed.
        ValueError: no plane, or planes of another size than the image.
    """
    return next(dense_crfs(image, [probabilities], settings))


def dense_crfs(
    image: UInt8[np.ndarray, "H W 3"], probabilities: Iterable[Float[np.ndarray, "K H W"]], settings: CRFSettings
) -> Iterator[Float[np.ndarray, "K H W"]]:
    """`dense_crf` of several sets of planes, with the same bits; the lattices of the image are built once.

    Args:
        image: RGB guide.
        probabilities: sets of planes, all of the same number K; one is held at a time.
        settings: kernels.

    Raises:
        SeedmaskError: pydensecrf is not installed.
        ValueError: no plane, planes of another size than the image, or of another number than the first.
    """
    infer, first = None, 0
    for planes in probabilities:
        count, height, width = planes.shape
        first = first or count
        if count == 0 or image.shape[:2] != (height, width) or count != first:
            raise ValueError(
                f"{count} planes of {height}x{width} for an image of {image.shape[0]}x{image.shape[1]}; "
                f"expected {f'{first} planes' if first else 'at least one plane'}, of the image's size"
            )
        if count == 1:
            yield np.ones((1, height, width), np.float32)
            continue
        infer = infer or _inference(image, count, settings)
        scores = np.clip(planes, LEAST_PROBABILITY, 1).astype(np.float32, order="C", copy=False).reshape(count, -1)
        yield infer(np.log(scores, out=scores)).reshape(count, height, width)


Inference = Callable[[Float[np.ndarray, "K N"]], Float[np.ndarray, "K N"]]
"""Marginals of the log probabilities of each pixel, which it may overwrite."""


def _inference(image: UInt8[np.ndarray, "H W 3"], count: int, settings: CRFSettings) -> Inference:
    """The inference of an image, whose lattices are built once."""
    guide = np.array(wrapped(image) if settings.image == "reference" else image, order="C")
    if settings.solver != "pydensecrf":
        try:
            return _lattice_inference(guide, count, settings)
        except (ImportError, OverflowError) as error:
            if settings.solver == "lattice":
                raise SeedmaskError(
                    f"solver lattice: {error}; take `solver: pydensecrf`, or where it is not installed `pip install "
                    "./lattice` in the project's folder, which compiles it (needs gcc)"
                ) from error
    return _pydensecrf_inference(guide, count, settings)


def _lattice_inference(guide: UInt8[np.ndarray, "H W 3"], count: int, settings: CRFSettings) -> Inference:
    import seedmask_lattice  # pyright: ignore[reportMissingImports]  optional, compiled from `lattice/`

    model = seedmask_lattice.model(
        guide,
        *guide.shape[:2],
        settings.gaussian_sxy,
        settings.gaussian_compat,
        settings.bilateral_sxy,
        settings.bilateral_srgb,
        settings.bilateral_compat,
    )

    def infer(scores: Float[np.ndarray, "K N"]) -> Float[np.ndarray, "K N"]:
        marginals = np.empty_like(scores)
        seedmask_lattice.infer(model, scores, marginals, count, settings.iterations)
        return marginals

    return infer


def _pydensecrf_inference(guide: UInt8[np.ndarray, "H W 3"], count: int, settings: CRFSettings) -> Inference:
    model = _densecrf().DenseCRF2D(guide.shape[1], guide.shape[0], count)
    model.addPairwiseGaussian(sxy=settings.gaussian_sxy, compat=settings.gaussian_compat)
    model.addPairwiseBilateral(
        sxy=settings.bilateral_sxy,
        srgb=settings.bilateral_srgb,
        rgbim=guide,
        compat=settings.bilateral_compat,
    )

    def infer(scores: Float[np.ndarray, "K N"]) -> Float[np.ndarray, "K N"]:
        model.setUnaryEnergy(np.negative(scores, out=scores))
        return np.array(model.inference(settings.iterations), np.float32)

    return infer


def label_probabilities(
    labels: UInt8[np.ndarray, "H W"], count: int, confidence: Number = 0.7, ignore_index: int = 255
) -> Float[np.ndarray, "K H W"]:
    """Probabilities that say "probably this label", for a CRF on hard labels (IRN, Ahn et al., CVPR 2019).

    The label of a pixel gets `confidence`, the other labels share the rest; ignored pixels are uniform.

    Args:
        labels: 0..count-1, or `ignore_index`.
        count: number of labels K, background included.
        confidence: above 1 / K, below 1.
        ignore_index: pixels that say nothing.

    Raises:
        ValueError: a label outside 0..count-1.
    """
    ignored = labels == ignore_index
    if (outside := labels[~ignored & (labels >= count)]).size:
        raise ValueError(f"label {outside[0]} among {count} labels; expected 0 to {count - 1}")
    if count == 1:
        return np.ones((1, *labels.shape), np.float32)
    is_label = labels == np.arange(count)[:, None, None]
    probabilities = np.where(is_label, confidence, (1 - confidence) / (count - 1))
    return np.where(ignored, 1 / count, probabilities).astype(np.float32)


def joint_crf_mask(
    image: UInt8[np.ndarray, "H W 3"],
    cams: Float[np.ndarray, "K H W"],
    classes: Classes,
    *,
    background: BackgroundScore,
    kind: BackgroundKind = "constant",
    unary: Literal["scores", "labels"] = "scores",
    confidence: Number = 0.7,
    settings: CRFSettings = ROUGH_CRF,
) -> UInt8[np.ndarray, "H W"]:
    """Pseudo-mask by one CRF over background, where there is one, and the present classes.

    Args:
        image: RGB.
        cams: in 0..1.
        classes: 0-based class of each map; the mask's label is class + 1.
        background: constant score, exponent of (1 - max)^α, or plane; see `score_probabilities`.
        kind: how `background` is meant; with `none` and no class the mask is 255.
        unary: "scores" starts from the soft scores, "labels" from their arg-max (with `LABEL_CRF`).
        confidence: probability given to the arg-max.
        settings: kernels.

    Raises:
        ValueError: see `check_cams`.
        SeedmaskError: pydensecrf is not installed.
    """
    check_cams(cams, classes, image.shape[:2])
    probabilities = score_probabilities(cams, background, kind)
    if unary == "labels" and len(probabilities):
        planes = winning_planes(probabilities, classes)
        probabilities = label_probabilities(planes, len(probabilities), confidence)
    marginals = dense_crf(image, probabilities, settings) if len(probabilities) else probabilities
    return winning_labels(marginals, classes)


def rough_probabilities(
    image: UInt8[np.ndarray, "H W 3"],
    cams: Float[np.ndarray, "K H W"],
    *,
    exponent: Number = 24,
    crf: CRFSettings = ROUGH_CRF,
) -> Float[np.ndarray, "K1 H W"]:
    """Marginals of one CRF over background (1 - max_k v_k)^α and the K classes: rough maps for `tile_labels`.

    Args:
        image: RGB.
        cams: v, in 0..1.
        exponent: α.
        crf: kernels.

    Raises:
        SeedmaskError: pydensecrf is not installed.
    """
    return dense_crf(image, score_probabilities(cams, exponent, "exponent"), crf)


def _densecrf():
    try:
        from pydensecrf import densecrf  # pyright: ignore[reportAttributeAccessIssue]  a compiled module without stubs
    except ImportError as error:
        raise SeedmaskError(
            "the dense CRF needs pydensecrf, which is not installed; `pip install seedmask[crf]` compiles it "
            "(needs gcc), or use `method: par`, which needs no compiler"
        ) from error
    return densecrf
