"""I²CRC's views: squashed pictures with jitter for the classifier, OpenCV's floats for the segmenter."""

from collections.abc import Iterator

import numpy as np
import torch

from seedmask.architectures.deeplab_v2.network import resize_labels
from seedmask.config.networks import Augmentation
from seedmask.dataset.augment import Augment, View
from seedmask.dataset.colours import ADJUST, Changes, changed
from seedmask.dataset.crops import Window
from seedmask.dataset.resizing import resized, resized_labels
from seedmask.methods.caffe import CAFFE_MEAN
from seedmask.methods.resizing import scaled_size
from seedmask.networks.encoders import mean_and_deviation
from seedmask.testing.data_vectors.agmm import image_labels
from seedmask.testing.data_vectors.reference import NORMALISED, Reference, as_image, as_tensor, normalised
from seedmask.testing.differences import Difference

FLOATS = 2e-4 * 255
"""Of levels that are resized in single precision."""
CLASSES, SALIENCY_SIDE = 20, 256


def classifier(reference: Reference) -> Iterator[Difference]:
    """A squashed picture, its jitter step by step, and its saliency."""
    image, side = reference["image"], reference.number("input_size")
    picture = resized(image, (side, side), "pillow_bilinear")
    yield reference.compare("resized", as_image(picture))
    yield reference.compare("eval_image", normalised(picture.float() / 255), NORMALISED)
    order = [tuple(ADJUST)[number] for number in reference["jitter_order"]]
    jitter = tuple(zip(order, reference["jitter_factors_in_that_order"].tolist(), strict=True))
    steps = [
        as_image(changed(picture, Changes(jitter=jitter[:count]), "pillow")) for count in range(1, len(jitter) + 1)
    ]
    yield reference.compare("after_each_jitter", np.stack(steps))
    settings = Augmentation(square=side, resample="pillow_bilinear", colour_library="pillow")
    view = View((side, side), Window(0, 0, side), mirrored=False, changes=Changes(jitter=jitter))
    yield reference.compare("train_image", normalised(Augment(settings).image(image, view)), NORMALISED)
    classes = np.array([int(word) for word in str(reference["list_line"]).split()[1:]], np.uint8)
    yield reference.compare("image_labels", image_labels(classes[None], CLASSES))
    saliency = resized_labels(reference["saliency_bytes"], (SALIENCY_SIDE, SALIENCY_SIDE), "opencv").double() / 255
    step = SALIENCY_SIDE // reference["saliency_256_slice"].shape[0]
    yield reference.compare("saliency_256_slice", saliency[::step, ::step])
    yield reference.compare("saliency_256_sum", saliency.sum(), 1e-9)


def segmenter(reference: Reference) -> Iterator[Difference]:
    """A view in levels of BGR less Caffe's mean, and the whole picture."""
    image, label, side = reference["image_rgb"], reference["label"], reference.number("crop_size")
    yield reference.compare("mean_bgr", np.array(CAFFE_MEAN))
    settings = Augmentation(
        crop=side,
        steps=(0.5, 0.75, 1.0, 1.25, 1.5),
        rounding="down",
        resample="opencv_floats",
        label_resample="pillow",
        pad="end",
        pad_colour="mean",
        colour=0,
    )
    augment = Augment(settings, mean=mean_and_deviation("resnet101", "caffe_bgr")[0])
    size = scaled_size(image.shape[:2], float(reference["scale"]), settings.rounding)
    view = View(size, Window(*reference.pair("crop_yx"), side), bool(reference["flip"]), Changes())
    yield reference.compare("train_image", normalised(augment.image(image, view), "caffe_bgr"), FLOATS)
    yield reference.compare("train_label", augment.labels(label, view))
    yield reference.compare("eval_image", normalised(as_tensor(image).float() / 255, "caffe_bgr"), 255 * NORMALISED)
    yield reference.compare("eval_label", label)


def labels(reference: Reference) -> Iterator[Difference]:
    """Labels at the sizes of the logits."""
    label = torch.from_numpy(reference["label"])[None]
    for name in [name for name in reference if name != "label"]:
        side = int(name.removeprefix("label_"))
        yield reference.compare(name, resize_labels(label, (side, side))[0])
