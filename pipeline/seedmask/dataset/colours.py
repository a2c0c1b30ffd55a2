"""Random changes of an image's colours: what is drawn, and what it does."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from jaxtyping import Shaped, UInt8
from PIL import Image, ImageFilter

import seedmask.vision  # noqa: F401  before torchvision
from seedmask.config.networks import Augmentation
from seedmask.methods import photometric
from seedmask.methods.photometric import Distortion, distorted

from torchvision.transforms.v2 import functional  # isort: skip

ADJUST = {
    "brightness": functional.adjust_brightness,
    "contrast": functional.adjust_contrast,
    "saturation": functional.adjust_saturation,
    "hue": functional.adjust_hue,
}
"""Changes of a jitter, in the order in which their factors are drawn."""
BLUR, BLUR_KERNEL = (0.1, 2.0), [13, 13]
"""Range of a blur's standard deviation in pixels, and pixels along a side that are averaged, three of them each way."""
SHIFT = (-10.0, 10.0)
"""Range of what is added to all levels, of 255."""


@dataclass(frozen=True)
class Changes:
    """Drawn changes of one image, in the order in which they are made; None or nothing leaves one out."""

    jitter: tuple[tuple[str, float], ...] = ()
    """Names of `ADJUST` in drawn order and their factors; the hue's is a share of the circle, -0.5..0.5."""
    distortion: Distortion | None = None
    """mmsegmentation's, in the place of the jitter."""
    grey: bool = False
    """Whether all channels become the grey level."""
    blur: float | None = None
    """Standard deviation of a blur in pixels; Pillow's radius."""
    shift: float | None = None
    """What is added to all levels, of 255."""


def draw_changes(settings: Augmentation, generator: torch.Generator) -> Changes:
    """Changes of one image; those that the settings switch off draw no number."""
    uniform, happens = partial(_uniform, generator), partial(_happens, generator)
    jitter, distortion = (), None
    if settings.colour == "photometric":
        distortion = draw_distortion(generator)
    elif settings.colour_share == 1 or happens(settings.colour_share):
        jitter = draw_jitter(settings.colour, settings.hue, generator)
    return Changes(
        jitter,
        distortion,
        grey=settings.grey > 0 and happens(settings.grey),
        blur=uniform(*BLUR) if settings.blur and happens(settings.blur) else None,
        shift=uniform(*SHIFT) if settings.shift and happens(settings.shift) else None,
    )


def draw_jitter(strength: float, hue: float | None, generator: torch.Generator) -> tuple[tuple[str, float], ...]:
    """Changes of a jitter and their factors, drawn as torchvision's `ColorJitter` does.

    Args:
        strength: of brightness, contrast and saturation.
        hue: largest shift of the hue, a third of `strength` by default.
        generator: draws the order, and a factor for each change whose range is more than nothing.
    """
    order = torch.randperm(len(ADJUST), generator=generator).tolist()
    limits = dict.fromkeys(ADJUST, (1 - strength, 1 + strength))
    hue = strength / 3 if hue is None else hue
    limits["hue"] = -hue, hue
    drawn = {name: _uniform(generator, *between) for name, between in limits.items() if between[0] < between[1]}
    return tuple((name, drawn[name]) for name in (tuple(ADJUST)[i] for i in order) if name in drawn)


def draw_distortion(generator: torch.Generator) -> Distortion:
    """A distortion as mmsegmentation draws it, each part by a coin."""
    uniform, coin = partial(_uniform, generator), partial(_happens, generator, 0.5)
    return Distortion(
        brightness=uniform(*photometric.BRIGHTNESS) if coin() else None,
        contrast_first=coin(),
        contrast=uniform(*photometric.FACTORS) if coin() else None,
        saturation=uniform(*photometric.FACTORS) if coin() else None,
        hue=int(torch.randint(*photometric.HUES, (), generator=generator)) if coin() else None,
    )


def _uniform(generator: torch.Generator, low: float, high: float) -> float:
    return torch.empty(1).uniform_(low, high, generator=generator).item()


def _happens(generator: torch.Generator, share: float) -> bool:
    return torch.rand(1, generator=generator).item() < share


def changed(
    image: Shaped[torch.Tensor, "3 H W"], changes: Changes, library: str = "torch"
) -> Shaped[torch.Tensor, "3 H W"]:
    """An image with changes of its colours; each of them gives whole levels.

    Args:
        image: RGB in bytes; levels that are not whole only where nothing changes.
        changes: what was drawn.
        library: `torch` or `pillow`, whose arithmetic jitter, grey and blur have.
    """
    if changes.distortion:
        image = _from_numpy(distorted(_to_numpy(image), changes.distortion))
    if changes.jitter or changes.grey or changes.blur is not None:
        image = _by_pillow(image, changes) if library == "pillow" else _by_torch(image, changes)
    if changes.shift is not None:
        image = (image.double() + changes.shift).round().clamp(0, 255).byte()
    return image


def _by_torch(image: torch.Tensor, changes: Changes) -> torch.Tensor:
    for name, factor in changes.jitter:
        image = ADJUST[name](image, factor)
    if changes.grey:
        image = functional.rgb_to_grayscale(image, num_output_channels=3)
    return image if changes.blur is None else functional.gaussian_blur(image, BLUR_KERNEL, [changes.blur] * 2)


def _by_pillow(image: torch.Tensor, changes: Changes) -> torch.Tensor:
    picture = Image.fromarray(_to_numpy(image))
    for name, factor in changes.jitter:
        picture = ADJUST[name](picture, factor)
    if changes.grey:
        picture = picture.convert("L").convert("RGB")
    if changes.blur is not None:
        picture = picture.filter(ImageFilter.GaussianBlur(changes.blur))
    return _from_numpy(np.array(picture))


def _to_numpy(image: UInt8[torch.Tensor, "3 H W"]) -> UInt8[np.ndarray, "H W 3"]:
    return np.ascontiguousarray(image.permute(1, 2, 0).numpy())


def _from_numpy(image: UInt8[np.ndarray, "H W 3"]) -> UInt8[torch.Tensor, "3 H W"]:
    return torch.from_numpy(image).permute(2, 0, 1)
