"""PMM's views: OpenMMLab's of segmenters, and the authors' own of classifiers."""

from collections.abc import Iterator

import numpy as np
import torch

from seedmask.config.networks import Augmentation
from seedmask.dataset.augment import Augment, View
from seedmask.dataset.colours import Changes, changed
from seedmask.dataset.crops import Window, first_varied
from seedmask.dataset.resizing import resized, resized_labels, view_size
from seedmask.methods.photometric import Distortion
from seedmask.methods.resizing import size_with_long_side
from seedmask.testing.data_vectors.reference import MEAN, NORMALISED, Reference, as_image, as_tensor, normalised
from seedmask.testing.differences import Difference

RESIZED, DISTORTED, SHARE = 1.0, 2.0, 0.01
"""Levels that OpenCV's fixed point and its way through HSV may be away, and the share of values that are."""
LONGEST = 2048
LIMIT = 0.75
"""Of the share of a crop's most frequent label."""


class Draws:
    """Drawn numbers of a file, in the order of their use.

    Args:
        reference: the file; `draw_names` are functions of numpy or `random`.
    """

    def __init__(self, reference: Reference):
        self._left = list(zip(reference["draw_names"].tolist(), reference["draw_values"].tolist(), strict=True))
        self.used: list[float] = []

    def __call__(self, function: str) -> float:
        """The next number; where it is of another function, or there is none, 0, which `used` has as not a number."""
        name, value = self._left.pop(0) if self._left else ("", 0.0)
        self.used.append(value if name == function else float("nan"))
        return value if name == function else 0.0

    def coin(self) -> bool:
        """One of two."""
        return self("randint") == 1

    def distortion(self) -> Distortion:
        """A photometric distortion."""
        brightness = self("uniform") if self.coin() else None
        first = self.coin()
        contrast = self("uniform") if first and self.coin() else None
        saturation = self("uniform") if self.coin() else None
        hue = int(self("randint")) if self.coin() else None
        if not first:
            contrast = self("uniform") if self.coin() else None
        return Distortion(brightness, contrast, first, saturation, hue)

    def window(self, labels: torch.Tensor, side: int) -> Window:
        """A crop by its labels."""
        return first_varied(lambda: Window(int(self("randint")), int(self("randint")), side), labels, LIMIT)


def sizes(reference: Reference) -> Iterator[Difference]:
    """Sizes before the crop."""
    columns = reference["columns"].tolist()
    found = []
    for row in reference["table"]:
        given = dict(zip(columns, row.tolist(), strict=True))
        settings = segmenter_settings(short_side=int(given["short_side"]))
        height, width = view_size(settings, (int(given["height"]), int(given["width"])), given["draw"])
        found.append([{**given, "new_width": width, "new_height": height}[name] for name in columns])
    yield reference.compare("table", np.array(found))


def pixels(reference: Reference) -> Iterator[Difference]:
    """Pictures and labels of other sizes."""
    for name in reference:
        kind, _, size = name.partition("_")
        if not size:
            continue
        height, width = map(int, size.split("x"))
        if kind == "picture":
            picture = resized(reference["picture"], (height, width), "opencv_bytes")
            yield reference.compare(name, as_image(picture), RESIZED)
        else:
            yield reference.compare(name, resized_labels(reference["label"], (height, width), "opencv"))


def crop(reference: Reference) -> Iterator[Difference]:
    """Crops that are drawn again."""
    draws, labels = Draws(reference), torch.from_numpy(reference["label"])
    window = draws.window(labels, reference.number("crop_size"))
    yield reference.compare("out_picture", as_image(window.cut(as_tensor(reference["picture"]))))
    yield reference.compare("out_label", window.cut(labels))
    yield reference.compare("draw_values", np.array(draws.used))


def distortion(reference: Reference) -> Iterator[Difference]:
    """Photometric distortion alone."""
    draws = Draws(reference)
    yield from _distorted(reference, "picture", "out_picture", draws.distortion())
    yield reference.compare("draw_values", np.array(draws.used))


def _distorted(reference: Reference, before: str, after: str, drawn: Distortion) -> Iterator[Difference]:
    found, expected = as_image(changed(as_tensor(reference[before]), Changes(distortion=drawn))), reference[after]
    yield reference.compare(after, found, DISTORTED)
    share = np.mean(found != expected) if found.shape == expected.shape else np.inf
    yield reference.compare(f"{after} (share of other values)", np.array(share), SHARE, expected=np.zeros(()))


def segmenter(reference: Reference) -> Iterator[Difference]:
    """All steps of a segmenter's view, each from the state before it, and the view as a whole."""
    draws, picture, label = Draws(reference), reference["picture"], reference["label"]
    side = reference.number("crop_size")
    short_side, longest = reference.number("short_side"), reference.number("long_side")
    settings = segmenter_settings(short_side=short_side, longest=longest, crop=side)
    size = view_size(settings, picture.shape[:2], draws("random_sample"))
    yield reference.compare("after_resize", as_image(resized(picture, size, settings.resample)), RESIZED)
    labels = resized_labels(label, size, settings.label_resample)
    yield reference.compare("label_after_resize", labels)
    window = draws.window(labels, side)
    yield reference.compare("after_crop", as_image(window.cut(as_tensor(reference["after_resize"]))))
    yield reference.compare("label_after_crop", window.cut(labels))
    mirrored = draws("rand") < settings.flip
    for name in ("", "label_"):
        cropped = reference[f"{name}after_crop"]
        yield reference.compare(f"{name}after_flip", cropped[:, ::-1] if mirrored else cropped)
    drawn = draws.distortion()
    yield from _distorted(reference, "after_flip", "after_photo", drawn)
    small = as_tensor(reference["after_photo"]).float() / 255
    yield reference.compare("after_normalise", normalised(small).transpose(1, 2, 0), NORMALISED)
    for name in ("photo", "normalise"):
        yield reference.compare(f"label_after_{name}", reference["label_after_flip"])
    augment = Augment(settings, mean=MEAN)
    view = View(size, window, mirrored, Changes(distortion=drawn))
    whole = normalised(augment.image(picture, view)).transpose(1, 2, 0)
    yield reference.compare("after_pad", whole, (RESIZED + DISTORTED) / 255 / 0.224 + NORMALISED)
    padded = np.zeros_like(whole)
    height, width = reference["after_normalise"].shape[:2]
    padded[:height, :width] = whole[:height, :width]
    yield reference.compare("after_pad (zeros beyond the picture)", whole, expected=padded)
    yield reference.compare("label_after_pad", augment.labels(label, view))
    yield reference.compare("draw_values", np.array(draws.used))


def segmenter_settings(*, short_side: int, longest: int = LONGEST, crop: int = 512) -> Augmentation:
    """Views of PMM's segmenters."""
    return Augmentation(
        crop=crop,
        scale=(0.5, 2.0),
        short_side=short_side,
        longest=longest,
        rounding="half_up",
        resample="opencv_bytes",
        label_resample="opencv",
        cat_max_ratio=LIMIT,
        pad="last",
        pad_colour="mean",
        colour="photometric",
    )


def classifier(reference: Reference) -> Iterator[Difference]:
    """Views of PMM's classifiers, without changes of colours."""
    draws, picture, side = Draws(reference), reference["picture"], reference.number("crop_size")
    size = size_with_long_side(picture.shape[:2], int(draws("randint")))
    yield reference.compare("resized", as_image(resized(picture, size, "pillow_bicubic")))
    left, top = (  # the authors draw the column first
        int(draws("randrange")) * (1 if length >= side else -1) for length in reversed(size)
    )
    augment = Augment(Augmentation(crop=side, resample="pillow_bicubic", pad_colour="mean"), mean=MEAN)
    view = augment.image(picture, View(size, Window(top, left, side), mirrored=False, changes=Changes()))
    yield reference.compare("normalised_cropped", normalised(view).transpose(1, 2, 0), NORMALISED)
    yield reference.compare("draw_values", np.array(draws.used))
