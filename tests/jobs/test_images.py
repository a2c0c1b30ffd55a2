from pathlib import Path

import numpy as np
import pytest
from index_kit import run_index
from results_kit import CLASS_NAMES, draw_report, job_of, make_run

from seedmask.config.graph import load_file
from seedmask.jobs import images
from seedmask.plan import Plan
from seedmask.report.class_table import Lineage, read_classes
from seedmask.report.rankings import read_images
from seedmask.storage.reader import StoredVariant


@pytest.fixture
def counted(tmp_path, monkeypatch):
    """Makes a run and counts in its pictures."""
    monkeypatch.chdir(tmp_path)

    def count(**arguments):
        return read_images(draw_report(make_run(**arguments)).results)

    return count


def test_numbers_of_a_picture_are_those_of_hand_counting(counted):
    images = counted()
    assert [image.split for image in images] == ["train"] * 6 + ["val"] * 4
    first, last = images[0], images[-1]
    # Masks and predictions are alike; they miss 3 of 12 rows of the object, 24 of 96 pixels.
    assert (first.disagreement, first.tag_mismatch, first.unsupported) == (0, 0, ())
    assert first.confidence == pytest.approx(51 / 255, abs=1e-6)
    assert set(first.ious) == {"masks/threshold", "masks/crf", "predictions/crf"}
    assert last.ious == {"predictions/crf": pytest.approx((0.75 + 96 / 120) / 2, abs=1e-6)}
    assert last.disagreement is None  # a single variant


def test_without_truth_the_other_numbers_are_there(counted):
    images = counted(truth=False)
    assert all(image.ious == {} for image in images)
    assert images[0].disagreement == 0


def test_a_tag_that_no_mask_supports_is_named(counted, tmp_path):
    assert not any(image.unsupported for image in counted())
    table = tmp_path / "pictures" / "tags.csv"
    lines = table.read_text().splitlines()
    both = f'{lines[0]},"{CLASS_NAMES[1]}"'
    table.write_text("\n".join([both, *lines[1:]]) + "\n")
    plan = Plan(load_file(tmp_path / "config.yaml"))
    run_index(plan)
    images.run(job_of(plan.page.images_job()), "cpu")
    (found,) = [image for image in read_images(plan.results) if image.unsupported]
    assert (found.id, found.unsupported) == ("p0", (CLASS_NAMES[1],))
    assert found.tag_mismatch == pytest.approx(0.5)


def test_numbers_of_a_class_are_those_of_hand_counting(counted):
    counted()
    cow, sheep = read_classes(Path("results/tiny"))
    assert (cow.images, cow.precision, cow.chance, cow.companion) == (3, 1.0, 0.5, "")
    assert cow.lineage == Lineage(
        "classifiers/cam", "a guess", "seeds/cam", "masks/crf", "segmenters/crf", "predictions/crf"
    )
    # Masks are those of the predictions, and cover 9 of 12 rows of half of each picture.
    assert cow.implausible == dict.fromkeys(("masks/threshold", "masks/crf", "predictions/crf"), 0.0)
    assert set(cow.f1.values()) == {1.0}
    assert cow.agreement == {"masks/threshold": None, "masks/crf": None, "predictions/crf": 1.0}
    # Maps fall from 255 to 0 over 16 columns, the masks lie in the first 8.
    assert cow.clear == pytest.approx(np.linspace(255, 0, 16).astype(np.uint8)[:8].mean() / 255, abs=1e-6)
    assert cow.trust == sheep.trust == pytest.approx(cow.clear ** (1 / 4), abs=1e-6)


def test_seeds_masks_and_predictions_are_read_once(counted, monkeypatch):
    counted()
    read = []
    real = StoredVariant.read
    monkeypatch.setattr(
        StoredVariant, "read", lambda self, image: read.append((self.folder, image)) or real(self, image)
    )
    images.run(job_of(Plan(load_file(Path("config.yaml"))).page.images_job()), "cpu")
    assert len(read) == len(set(read)) == 6 + 6 + 6 + 10


def test_without_masks_there_is_a_line_for_each_picture(counted):
    images = counted(variants={"classifiers": {"cam": {}}})
    assert len(images) == 10
    assert images[0].tag_mismatch is None
