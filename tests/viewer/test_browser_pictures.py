"""What the page draws, pixel by pixel against the arrays that were stored."""

import numpy as np
import pytest
from viewer_kit import LABEL_FREE, ORACLE, SPECS

from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.images import palette
from seedmask.methods.threshold import strongest, threshold_labels
from seedmask.report.drawing import heat_colours
from seedmask.storage.canvas import decode
from seedmask.viewer.images import safe_palette

ROWS = (0, 1, 2, 5)


def link(row, *show, **more):
    words = [
        f"image=p{row:03d}",
        *(f"show={layer}" for layer in show),
        *(f"{key}={value}" for key, value in more.items()),
    ]
    return "#" + "&".join(words).replace(" ", "+")


def arrays_of(made, reference, row):
    return made.arrays[reference, row]


def assert_labels(pixels, labels, colours=None):
    assert np.array_equal(pixels[..., :3], (palette() if colours is None else colours)[labels])
    assert (pixels[..., 3] == 255).all()


def assert_heat(pixels, values):
    """Within rounding: 0..1 goes through 256 steps, between which a channel moves by up to 3."""
    steps = np.rint(np.asarray(values, np.float64) * 255) / 255
    assert np.abs(pixels[..., :3] - heat_colours(steps)).max() <= 1
    assert (pixels[..., 3] == 255).all()


def scaled(reference, name, array):
    return decode(array, SPECS[reference][name])


@pytest.mark.parametrize("row", ROWS)
def test_masks_have_exactly_their_colours(browser, made, row):
    layers = ("masks/crf", "masks/mix", "predictions/net")
    browser.image(link(row, *layers), f"p{row:03d}")
    for layer in layers:
        assert_labels(browser.pixels(layer), arrays_of(made, layer, row)["mask"])
    assert browser.errors() == []


@pytest.mark.parametrize("row", ROWS)
def test_heat_is_that_of_the_report(browser, made, row):
    layers = ("seeds/cam", "seeds/cam fine", "saliency/net", "masks/crf confidence", "masks/mix score")
    browser.image(link(row, *layers), f"p{row:03d}")
    seeds, mix = arrays_of(made, "seeds/cam", row), arrays_of(made, "masks/mix", row)
    classes = seeds["classes"]
    for layer, reference, name, maps in (
        ("seeds/cam", "seeds/cam", "cam", seeds["cam"]),
        ("seeds/cam fine", "seeds/cam", "fine", seeds["fine"]),
        ("masks/mix score", "masks/mix", "score", mix["score"]),
    ):
        assert_heat(browser.pixels(layer), strongest(scaled(reference, name, maps), classes)[1])
    assert_heat(browser.pixels("saliency/net"), arrays_of(made, "saliency/net", row)["map"] / 255)
    assert_heat(browser.pixels("masks/crf confidence"), arrays_of(made, "masks/crf", row)["confidence"] / 255)


def test_the_map_of_a_class_or_the_background_can_be_chosen(browser, made):
    row = 4
    seeds = arrays_of(made, "seeds/cam", row)
    names = [made.index.classes[number] for number in seeds["classes"]]
    for slot, name in enumerate(names):
        browser.image(link(row, "seeds/cam", **{"class": name}), "p004")
        assert_heat(browser.pixels("seeds/cam"), seeds["cam"][slot] / 255)
        assert name in browser.caption("seeds/cam")
    (absent,) = set(made.index.classes) - set(names)
    browser.image(link(row, "seeds/cam", **{"class": absent}), "p004")
    assert f"no map of {absent}" in browser.reason("seeds/cam")
    browser.image(link(row, "seeds/cam fine", **{"class": "%0Abackground"}), "p004")
    assert_heat(browser.pixels("seeds/cam fine"), seeds["fine_background"].astype(np.float64))


@pytest.mark.parametrize(("chosen", "value"), [("", LABEL_FREE), ("oracle", ORACLE), ("0.255", 0.255)])
def test_seed_masks_are_those_of_the_threshold(browser, made, chosen, value):
    for row in ROWS:
        browser.image(link(row, "seeds/cam seed", threshold=chosen), f"p{row:03d}")
        seeds = arrays_of(made, "seeds/cam", row)
        cams = scaled("seeds/cam", "cam", seeds["cam"])
        assert_labels(browser.pixels("seeds/cam seed"), threshold_labels(cams, seeds["classes"], value))
    assert ("uses pixel labels" in browser.caption("seeds/cam seed")) == (chosen == "oracle")


def test_a_set_with_a_background_of_its_own_is_cut_by_it(browser, made):
    browser.image(link(1, "seeds/cam fine seed"), "p001")
    seeds = arrays_of(made, "seeds/cam", 1)
    fine, background = (seeds[name].astype(np.float32) for name in ("fine", "fine_background"))
    expected = threshold_labels(fine, seeds["classes"], background, "plane")
    assert_labels(browser.pixels("seeds/cam fine seed"), expected)


def test_an_image_whose_tags_are_not_known_has_no_maps_and_an_empty_seed(browser, made):
    browser.image(link(3, "seeds/cam", "seeds/cam seed"), "p003")
    assert_heat(browser.pixels("seeds/cam"), np.zeros((24, 32)))
    assert_labels(browser.pixels("seeds/cam seed"), np.zeros((24, 32), np.uint8))
    assert "no classes" in browser.caption("seeds/cam")


def test_weak_labels_tell_unlabelled_from_void(browser, made):
    browser.image(link(0, "weak_labels/points"), "p000")
    pixels, labels = browser.pixels("weak_labels/points"), arrays_of(made, "weak_labels/points", 0)["label"]
    labelled = labels < 254
    assert np.array_equal(pixels[labelled][:, :3], palette()[labels[labelled]])
    assert (pixels[labels == 255] == 255).all()
    assert tuple(pixels[20, 25]) == (0, 0, 0, 0)
    assert np.array_equal(pixels[3, 3, :3], palette()[1]), "a single labelled pixel is drawn larger"
    assert "labelled" in browser.caption("weak_labels/points")


def test_truth_and_picture_are_those_of_the_data_set(browser, made):
    catalogue = Catalogue(made.results)
    browser.image(link(1, "picture", "truth"), "p001")
    assert_labels(browser.pixels("truth"), catalogue.truth(made.index.rows[1]))
    image = browser.pixels("picture", ".under")[..., :3].astype(np.float64)
    original = catalogue.image(made.index.rows[1])
    assert image.shape == original.shape
    assert abs(image.mean() - original.mean()) < 3


def test_safe_colours_are_an_option(browser, made):
    browser.image(link(2, "masks/crf", colours="safe"), "p002")
    assert_labels(browser.pixels("masks/crf"), arrays_of(made, "masks/crf", 2)["mask"], safe_palette())


def test_an_overlay_leaves_the_background_to_the_picture(browser, made):
    browser.image("#image=p000&mode=overlay&a=masks/crf", "p000")
    pixels, mask = browser.pixels("masks/crf"), arrays_of(made, "masks/crf", 0)["mask"]
    assert np.array_equal(pixels[..., 3] > 0, mask > 0)
    assert np.array_equal(pixels[mask > 0][:, :3], palette()[mask[mask > 0]])


def test_a_difference_is_counted_and_drawn(browser, made):
    browser.image("#image=p001&mode=difference&a=masks/crf&b=predictions/net", "p001")
    first, second = (arrays_of(made, layer, 1)["mask"] for layer in ("masks/crf", "predictions/net"))
    pixels = browser.pixels("masks/crf ≠ predictions/net")
    known = (first != 255) & (second != 255)
    assert np.array_equal(pixels[..., 3] > 0, first != second)
    assert (pixels[known & (first > 0) & (second == 0)] == (230, 159, 0, 255)).all()
    assert (pixels[known & (first == 0) & (second > 0)] == (86, 180, 233, 255)).all()
    assert (pixels[known & (first > 0) & (second > 0) & (first != second)] == (204, 121, 167, 255)).all()
    share = (known & (first != second)).mean()
    assert f"{share:.1%}".replace("%", " %") in browser.caption("masks/crf ≠ predictions/net")


def test_maps_differ_by_their_distance(browser, made):
    browser.image("#image=p000&mode=difference&a=saliency/net&b=masks/crf+confidence", "p000")
    first = arrays_of(made, "saliency/net", 0)["map"] / 255
    second = arrays_of(made, "masks/crf", 0)["confidence"] / 255
    assert_heat(browser.pixels("saliency/net ≠ masks/crf confidence"), abs(first - second))


def test_what_cannot_be_compared_says_so(browser):
    browser.image("#image=p000&mode=difference&a=saliency/net&b=masks/crf", "p000")
    assert "cannot be compared" in browser.text(".cell .why")
