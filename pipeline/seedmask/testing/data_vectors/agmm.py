"""AGMM's views: Pillow's pictures, black padding below and on the right, and colours on VOC."""

import random
from collections.abc import Iterator

import numpy as np
import torch

from seedmask.config.networks import Augmentation
from seedmask.dataset.augment import Augment, View
from seedmask.dataset.colours import ADJUST, BLUR, SHIFT, Changes, changed, draw_jitter
from seedmask.dataset.crops import Window
from seedmask.dataset.resizing import resized, resized_labels, view_size
from seedmask.methods.resizing import size_with_long_side
from seedmask.methods.weak_labels import UNLABELLED, VOID, shown_labels
from seedmask.testing.data_vectors.reference import NORMALISED, Reference, as_image, as_tensor, normalised
from seedmask.testing.differences import Difference

STRENGTH, HUE, GREY = 0.5, 0.25, 0.1
SOURCES = {
    "out_point": ("source_point", "source_100clicks"),
    "out_scribble": ("source_scribble",),
    "out_other": ("source_scribble", "source_random_50clicks"),
    "out_full": ("source_full",),
}
"""Masks that the loader reads in each of its modes, the first that there is; of the last one files hold none."""
UNREAD = ("source_20clicks", "source_50clicks")
"""Masks that the loader reads in no mode."""


def settings(crop: int) -> Augmentation:
    """Views of AGMM's segmenters, without changes of colours."""
    return Augmentation(
        crop=crop,
        scale=(0.5, 2.0),
        whole_long_side=True,
        rounding="half_up",
        resample="pillow_bilinear",
        label_resample="pillow",
        pad="end",
        colour=0,
    )


def view(reference: Reference) -> Iterator[Difference]:
    """Each step of a view."""
    image, mask, side = reference["image"], reference["mask"], reference.number("crop_size")
    options = settings(side)
    lengths = [max(view_size(options, image.shape[:2], draw)) for draw in (0.0, np.nextafter(1, 0))]
    yield reference.compare("long_side_range", np.array(lengths))
    size = size_with_long_side(image.shape[:2], reference.number("long_side"), options.rounding)
    picture, labels = resized(image, size, options.resample), resized_labels(mask, size, options.label_resample)
    yield reference.compare("resized_image", as_image(picture))
    yield reference.compare("resized_mask", labels)
    left, top = reference.pair("crop_xy")
    augment, mirrored = Augment(options), bool(reference["flip"])
    for name, flip in (("cropped", False), ("flipped", mirrored)):
        drawn = View(size, Window(top, left, side), flip, Changes())
        yield reference.compare(f"{name}_image", as_image(augment.image(image, drawn) * 255).round())
        yield reference.compare(f"{name}_mask", augment.labels(mask, drawn))
    drawn = View(size, Window(top, left, side), mirrored, Changes())
    yield reference.compare("normalised", normalised(augment.image(image, drawn)), NORMALISED)
    yield reference.compare("mask_tensor", augment.labels(mask, drawn))
    yield reference.compare("image_labels", image_labels(mask, reference.number("num_classes")))


def colours(reference: Reference) -> Iterator[Difference]:
    """Each change of colours alone."""
    image = as_tensor(reference["image"])
    yield reference.compare("ranges", np.array([(1 - STRENGTH, 1 + STRENGTH)] * 3 + [(-HUE, HUE)]))
    changes = {"grey_image": Changes(grey=True)}
    for name in [name for name in reference if name.endswith("_image") and name not in changes]:
        case = name.removesuffix("_image")
        if case.startswith("jitter"):
            factors = dict(zip(ADJUST, reference[f"{case}_factors"].tolist(), strict=True))
            order = [tuple(ADJUST)[number] for number in reference[f"{case}_order"]]
            changes[name] = Changes(jitter=tuple((change, factors[change]) for change in order))
        elif case.startswith("blur"):
            changes[name] = Changes(blur=float(reference[f"{case}_radius"]))
        elif case.startswith("shift"):
            changes[name] = Changes(shift=float(reference[f"{case}_value"]))
    for name, drawn in changes.items():
        yield reference.compare(name, as_image(changed(image, drawn, "pillow")))


def loader(reference: Reference) -> Iterator[Difference]:
    """Whole views of the authors' data sets, whose draws come from three seeded generators."""
    image, seed = reference["image"], reference.number("seed_for_random_numpy_torch")
    modes = [name.removesuffix("_image") for name in reference if name.endswith("_image")]
    side = reference[f"{modes[0]}_image"].shape[-1]
    drawn = _drawn(image.shape[:2], side, seed, coloured="source_point" in reference)
    augment = Augment(settings(side).model_copy(update={"colour_library": "pillow"}))
    for mode in modes:
        yield reference.compare(f"{mode}_image", normalised(augment.image(image, drawn)), NORMALISED)
        labels = reference[f"{mode}_image_labels"]
        sources = [source for source in SOURCES.get(mode, SOURCES["out_other"]) if source in reference]
        if sources:
            mask = reference[sources[0]]
            yield reference.compare(f"{mode}_mask", augment.labels(mask, drawn))
            yield reference.compare(f"{mode}_image_labels", image_labels(mask, len(labels)))
        else:
            reference.ignore(f"{mode}_mask")
    reference.ignore(*UNREAD)


def _drawn(size: tuple[int, int], side: int, seed: int, *, coloured: bool) -> View:
    python, legacy, generator = random.Random(seed), np.random.RandomState(seed), torch.Generator().manual_seed(seed)
    longest = max(size)
    height, width = size_with_long_side(size, python.randint(int(0.5 * longest), int(2 * longest)), "half_up")
    left, top = (python.randint(0, max(length - side, 0)) for length in (width, height))
    mirrored = python.random() < 0.5
    changes = Changes()
    if coloured:
        changes = Changes(
            draw_jitter(STRENGTH, HUE, generator) if python.random() < 0.5 else (),
            grey=torch.rand(1, generator=generator).item() < GREY,
            blur=legacy.uniform(*BLUR) if python.random() < 0.5 else None,
            shift=legacy.uniform(*SHIFT) if python.random() < 0.5 else None,
        )
    return View((height, width), Window(top, left, side), mirrored, changes)


def image_labels(mask: np.ndarray, classes: int) -> np.ndarray:
    """1 for each class of a mask with classes from 0, as many for unlabelled and 255 for void."""
    stored = np.where(mask < classes, mask + 1, np.where(mask == VOID, VOID, UNLABELLED)).astype(np.uint8)
    labels = np.zeros(classes, np.float32)
    labels[[label - 1 for label in shown_labels(stored, None) if label]] = 1
    return labels
