import numpy as np
import pytest
from PIL import Image
from results_kit import HEIGHT, VARIANTS, WIDTH, make_run

from seedmask.errors import SeedmaskError
from seedmask.masks.proportional import job as proportional
from seedmask.methods.proportional import smooth_cams
from seedmask.report.compare import compare_variants

PROPORTIONAL = {"from": "seeds/cam", "method": "proportional", "threshold": 0.1, "scale": 0.2}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("run")
        patch.chdir(folder)
        masks = {**VARIANTS["masks"], "ppg": PROPORTIONAL, "plain": {**PROPORTIONAL, "scale": 0}}
        return folder / make_run(variants={**VARIANTS, "masks": masks}).results


@pytest.fixture
def sheet(results, monkeypatch):
    """Draws, in the folder of the run, and returns the one sheet as it goes to the painter."""
    monkeypatch.chdir(results.parents[1])
    sheets = []

    def painter(drawn, classes):
        sheets.extend(drawn)
        return Image.new("RGB", (1, 1))

    monkeypatch.setattr("seedmask.report.compare.draw_overview", painter)

    def draw(*references, **arguments):
        compare_variants(results, references, **arguments)
        return sheets[-1]

    return draw


def test_columns_are_the_variants_in_the_order_given(sheet):
    drawn = sheet("masks/crf", "seeds/cam", "predictions/crf", images=["p2"])
    assert [heading for heading, _ in drawn.columns] == ["image", "masks/crf", "seeds/cam", "predictions/crf", "truth"]
    assert [made_by for _, made_by in drawn.columns[1:3]] == ["crf, seeds/cam", "multi_scale, classifiers/cam"]
    (line,) = drawn.lines
    assert line.id == "p2"
    assert all(cell.image is not None for cell in line.cells)
    truth = np.asarray(line.cells[-1].image)
    assert set(np.unique(truth)) == {0, 1}
    assert (truth == np.asarray(line.cells[1].image)).mean() > 0.8


def test_seeds_as_a_method_changes_them_stand_before_its_masks(sheet, monkeypatch):
    seen = []
    monkeypatch.setattr(
        proportional, "smooth_cams", lambda cams, **given: seen.append(given) or smooth_cams(cams, **given)
    )
    drawn = sheet("seeds/cam", "masks/ppg", "masks/plain", images=["p0"])
    assert drawn.columns[1:5] == (
        ("seeds/cam", "multi_scale, classifiers/cam"),
        ("seeds/cam", "as masks/ppg sees it"),
        ("masks/ppg", "proportional, seeds/cam"),
        ("masks/plain", "proportional, seeds/cam"),
    )
    assert {tuple(given.items()) for given in seen} == {(("threshold", 0.1), ("scale", 0.2))}
    heat, smoothed = (np.asarray(cell.image) for cell in drawn.lines[0].cells[1:3])
    assert heat.shape == smoothed.shape == (HEIGHT, WIDTH, 3)
    assert not np.array_equal(heat, smoothed)


def test_pictures_are_chosen_among_those_that_all_variants_hold(sheet):
    drawn = sheet("masks/crf", "predictions/crf", count=3)
    assert len(drawn.lines) == 3
    assert {line.split for line in drawn.lines} == {"train"}


def test_a_picture_that_a_variant_lacks_says_so(sheet):
    (line,) = sheet("seeds/cam", "masks/crf", images=["p8"]).lines
    assert [cell.text for cell in line.cells[1:3]] == ["no seeds for val pictures", "no masks for val pictures"]


def test_unknown_names_are_refused(sheet):
    with pytest.raises(SeedmaskError, match=r"no image 'p77'.*name images as its index does: "):
        sheet("masks/crf", images=["p77"])
    with pytest.raises(SeedmaskError, match=r"holds no 'masks/other'; there are: .*masks/ppg"):
        sheet("masks/other")
