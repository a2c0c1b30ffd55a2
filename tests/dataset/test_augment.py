from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import seedmask.vision  # noqa: F401  before torchvision
from seedmask.classifiers.cam.options import CamOptions
from seedmask.config.networks import Augmentation
from seedmask.dataset.augment import Augment, View
from seedmask.dataset.colours import Changes
from seedmask.dataset.crops import Window
from seedmask.networks.encoders import Normalisation, mean_and_deviation

from torchvision import tv_tensors  # isort: skip
from torchvision.transforms import v2  # isort: skip

PLAIN = Augmentation(crop=16, scale=(1, 1), flip=0, colour=0)


def picture(height=20, width=30):
    """A picture whose red is its label, so that the two can be compared after any move."""
    mask = np.random.default_rng(0).integers(1, 5, (height // 5, width // 5), dtype=np.uint8).repeat(5, 0).repeat(5, 1)
    return np.stack([mask * 50, mask * 0, mask * 0], axis=-1), mask


def test_picture_and_mask_move_together():
    augment = Augment(Augmentation(crop=16, scale=(1, 1), flip=0.5, colour=0))
    for seed in range(20):
        view, labels = augment(*picture(), seed)
        assert view.shape == (3, 16, 16)
        torch.testing.assert_close((view[0] * 255 / 50).round().long(), labels)


def test_what_lies_outside_the_picture_is_black_and_ignored():
    image, mask = picture(10, 10)
    view, labels = Augment(PLAIN)(image, mask, 0)
    assert (labels == 255).sum() == 16 * 16 - 10 * 10
    assert not view[:, labels == 255].any()


def test_labels_are_never_mixed_by_resizing():
    augment = Augment(Augmentation(crop=16, scale=(0.5, 2), flip=0.5, colour=0.5))
    image, mask = picture()
    for seed in range(20):
        assert set(augment(image, mask, seed)[1].unique().tolist()) <= {1, 2, 3, 4, 255}


def test_a_view_depends_on_its_seed_alone():
    augment = Augment(Augmentation(crop=16, scale=(0.5, 2), flip=0.5, colour=0.5))
    image, mask = picture()
    torch.manual_seed(1)
    first = augment(image, mask, 7)
    state = torch.get_rng_state()
    torch.manual_seed(2)
    again = augment(image, mask, 7)
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], augment(image, mask, 8)[0])
    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), state), "a view must not use up the global random numbers"


def test_without_a_mask_only_the_picture_comes_back():
    view, labels = Augment(PLAIN)(picture()[0], None, 0)
    assert view.shape == (3, 16, 16)
    assert labels is None


def test_a_squashed_picture_is_whole_and_its_mask_is_that_of_the_authors():
    """torchvision takes the pixel at a place's corner, as OpenCV does and Pillow does not."""
    case = np.load(Path(__file__).parents[1] / "golden" / "i2crc" / "saliency_resize.npz")
    levels = case["saliency_u8"]
    augment = Augment(Augmentation(square=256, flip=0, colour=0), padding=0)
    _, found = augment(np.zeros((*levels.shape, 3), np.uint8), levels, 0)
    np.testing.assert_allclose(found / 255, case["resized"], atol=1e-7)


def test_a_resize_factor_is_drawn_from_those_that_are_named():
    image = np.full((20, 30, 3), 255, np.uint8)
    augment = Augment(Augmentation(crop=64, steps=(0.5, 1, 2), flip=0, colour=0))
    covered = {int((augment(image, None, seed)[0][0] > 0.5).sum()) for seed in range(40)}
    assert covered == {150, 600, 2400}


def test_padding_may_lie_below_and_on_the_right_and_have_a_colour_of_its_own():
    image, mask = picture(10, 15)
    augment = Augment(PLAIN.model_copy(update={"pad": "end", "pad_colour": "mean"}), mean=(0.2, 0.4, 0.6))
    for seed in range(5):
        view, labels = augment(image, mask, seed)
        assert (labels[:10, :15] != 255).all()
        assert (labels == 255).sum() == 16 * 16 - 150
        assert torch.equal(view[:, 15, 15], torch.tensor([0.2, 0.4, 0.6]))


@pytest.mark.parametrize("pad", ["around", "end", "last"])
@pytest.mark.parametrize("norm", ["model", "caffe_bgr"])
def test_the_mean_colour_is_0_after_normalisation_whatever_colours_do(pad, norm):
    mean, _ = mean_and_deviation("resnet50", norm)
    augment = Augment(Augmentation(crop=24, scale=(1, 1), pad=pad, pad_colour="mean", colour=0.5), mean=mean)
    for seed in range(5):
        view, labels = augment(*picture(10, 15), seed)
        normalised = Normalisation("resnet50", norm)(view[None])[0]
        assert not normalised[:, labels == 255].any()
        assert normalised[:, labels != 255].all()


def corners(pad):
    """First columns of forty views of a picture that gets brighter to the right, and whether each is mirrored."""
    image = np.broadcast_to(np.arange(10, dtype=np.uint8)[:, None] * 20, (16, 10, 3)).copy()
    augment = Augment(Augmentation(crop=16, scale=(1, 1), colour=0, pad=pad))
    found = set()
    for seed in range(40):
        view, labels = augment(image, np.ones((16, 10), np.uint8), seed)
        inside = labels[0] == 1
        found.add((int(inside.nonzero()[0]), bool(view[0, 0, inside].diff()[0] < 0)))
    return found


def test_padding_at_the_end_is_mirrored_with_the_picture_and_the_last_is_not():
    assert corners("end") == {(0, False), (6, True)}
    assert corners("last") == {(0, False), (0, True)}
    assert {column for column, _ in corners("around")} == set(range(7))


REFUSED = {
    "each takes the place of scale; give one of them": [
        {"long_side": (8, 16), "steps": (1,)},
        {"square": 16, "steps": (1,)},
    ],
    "short_side and long_side: both say how long sides are": [{"short_side": 16, "long_side": (8, 16)}],
    "short_side and square: both say how long sides are": [{"short_side": 16, "square": 16}],
    "longest 64: it bounds what short_side leads to": [{"longest": 64}],
    "longest 64: less than short_side 512; exchange the two": [{"longest": 64, "short_side": 512}],
    "whole_long_side with steps: no longer side is drawn": [{"whole_long_side": True, "steps": (1,)}],
    "whole_long_side with square": [{"whole_long_side": True, "square": 16}],
    "whole_long_side with short_side": [{"whole_long_side": True, "short_side": 16}],
    "cat_max_ratio with square: there is no crop": [{"cat_max_ratio": 0.75, "square": 16}],
    "opencv_floats with colour 0.3: colours change in bytes; write colour: 0": [{"resample": "opencv_floats"}],
    "opencv_floats with grey 0.1, shift 0.5": [
        {"resample": "opencv_floats", "colour": 0, "grey": 0.1, "shift": 0.5},
    ],
    "photometric with hue: it has ranges and coins of its own": [{"colour": "photometric", "hue": 0.1}],
    "photometric with colour_share": [{"colour": "photometric", "colour_share": 0.5}],
}


@pytest.mark.parametrize(
    ("message", "options"), [(text, options) for text, all_ in REFUSED.items() for options in all_]
)
def test_options_that_contradict_each_other_are_refused(message, options):
    with pytest.raises(ValidationError, match=message):
        Augmentation(**options)


def test_a_classifier_has_no_labels_to_count():
    with pytest.raises(ValidationError, match="a classifier has no masks whose labels could be counted"):
        CamOptions(augmentation={"cat_max_ratio": 0.75})
    with pytest.raises(ValueError, match=r"cat_max_ratio 0\.75: there is no mask"):
        Augment(Augmentation(cat_max_ratio=0.75))(picture()[0], None, 0)


def torchvision_view(options, image, mask, seed):
    """The view of plain options by torchvision's own transforms, which draw from the global generator."""
    fill = {tv_tensors.Image: 0, tv_tensors.Mask: 255}
    strength = options.colour
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        low, high = options.scale
        factor = low + (high - low) * torch.rand(()).item()
        parts = v2.Compose(
            [
                v2.Resize([round(length * factor) for length in image.shape[:2]]),
                v2.RandomCrop(options.crop, pad_if_needed=True, fill=fill),
                v2.RandomHorizontalFlip(options.flip),
                v2.RandomApply([v2.ColorJitter(strength, strength, strength, options.hue)], options.colour_share),
                v2.RandomGrayscale(options.grey),
                v2.RandomApply([v2.GaussianBlur(13, (0.1, 2.0))], options.blur),
            ]
        )(tv_tensors.Image(torch.tensor(image).permute(2, 0, 1)), tv_tensors.Mask(torch.tensor(mask)))
    view, labels = (part.as_subclass(torch.Tensor) for part in parts)
    return view.float() / 255, labels.long()


def test_plain_views_are_those_of_torchvision_with_the_same_seed():
    options = Augmentation(crop=32, scale=(0.5, 2), colour=0.4, hue=0.2, colour_share=0.7, grey=0.3, blur=0.5)
    image, mask = np.random.default_rng(0).integers(0, 256, (37, 30, 3), dtype=np.uint8), picture(40, 30)[1][:37]
    for seed in range(30):
        expected, found = torchvision_view(options, image, mask, seed), Augment(options)(image, mask, seed)
        assert torch.equal(found[0], expected[0])
        assert torch.equal(found[1], expected[1])


def changed_colours(**options):
    """How many of forty views differ from the plain one, and whether all of those are grey."""
    image, _ = picture()
    image[..., 1] = 90
    whole = PLAIN.model_copy(update={"square": 16})
    plain, _ = Augment(whole)(image, None, 0)
    augment = Augment(whole.model_copy(update=options))
    views = [augment(image, None, seed)[0] for seed in range(40)]
    means = plain.mean(dim=(1, 2))
    others = [view for view in views if (view.mean(dim=(1, 2)) - means).abs().max() > 1e-3]
    return len(others), all(torch.allclose(view[0], view[2], atol=1e-2) for view in others)


def test_colours_change_in_the_share_of_views_that_the_options_say():
    assert changed_colours()[0] == 0
    assert changed_colours(colour=0.5)[0] == 40
    assert 10 < changed_colours(colour=0.5, colour_share=0.5)[0] < 30


def test_some_views_are_grey_and_hue_can_move_alone():
    count, grey = changed_colours(grey=0.3)
    assert 4 < count < 24
    assert grey
    assert changed_colours(hue=0.25)[0] == 40


def test_some_views_are_blurred():
    image, _ = picture(40, 40)
    augment = Augment(Augmentation(crop=40, scale=(1, 1), flip=0, colour=0, blur=0.5))
    edges = [augment(image, None, seed)[0][0].diff(dim=1).abs().sum().item() for seed in range(40)]
    sharp = max(edges)
    assert 8 < sum(edge > 0.99 * sharp for edge in edges) < 32
    assert min(edges) < 0.9 * sharp


PUBLISHED = {
    "pmm segmenter": {
        "crop": 64,
        "scale": (0.5, 2),
        "short_side": 64,
        "longest": 256,
        "rounding": "half_up",
        "resample": "opencv_bytes",
        "label_resample": "opencv",
        "cat_max_ratio": 0.75,
        "pad": "last",
        "pad_colour": "mean",
        "colour": "photometric",
    },
    "pmm classifier": {
        "crop": 56,
        "long_side": (56, 96),
        "whole_long_side": True,
        "resample": "pillow_bicubic",
        "pad_colour": "mean",
        "colour": 0.3,
        "hue": 0.1,
        "colour_library": "pillow",
        "colour_of": "picture",
    },
    "agmm": {
        "crop": 41,
        "scale": (0.5, 2),
        "whole_long_side": True,
        "rounding": "half_up",
        "resample": "pillow_bilinear",
        "label_resample": "pillow",
        "pad": "end",
        "colour": 0.5,
        "hue": 0.25,
        "colour_share": 0.5,
        "colour_library": "pillow",
        "grey": 0.1,
        "blur": 0.5,
        "shift": 0.5,
    },
    "i2crc classifier": {
        "square": 32,
        "resample": "pillow_bilinear",
        "label_resample": "opencv",
        "flip": 0,
        "colour": 0.3,
        "hue": 0.1,
        "colour_library": "pillow",
    },
    "i2crc segmenter": {
        "crop": 41,
        "steps": (0.5, 0.75, 1, 1.25, 1.5),
        "rounding": "down",
        "resample": "opencv_floats",
        "label_resample": "pillow",
        "pad": "end",
        "pad_colour": "mean",
        "colour": 0,
    },
    "sfc classifier": {"crop": 64, "scale": (1, 1), "pad_colour": "mean", "flip": 0, "colour": 0},
    "boundary": {
        "crop": 64,
        "scale": (0.5, 1),
        "resample": "pillow_bicubic",
        "label_resample": "pillow",
        "pad_colour": "mean",
        "colour": 0,
    },
}
"""Views of the published systems, with smaller sides."""


@pytest.mark.parametrize("options", PUBLISHED.values(), ids=PUBLISHED)
@given(height=st.integers(2, 70), width=st.integers(2, 70), seed=st.integers(0, 2**31))
@settings(max_examples=20)
def test_views_of_published_systems_are_square_and_depend_on_their_seed_alone(options, height, width, seed):
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    mask = np.random.default_rng(1).integers(0, 5, (height, width), dtype=np.uint8)
    augment = Augment(Augmentation(**options), mean=(0.485, 0.456, 0.406))
    torch.manual_seed(seed + 1)
    view, labels = augment(image, mask, seed)
    torch.manual_seed(seed + 2)
    again = augment(image, mask, seed)
    assert torch.equal(view, again[0])
    assert torch.equal(labels, again[1])
    side = options.get("square") or options["crop"]
    assert view.shape == (3, side, side)
    assert labels.shape == (side, side)
    assert view.min() >= 0
    assert view.max() <= 1
    assert set(labels.unique().tolist()) <= {*np.unique(mask).tolist(), 255}


def test_contrast_of_the_whole_picture_keeps_its_mean_level_and_not_that_of_the_crop():
    image = np.zeros((40, 40, 3), np.uint8)
    image[:, 20:] = 200
    options = {"crop": 10, "scale": (1, 1), "colour": 0.9, "hue": 0}
    in_crop, in_picture = (Augment(Augmentation(**options, colour_of=part)) for part in ("crop", "picture"))
    drawn = View((40, 40), Window(0, 0, 10), mirrored=False, changes=Changes(jitter=(("contrast", 0.5),)))
    assert not in_crop.image(image, drawn).any()
    assert (in_picture.image(image, drawn) * 255).unique().tolist() == [49]  # of a mean of 99.98
