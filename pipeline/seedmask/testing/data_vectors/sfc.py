"""SFC's views: pictures on zeros, and those of IRN, which makes its boundaries."""

from collections.abc import Iterator

import numpy as np
import torch
from torch.nn.functional import interpolate

from seedmask.config.networks import Augmentation
from seedmask.dataset.augment import Augment, View
from seedmask.dataset.colours import Changes
from seedmask.dataset.crops import Window
from seedmask.dataset.resizing import resized
from seedmask.methods.cams import IGNORE
from seedmask.methods.resizing import scaled_size
from seedmask.testing.data_vectors.agmm import image_labels
from seedmask.testing.data_vectors.reference import MEAN, NORMALISED, Reference, normalised
from seedmask.testing.differences import Difference

CLASSES = 20


def views(reference: Reference) -> Iterator[Difference]:
    """Views of the classifier and of the boundary network, and pairs of an image and its mirror image."""
    image, label, side = reference["image"], reference["label"], reference.number("crop_size")
    size = image.shape[:2]
    augment = Augment(
        Augmentation(crop=side, resample="pillow_bicubic", label_resample="pillow", pad_colour="mean"), mean=MEAN
    )
    view = View(size, _window(reference["class_train_box"], side), mirrored=False, changes=Changes())
    yield reference.compare("class_train_image", normalised(augment.image(image, view)), NORMALISED)
    inside = augment.labels(np.zeros(size, np.uint8), view) != IGNORE
    yield reference.compare("class_train_valid", inside.float())
    yield reference.compare("class_train_labels", image_labels(label, CLASSES + 1)[1:])

    scaled = scaled_size(size, float(reference["irn_scale"]))
    yield reference.compare("irn_scaled_size", np.array(scaled))
    window, mirrored = _window(reference["irn_box"], side), bool(reference["irn_flip"])
    if mirrored:  # IRN mirrors before it crops
        window = Window(window.top, scaled[1] - window.left - side, side)
    view = View(scaled, window, mirrored, Changes())
    yield reference.compare("irn_train_image", normalised(augment.image(image, view)), NORMALISED)
    labels = augment.labels(label, view)
    yield reference.compare("irn_train_label", labels)
    quarter = reference["irn_label_stride4"].shape
    small = interpolate(labels[None, None].float(), quarter, mode="nearest-exact")[0, 0]
    yield reference.compare("irn_label_stride4", small)

    view = View(size, Window(0, 0, side), mirrored=False, changes=Changes())
    yield reference.compare("top_left_image", normalised(augment.image(image, view)), NORMALISED)
    for name in [name for name in reference if name.startswith("pair_") and name.endswith("_shape")]:
        scale = float(name.removeprefix("pair_").removesuffix("_shape"))
        one = torch.from_numpy(normalised(resized(image, scaled_size(size, scale), "pillow_bicubic").float() / 255))
        pair = torch.stack([one, one.flip(-1)])
        yield reference.compare(name, np.array(pair.shape))
        yield reference.compare(name.replace("shape", "slice"), pair[:, :, ::3, ::3], NORMALISED)


def _window(box: np.ndarray, side: int) -> Window:
    """The crop of a box: rows and columns in the crop, then in the image, each first and last."""
    top, _, left, _, image_top, _, image_left, _ = map(int, box)
    return Window(image_top - top, image_left - left, side)
