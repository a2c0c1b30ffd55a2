"""Weak labels as a job makes them, on the pictures of a small run without a network."""

import importlib
import json
import logging
import shutil

import numpy as np
import pytest
from PIL import Image
from results_kit import HEIGHT, WIDTH, make_run

from seedmask.config.graph import load_file
from seedmask.errors import SeedmaskError
from seedmask.job import Job
from seedmask.methods.weak_labels import UNLABELLED, VOID, labelled
from seedmask.plan import Plan
from seedmask.storage.manifest import Manifest
from seedmask.storage.reader import StoredVariant


def run_shard(plan, shard):
    job = Job.model_validate_json(plan.job("weak_labels/x", shard))
    importlib.import_module(job.module).run(job, "cpu")


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Makes the labels of some settings; the labels by image, and the rows of the index."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logging.getLogger("seedmask"), "propagate", True)
    plan = make_run()
    text = (tmp_path / "config.yaml").read_text()

    def run(**settings):
        (tmp_path / "config.yaml").write_text(f"{text}\nweak_labels: {{x: {settings!r}}}\n")
        plan = Plan(load_file(tmp_path / "config.yaml"))
        plan.check()
        if plan.variants["weak_labels/x"].fit():
            job = Job.model_validate_json(plan.fit_job("weak_labels/x"))
            importlib.import_module(job.module).run(job, "cpu")
        for shard in plan.shards("weak_labels/x"):
            run_shard(plan, shard)
        stored = StoredVariant(plan.results, "weak_labels/x", plan.shards("weak_labels/x"))
        return {image: stored.read(image)["label"] for image in stored.ids}

    run.plan = plan
    return run


def planned(tmp_path):
    """The plan of the labels that were made, as it is now."""
    return Plan(load_file(tmp_path / "config.yaml"))


def images(made):
    return [entry.id for entry in made.plan.listing.entries if entry.split == "train"]


def test_a_picture_without_boxes_is_unlabelled_unless_its_tags_say_that_nothing_is_there(made, tmp_path):
    tags = {entry.id: entry.tags for entry in made.plan.listing.entries}
    boxed = next(image for image in images(made) if tags[image])
    name = made.plan.listing.classes[tags[boxed][0]]
    (tmp_path / "boxes.csv").write_text(f'image,xmin,ymin,xmax,ymax,class\n{boxed},2,2,10,8,"{name}"\n')
    labels = made(method="boxes", file="boxes.csv")
    assert not labels[boxed][:, 11:].any()
    for image in images(made):
        if image != boxed:
            assert (labels[image] == (0 if tags[image] == () else UNLABELLED)).all()


def test_a_box_of_a_class_that_the_seeds_do_not_know_is_named(made, tmp_path):
    tags = {entry.id: entry.tags for entry in made.plan.listing.entries}
    image = next(image for image in images(made) if len(tags[image]) == 1)
    other = made.plan.listing.classes[1 - tags[image][0]]
    (tmp_path / "boxes.csv").write_text(f'image,xmin,ymin,xmax,ymax,class\n{image},2,2,10,8,"{other}"\n')
    with pytest.raises(SeedmaskError, match=f"image {image}: has a box of {other}, but seeds/cam no map of it; add"):
        made(method="boxes", file="boxes.csv", seeds="seeds/cam")


def test_labels_of_masks_are_those_masks_without_what_teaches_nothing(made):
    labels = made(method="tags", **{"from": "masks/crf"}, band=0)
    masks = StoredVariant(made.plan.results, "masks/crf", made.plan.shards("masks/crf"))
    for image, found in labels.items():
        mask = masks.read(image)["mask"]
        assert np.array_equal(found, np.where(mask == 255, UNLABELLED, mask))


@pytest.mark.parametrize("threshold", [{"mode": "fixed", "value": 0.5}, {"mode": "label_free"}])
def test_labels_of_seeds_have_a_band_between_two_levels(made, threshold):
    labels = made(method="tags", **{"from": "seeds/cam"}, threshold=threshold, band=0)
    assert any((labelled(found) & (found > 0)).any() for found in labels.values())
    assert any((found == UNLABELLED).any() for found in labels.values())


def test_pictures_that_are_all_void_or_unlabelled_are_reported(made, tmp_path, caplog):
    (tmp_path / "blocks").mkdir()
    for number, image in enumerate(images(made)):
        path = tmp_path / "blocks" / f"{image}.png"
        path.parent.mkdir(exist_ok=True, parents=True)
        Image.fromarray(np.full((HEIGHT, WIDTH), (1, 255, 9)[number % 3], np.uint8)).save(path)
    with caplog.at_level(logging.INFO):
        labels = made(method="blocks", folder="blocks", codes={"unlabelled": 9, "void": 255})
    assert [int(found[0, 0]) for found in labels.values()][:3] == [1, VOID, UNLABELLED]
    assert f"images have no label at all, {images(made)[1]} the first" in caplog.text


def test_missing_pictures_of_labels_are_all_named_at_once(made, tmp_path):
    (tmp_path / "blocks").mkdir()
    with pytest.raises(SeedmaskError, match=r"labels in blocks: [2-9] problems") as error:
        made(method="blocks", folder="blocks", codes={"unlabelled": 255})
    assert f"blocks/{images(made)[0]}.png: the file is missing" in str(error.value)


def test_a_file_that_does_not_exist_is_refused_before_anything_runs(made):
    with pytest.raises(SeedmaskError, match=r"weak_labels/x: 'none\.csv' does not exist; name a file"):
        made(method="points", file="none.csv")


CLICKS = "image,x,y,class\n"
FILES = {
    "points": ("clicks.csv", CLICKS + 'p0,2,3,sheep\nherd/p1,4,5,"cow & calf"\np5,0,0,background\n'),
    "scribbles": (
        "strokes.json",
        json.dumps([{"image": image, "class": "sheep", "points": [[1.5, 2], [9, 9.25]]} for image in ("p0", "p5")]),
    ),
    "boxes": ("boxes.csv", "image,xmin,ymin,xmax,ymax,class\np0,2,2,10,8,sheep\np5,1,1,4.5,4,sheep\n"),
}


@pytest.mark.parametrize("method", FILES)
def test_a_shard_reads_its_own_part_of_a_file_and_of_the_index(made, tmp_path, method):
    """With neither the file nor the rest of the index there."""
    (name, text), drawn = FILES[method], {"p0", "p5"} | ({"herd/p1"} if method == "points" else set())
    (tmp_path / name).write_text(text)
    before = made(method=method, file=name)
    assert {image for image, found in before.items() if labelled(found).any()} == drawn
    plan = planned(tmp_path)
    jobs = {shard: plan.job("weak_labels/x", shard) for shard in plan.shards("weak_labels/x")}
    (tmp_path / name).unlink()
    rows = plan.results / "index" / "rows"
    kept = {path: path.read_bytes() for path in rows.glob("*.csv")}
    shutil.rmtree(plan.results / "weak_labels/x/sealed")
    for shard, text in jobs.items():
        for path, content in kept.items():
            path.unlink(missing_ok=True)
            if path.stem == shard:
                path.write_bytes(content)
        job = Job.model_validate_json(text)
        importlib.import_module(job.module).run(job, "cpu")
    for path, content in kept.items():
        path.write_bytes(content)
    stored = StoredVariant(plan.results, "weak_labels/x", jobs)
    assert list(stored.ids) == list(before)
    assert all(np.array_equal(stored.read(image)["label"], before[image]) for image in before)


def test_a_file_that_changed_after_it_was_cut_is_cut_again_first(made, tmp_path):
    (tmp_path / "clicks.csv").write_text(FILES["points"][1])
    made(method="points", file="clicks.csv")
    (tmp_path / "clicks.csv").write_text(CLICKS + "p0,2,4,sheep\n")
    with pytest.raises(SeedmaskError, match=r"parts/0000\.json: was made from another state .*fit\.json and run"):
        run_shard(planned(tmp_path), "0000")
    labels = made(method="points", file="clicks.csv")
    assert (labels["p0"][4, 2], labels["p0"][3, 2]) == (2, UNLABELLED)


def test_what_an_image_depends_on_is_what_was_drawn_in_it(made, tmp_path):
    (tmp_path / "clicks.csv").write_text(FILES["points"][1])
    made(method="points", file="clicks.csv")
    manifests = planned(tmp_path).results / "weak_labels/x/manifests"
    before = [Manifest.read(manifests / f"{shard}.json").inputs["source"] for shard in ("0000", "0001")]
    (tmp_path / "clicks.csv").write_text(FILES["points"][1].replace("p5,0,0", "p5,1,0"))
    made(method="points", file="clicks.csv")
    after = [Manifest.read(manifests / f"{shard}.json").inputs["source"] for shard in ("0000", "0001")]
    assert (after[0] == before[0], after[1] == before[1]) == (True, False)


def test_labels_of_pictures_that_are_not_covered_are_reported(made, tmp_path, caplog):
    (tmp_path / "clicks.csv").write_text(CLICKS + "p0,2,3,sheep\np0,3,3,sheep\np8,1,1,sheep\n")
    with caplog.at_level(logging.INFO):
        made(method="points", file="clicks.csv")
    assert "2 labels in 1 pictures" in caplog.text
    notes = [record.getMessage() for record in caplog.records if record.levelname == "NOTE"]
    assert notes == ["pictures of other splits than train that clicks.csv labels too: 1"]


def test_what_is_wrong_with_a_file_is_reported_before_a_shard_is_made(made, tmp_path):
    (tmp_path / "clicks.csv").write_text(CLICKS + "p0,99,3,sheep\np5,1,1,goat\n")
    with pytest.raises(SeedmaskError, match=r"points in clicks\.csv: 2 problems"):
        made(method="points", file="clicks.csv")
    folder = planned(tmp_path).results / "weak_labels/x"
    assert not (folder / "fit.json").exists()
    assert not (folder / "manifests").exists()
