"""What runs again after a change, read from the planned job list."""

import shutil

AFTER_MASKS = [
    "evaluation masks crf",
    "evaluation predictions crf",
    "predictions_shard crf",
    "images",
    "report",
    "segmenters crf",
]


def test_a_second_run_has_nothing_to_do(copied):
    assert "Nothing to be done" in copied.run("--dry-run")


def test_a_changed_crf_parameter_runs_those_masks_and_what_follows(copied):
    copied.config["masks"]["crf"]["crf"] = {"iterations": 5}
    assert copied.variants_planned() == {"masks_shard crf", *AFTER_MASKS}


def test_a_changed_comment_or_docstring_runs_nothing(copied):
    copied.edit(
        "masks/crf/job.py",
        '"""Seeds after one dense CRF over background and the classes present."""',
        '"""Masks."""  # reworded',
    )
    copied.edit("methods/crf_settings.py", "Mean-field iterations and", "Iterations and")
    assert "Nothing to be done" in copied.run("--dry-run")


def test_an_added_variant_runs_alone(copied):
    copied.config["masks"]["par"] = {"from": "seeds/cam", "method": "par", "iterations": 2}
    assert copied.variants_planned() == {"evaluation masks par", "masks_fit par", "masks_shard par", "images", "report"}


def test_a_deleted_variant_is_made_again_without_what_it_came_from(copied):
    shutil.rmtree(copied.results / "masks" / "threshold")
    target = "results/shapes/masks/threshold/manifests/0000.json"
    assert copied.planned(target) == ["masks_fit threshold", "masks_shard threshold 0000"]


def test_a_changed_picture_is_indexed_again(copied):
    picture = min((copied.folder / "shapes" / "JPEGImages").iterdir())
    picture.write_bytes(picture.read_bytes() + b"\0")
    planned = copied.planned()
    assert {"index", "index_shard 0000"} <= set(planned)
    assert "index_shard 0001" not in planned


def test_touched_pictures_are_indexed_again_but_their_results_kept(copied):
    before = copied.digests()
    for picture in (copied.folder / "shapes" / "JPEGImages").iterdir():
        picture.touch()
    copied.run("--until", "masks_shard")
    logs = [path.read_text() for path in copied.results.rglob("logs/*.txt")]
    assert sum("made from the same inputs: kept" in log for log in logs) == 6
    assert "already trained from the same inputs: kept" in (copied.results / "classifiers/cam/log.txt").read_text()
    assert copied.digests() == before


def test_what_another_program_made_is_looked_for_before_it_is_read(copied):
    files = {"method": "folder", "path": "saliency", "origin": "saliency"}
    copied.config["seeds"]["own"] = copied.config["predictions"]["own"] = files
    scored = {f"{stage}_{part} own" for stage in ("seeds", "predictions") for part in ("fit", "shard")}
    scored |= {"evaluation seeds own", "evaluation predictions own"}
    assert copied.variants_planned() == {*scored, "images", "report"}
