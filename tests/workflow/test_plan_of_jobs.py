"""What runs again after a change, read from the planned job list."""

import shutil

AFTER_MASKS = [
    "evaluation masks crf",
    "evaluation predictions crf",
    "predictions_shard crf",
    "report",
    "segmenters crf",
]


def rules(planned: list[str]) -> list[str]:
    """The jobs without shard numbers, each once."""
    return sorted({" ".join(word for word in job.split() if not word.isdigit()) for job in planned})


def test_a_second_run_has_nothing_to_do(copied):
    assert "Nothing to be done" in copied.run("--dry-run")


def test_a_changed_crf_parameter_runs_those_masks_and_what_follows(copied):
    copied.config["masks"]["crf"]["crf"] = {"iterations": 5}
    assert rules(copied.planned()) == sorted(["masks_shard crf", *AFTER_MASKS])


def test_a_changed_comment_or_docstring_runs_nothing(copied):
    copied.edit(
        "stages/masks.py",
        '"""Pseudo-masks of one shard, from seeds or from a segmenter\'s predictions."""',
        '"""Masks."""  # reworded',
    )
    copied.edit("methods/crf.py", "Mean-field iterations and", "Iterations and")
    assert "Nothing to be done" in copied.run("--dry-run")


def test_a_changed_constant_of_a_method_runs_its_stage_and_what_follows(copied):
    copied.edit("methods/par.py", "DILATIONS = (1, 2, ", "DILATIONS = (1, 3, ")
    planned = rules(copied.planned())
    assert {"masks_shard crf", "masks_shard threshold", *AFTER_MASKS} <= set(planned)
    assert not {"index", "classifiers cam", "seeds_shard cam", "masks_fit threshold"} & set(planned)


def test_an_added_variant_runs_alone(copied):
    copied.config["masks"]["par"] = {"from": "seeds/cam", "method": "par", "iterations": 2}
    planned = rules(copied.planned())
    assert planned == ["evaluation masks par", "masks_shard par", "masks_fit par", "report"]


def test_a_deleted_variant_is_made_again_without_what_it_came_from(copied):
    shutil.rmtree(copied.results / "masks" / "threshold")
    target = "results/shapes/masks/threshold/manifests/0000.json"
    assert copied.planned(target) == ["masks_shard threshold 0000", "masks_fit threshold"]


def test_a_changed_picture_is_indexed_again(copied):
    picture = min((copied.folder / "shapes" / "JPEGImages").iterdir())
    picture.write_bytes(picture.read_bytes() + b"\0")
    assert "index" in copied.planned()


def test_touched_pictures_are_indexed_again_but_their_results_kept(copied):
    before = copied.digests()
    for picture in (copied.folder / "shapes" / "JPEGImages").iterdir():
        picture.touch()
    output = copied.run("--until", "masks_shard")
    assert output.count("made from the same inputs: kept") == 6
    assert "already trained from the same inputs: kept" in output
    assert copied.digests() == before
