"""Arrays drawn as images: heat over an image, masks in palette colours, small and embeddable."""

import base64
import io

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image
from scipy import ndimage

from seedmask.dataset.images import palette
from seedmask.labels import LabelSet
from seedmask.methods.weak_labels import UNLABELLED, VOID

HEAT = np.array([(20, 20, 90), (40, 100, 200), (70, 190, 170), (250, 220, 70), (220, 40, 30)], np.float32)
"""Colours of the activations 0, 1/4, 1/2, 3/4 and 1."""
WEAKEST, STRONGEST = 0.25, 0.7
"""Weight of the colour at activation 0 and 1; the rest is the image, in grey so that the colours do not mix."""
SMALLEST_LABEL = 7
"""Pixels across which a single labelled pixel is drawn."""
FEW = 0.02
"""Labels that cover a smaller share of the image are enlarged."""
VEIL = 0.45
"""Weight of a mask's colour over the image."""
STRIP = 512
"""Rows of a picture that are drawn at once."""
OUTLINES = 400
"""The image's longer side divided by the width of an outline."""


def heat_colours(score: Float[np.ndarray, "H W"]) -> Float[np.ndarray, "H W 3"]:
    """Colours 0..255 of activations 0..1."""
    steps = np.linspace(0, 1, len(HEAT))
    return np.stack([np.interp(score, steps, channel) for channel in HEAT.T], axis=-1)


def heat_over(image: UInt8[np.ndarray, "H W 3"], score: Float[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W 3"]:
    """Activations 0..1 as colours over the grey image, more opaque where the activation is stronger."""
    grey = np.asarray(Image.fromarray(image).convert("L"), np.float32)[..., None]
    weight = (WEAKEST + (STRONGEST - WEAKEST) * score)[..., None]
    return np.rint(grey * (1 - weight) + heat_colours(score) * weight).astype(np.uint8)


def labels_over(
    image: UInt8[np.ndarray, "H W 3"], labels: UInt8[np.ndarray, "H W"], longest: int
) -> UInt8[np.ndarray, "H W 3"]:
    """Weak labels in the colours of masks over the grey image, those of few pixels enlarged; 255 is white.

    Labelled background is black as in masks; the image is lightened so that black stands out from it.

    Args:
        image: RGB.
        labels: of some pixels, 254 elsewhere.
        longest: longer side in pixels of the drawing after it is shrunk; labels stay visible at that size.
    """
    grey = np.asarray(Image.fromarray(image).convert("L"), np.float32)[..., None]
    drawn = np.repeat(128 + grey / 2, 3, axis=2)
    radius = max(1, round(max(labels.shape) / longest * SMALLEST_LABEL / 2))
    for label in np.unique(labels[labels != UNLABELLED]).tolist():
        marked = labels == label
        if marked.mean() < FEW:
            distance = np.asarray(ndimage.distance_transform_edt(~marked))
            marked |= (distance <= radius) & (labels == UNLABELLED)
        drawn[marked] = (255, 255, 255) if label == VOID else palette()[label]
    return np.rint(drawn).astype(np.uint8)


def mask_over(image: UInt8[np.ndarray, "H W 3"], mask: UInt8[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W 3"]:
    """A mask in its colours over the image, each part with an outline; background shows the unchanged image."""
    drawn = image.copy()
    for top in range(0, len(mask), STRIP):  # of a large picture, floats of all pixels would take gigabytes
        below, labels = image[top : top + STRIP], mask[top : top + STRIP]
        veiled = np.rint(below * (1 - VEIL) + palette()[labels] * VEIL).astype(np.uint8)
        drawn[top : top + STRIP] = np.where((labels > 0)[..., None], veiled, below)
    width = max(1, round(max(mask.shape) / OUTLINES))
    around = ndimage.maximum_filter(mask, 2 * width + 1) != ndimage.minimum_filter(mask, 2 * width + 1)
    drawn[around & (mask > 0)] = palette()[mask[around & (mask > 0)]]
    return drawn


def small_image(image: UInt8[np.ndarray, "H W 3"], longest: int) -> Image.Image:
    """An image whose longer side has at most `longest` pixels."""
    small = Image.fromarray(image)
    small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return small


def small_mask(mask: UInt8[np.ndarray, "H W"], longest: int) -> Image.Image:
    """A mask as a palette image whose longer side has at most `longest` pixels; no pixel gets a label in between."""
    image = Image.fromarray(mask)
    image.putpalette(palette().tobytes())
    image.thumbnail((longest, longest), Image.Resampling.NEAREST)
    return image


def data_uri(image: Image.Image) -> str:
    """An image as a data URI: PNG with a palette, else JPEG."""
    buffer = io.BytesIO()
    kind = "png" if image.mode == "P" else "jpeg"
    image.save(buffer, format=kind, **({"optimize": True} if kind == "png" else {"quality": 85}))
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def heat_bar(width: int = 160, height: int = 12) -> Image.Image:
    """Legend of the heat: activation 0 at the left, 1 at the right."""
    ramp = np.broadcast_to(np.linspace(0, 1, width), (height, width))
    return Image.fromarray(np.rint(heat_colours(ramp)).astype(np.uint8))


def colour_legend(labels: LabelSet) -> list[tuple[str, tuple[int, int, int]]]:
    """Name and RGB colour of every mask value."""
    names = {**dict(zip(labels.values, labels.names, strict=True)), VOID: "ignored"}
    colours = palette().tolist()
    return [(name, (colours[value][0], colours[value][1], colours[value][2])) for value, name in names.items()]
