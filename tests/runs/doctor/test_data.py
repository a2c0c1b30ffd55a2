from pathlib import Path

from PIL import Image
from results_kit import VARIANTS

from seedmask.config.graph import load
from seedmask.plan import Plan
from seedmask.runs.doctor.data import findings


def told(run, dataset=None, **variants):
    values = {"name": "fresh", "format": "folder", "root": "pictures", **(dataset or {})}
    plan = Plan(load({"dataset": values, **VARIANTS, **variants}, []))
    return [f"{finding.level} {finding}" for finding in findings(run(plan=plan))]


def test_pictures_splits_and_masks_are_counted(run):
    assert told(run) == ["ok 10 pictures (train 6, val 4), 2 classes, 10 truth masks", "ok 6 variants"]


def test_of_many_problems_the_first_are_told(run):
    with Path("pictures/tags.csv").open("a") as stream:
        stream.writelines(f"gone{number},sheep\n" for number in range(9))
    lines = told(run)
    assert [line.split()[0] for line in lines] == ["problem"] * 4 + ["ok"]
    assert "tags.csv line 11" in lines[0]
    assert lines[3] == "problem 6 more problems; `seedmask check` lists them all"


def test_files_that_variants_name_must_be_there(run):
    lines = told(run, weak_labels={"clicks": {"method": "points", "file": "gone.csv"}})
    assert any(line.startswith("problem weak_labels/clicks: 'gone.csv' does not exist") for line in lines)


def test_truth_without_masks_is_a_problem(run):
    for mask in Path("pictures/masks").rglob("*.png"):
        mask.unlink()
    lines = told(run, segmenters={"crf": {"from": "truth"}})
    assert "problem a variant reads truth, and no picture has a mask; add masks, or drop the variant" in lines


def test_pictures_above_the_limit_are_found_before_the_index_is(run):
    Image.new("RGB", (100, 20)).save("pictures/p0.png")
    lines = told(run, dataset={"max_side": 64})
    assert any("pictures of 100 pixels, but `max_side` is 64" in line for line in lines)
