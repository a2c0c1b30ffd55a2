import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from seedmask.config.networks import Augmentation
from seedmask.dataset.colours import ADJUST, Changes, changed, draw_changes, draw_distortion
from seedmask.methods.photometric import Distortion

IMAGE = torch.tensor(np.random.default_rng(0).integers(0, 256, (3, 20, 30), dtype=np.uint8))


def drawn(count=400, **options):
    generator = torch.Generator().manual_seed(0)
    return [draw_changes(Augmentation(**options), generator) for _ in range(count)]


def share(found):
    return sum(found) / len(found)


def test_nothing_is_drawn_that_is_off():
    assert set(drawn(20, colour=0)) == {Changes()}


def test_changes_are_drawn_as_often_as_the_settings_say():
    changes = drawn(colour_share=0.3, grey=0.2, blur=0.6, shift=0.5)
    assert share([bool(change.jitter) for change in changes]) == pytest.approx(0.3, abs=0.06)
    assert share([change.grey for change in changes]) == pytest.approx(0.2, abs=0.06)
    assert share([change.blur is not None for change in changes]) == pytest.approx(0.6, abs=0.06)
    assert share([change.shift is not None for change in changes]) == pytest.approx(0.5, abs=0.06)


def test_factors_fill_their_ranges_and_come_in_any_order():
    changes = drawn(colour=0.5, hue=0.25, blur=1, shift=1)
    factors = {name: [dict(change.jitter)[name] for change in changes] for name in ADJUST}
    limits = {"brightness": (0.5, 1.5), "contrast": (0.5, 1.5), "saturation": (0.5, 1.5), "hue": (-0.25, 0.25)}
    factors |= {"blur": [change.blur for change in changes], "shift": [change.shift for change in changes]}
    for name, (low, high) in {**limits, "blur": (0.1, 2), "shift": (-10, 10)}.items():
        assert low <= min(factors[name]) < low + (high - low) / 20
        assert high - (high - low) / 20 < max(factors[name]) <= high
    assert len({tuple(name for name, _ in change.jitter) for change in changes}) == 24


def test_photometric_distortion_takes_the_place_of_the_jitter():
    changes = drawn(colour="photometric")
    assert not any(change.jitter for change in changes)
    parts = [change.distortion for change in changes]
    for name in ("brightness", "contrast", "saturation", "hue"):
        assert share([getattr(part, name) is not None for part in parts]) == pytest.approx(0.5, abs=0.08)
    assert share([part.contrast_first for part in parts]) == pytest.approx(0.5, abs=0.08)
    assert {part.hue for part in parts} == {None, *range(-18, 18)}
    assert all(abs(part.brightness or 0) <= 32 for part in parts)
    assert all(0.5 <= (part.contrast or 1) <= 1.5 for part in parts)


def test_draws_depend_on_the_seed_alone():
    first, again, other = (draw_distortion(torch.Generator().manual_seed(seed)) for seed in (3, 3, 4))
    assert first == again != other


def test_a_shift_rounds_to_even_and_is_cut_to_bytes():
    image = torch.tensor([0, 1, 2, 250, 255], dtype=torch.uint8).expand(3, 1, 5)
    assert changed(image, Changes(shift=0.5))[0, 0].tolist() == [0, 2, 2, 250, 255]
    assert changed(image, Changes(shift=-9.3))[0, 0].tolist() == [0, 0, 0, 241, 246]


def test_libraries_differ_by_a_few_levels():
    changes = Changes(jitter=(("contrast", 1.2), ("brightness", 0.9), ("saturation", 0.8)))
    torch_, pillow = (changed(IMAGE, changes, library).int() for library in ("torch", "pillow"))
    assert 0 < (torch_ - pillow).abs().max() <= 4


def test_pillow_blurs_with_the_drawn_radius():
    expected = Image.fromarray(IMAGE.permute(1, 2, 0).numpy()).filter(ImageFilter.GaussianBlur(1.5))
    assert np.array_equal(changed(IMAGE, Changes(blur=1.5), "pillow").permute(1, 2, 0), expected)


@pytest.mark.parametrize("library", ["torch", "pillow"])
def test_a_grey_image_has_one_level_in_all_channels(library):
    grey = changed(IMAGE, Changes(grey=True), library)
    assert torch.equal(grey[0], grey[1])
    assert torch.equal(grey[0], grey[2])


def test_changes_come_one_after_the_other():
    changes = Changes((("hue", 0.1), ("contrast", 0.7)), grey=True, shift=4.2)
    alone = IMAGE
    for change in (
        Changes(jitter=changes.jitter[:1]),
        Changes(jitter=changes.jitter[1:]),
        Changes(grey=True),
        Changes(shift=4.2),
    ):
        alone = changed(alone, change)
    assert torch.equal(changed(IMAGE, changes), alone)


def test_a_distortion_comes_first():
    changes = Changes(distortion=Distortion(hue=9), shift=3.0)
    assert torch.equal(
        changed(IMAGE, changes), changed(changed(IMAGE, Changes(distortion=Distortion(hue=9))), Changes(shift=3.0))
    )
