"""Masks of another program come in, are checked, and are worth what they are."""

import numpy as np
import pytest
from elsewhere_kit import plan_with, run, scores_of
from PIL import Image
from results_kit import CLASS_NAMES, HEIGHT, WIDTH, make_run

from seedmask.dataset.images import save_mask
from seedmask.errors import InputError, SeedmaskError
from seedmask.export.images import export_masks
from seedmask.export.variants import open_variant

OWN = {"method": "folder", "path": "own", "origin": "closed_world"}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A finished run whose masks lie as PNGs in `own`."""
    monkeypatch.chdir(tmp_path)
    export_masks(make_run().results, "masks/crf", tmp_path / "own")
    return tmp_path


def refusal(**changes):
    with pytest.raises(InputError) as error:
        run(plan_with(masks={"own": {**OWN, **changes}}), "masks/own")
    return str(error.value)


def test_masks_that_were_written_and_read_back_are_equal_and_have_equal_scores(here):
    plan = plan_with(masks={"own": OWN})
    own, crf = run(plan, "masks/own"), open_variant(plan.results, "masks/crf")
    assert own.ids == crf.ids
    assert [own.digest(image) for image in own.ids] == [crf.digest(image) for image in crf.ids]
    (found, marks), (ours, none) = scores_of(plan, "masks/own"), scores_of(plan, "masks/crf")
    assert found == ours
    assert (marks, none) == (["masks/own: closed world, image tags alone"], [])


def test_numbers_that_are_no_classes_and_classes_without_a_tag_are_named(here):
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[0], mask[1] = 76, 150
    save_mask(here / "own/p0.png", mask)
    save_mask(here / "own/p2.png", np.full((HEIGHT, WIDTH), 2, np.uint8))
    message = refusal()
    assert "masks in own: 2 problems" in message
    assert "own/p0.png: numbers 76, 150 are no classes; expected 0 to 2, and 254 and 255 for pixels without" in message
    assert f"own/p2.png: shows {CLASS_NAMES[1]}, which image p2 has no tag of; correct the tags or the mask" in message


def test_classes_without_a_tag_are_ignored_on_request_and_unlabelled_pixels_always(here):
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[0], mask[1], mask[2], mask[3] = 1, 2, 254, 255
    save_mask(here / "own/p0.png", mask)
    found = run(plan_with(masks={"own": OWN | {"other_classes": "ignore"}}), "masks/own").read("p0")["mask"]
    assert found[:5, 0].tolist() == [1, 255, 255, 255, 0]


def test_masks_of_another_kind_are_refused_by_name(here):
    Image.new("RGB", (WIDTH, HEIGHT)).save(here / "own/p0.png")
    assert "own/p0.png: mask is a PNG with mode RGB, expected a PNG with a palette or 8-bit grey" in refusal()
    (here / "own/p0.png").write_bytes(b"no picture")
    assert "own/p0.png: not a picture that can be read" in refusal()


def test_an_added_file_is_another_input_and_an_equal_one_changes_no_mask(here):
    plan = plan_with(masks={"own": OWN})
    before, first = plan.job("masks/own", "0000"), run(plan, "masks/own")
    save_mask(here / "own/p0.png", np.zeros((HEIGHT, WIDTH), np.uint8))
    plan = plan_with()
    assert plan.job("masks/own", "0000") != before
    again = run(plan, "masks/own")
    assert [image for image in first.ids if again.digest(image) != first.digest(image)] == ["p0"]


def test_where_they_are_from_must_be_said(here):
    with pytest.raises(SeedmaskError, match=r"masks\.own\.origin: missing"):
        plan_with(masks={"own": {"method": "folder", "path": "own"}})


def test_a_segmenter_that_learns_from_them_inherits_their_mark(here):
    plan = plan_with(
        masks={"own": OWN}, segmenters={"own": {"from": "masks/own"}}, predictions={"own": {"from": "segmenters/own"}}
    )
    assert plan.made_elsewhere("predictions/own") == ("masks/own: closed world, image tags alone",)
    assert plan.pixel_labels("predictions/own") == ()
