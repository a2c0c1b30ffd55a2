"""Another network's masks are scored by this evaluator."""

import numpy as np
import pytest
from elsewhere_kit import plan_with, run, scores_of
from results_kit import HEIGHT, WIDTH, draw_report, make_run
from typer.testing import CliRunner

from seedmask.cli import app
from seedmask.dataset.images import save_mask
from seedmask.errors import InputError
from seedmask.export.images import export_masks
from seedmask.export.variants import open_variant

OWN = {"method": "folder", "path": "own", "origin": "pixel_labels"}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A finished run whose predictions lie as PNGs in `own`."""
    monkeypatch.chdir(tmp_path)
    export_masks(make_run().results, "predictions/crf", tmp_path / "own")
    return tmp_path


def test_masks_of_all_splits_come_back_with_equal_scores_and_are_marked_in_the_page(here):
    plan = plan_with(predictions={"own": OWN})
    own, ours = run(plan, "predictions/own"), open_variant(plan.results, "predictions/crf")
    assert own.splits() == ("train", "val")
    assert all(np.array_equal(own.read(image)["mask"], ours.read(image)["mask"]) for image in ours.ids)
    (found, marks), (scores, _) = scores_of(plan, "predictions/own"), scores_of(plan, "predictions/crf")
    assert found == scores
    assert marks == ["predictions/own: uses pixel labels"]
    draw_report(plan)
    page = (plan.results / "report.html").read_text()
    assert "uses pixel labels: predictions/own: made elsewhere with pixel labels" in page
    assert "made elsewhere: predictions/own: uses pixel labels" in page
    for words in (
        ["scores", "results/tiny"],
        ["tags", "results/tiny", "predictions/own"],
        ["classes", "results/tiny", "predictions/own"],
    ):
        output = CliRunner().invoke(app, words).output
        assert "predictions/own * †" in output
        assert "† made elsewhere: predictions/own: uses pixel labels" in output
    for words in (["export", "results/tiny", "predictions/own", "--out", "out"], ["explain", "predictions/own"]):
        assert "made elsewhere: predictions/own: uses pixel labels" in CliRunner().invoke(app, words).output


def test_any_class_may_be_predicted_and_what_is_left_out_is_ignored(here):
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[0], mask[1], mask[2], mask[3] = 1, 2, 254, 255
    save_mask(here / "own/p9.png", mask)
    found = run(plan_with(predictions={"own": OWN | {"splits": ["val"]}}), "predictions/own").read("p9")["mask"]
    assert found[:4, 0].tolist() == [1, 2, 255, 255]


def test_masks_that_are_missing_or_of_another_size_are_named_at_once(here):
    for image in ("p2", "p7"):
        (here / f"own/{image}.png").unlink()
    save_mask(here / "own/p8.png", np.zeros((WIDTH, HEIGHT), np.uint8))
    with pytest.raises(InputError) as error:
        run(plan_with(predictions={"own": OWN}), "predictions/own")
    assert "masks in own: 2 problems" in str(error.value)
    assert "own: 2 of 10 images have no mask: p2, p7; add them, or take their split out of `splits`" in str(error.value)
    assert f"own/p8.png: mask has {HEIGHT} x {WIDTH} pixels, image p8 has {WIDTH} x {HEIGHT}" in str(error.value)
