"""AGMM from end to end: five kinds of labels, segmenters that learn from them, and masks by the mixture."""

import json

import numpy as np
import pytest
from PIL import Image
from workflow_kit import AGMM, EDIT, jobs_changed

from seedmask.dataset.catalogue import Catalogue
from seedmask.errors import SeedmaskError
from seedmask.export.images import export_confidence, export_masks
from seedmask.methods.weak_labels import UNLABELLED, VOID, labelled
from seedmask.report.compare import compare_variants
from seedmask.storage.reader import StoredVariant

SHARDS = ["0000", "0001"]
FROM_TRUTH = ("points", "scribbles", "blocks")


def read(workspace, reference):
    return StoredVariant(workspace.results, reference, SHARDS)


def labels_of(workspace, name):
    stored = read(workspace, f"weak_labels/{name}")
    return {row.id: stored.read(row.id)["label"] for row in rows(workspace)}


def rows(workspace):
    return Catalogue(workspace.results).index.rows_of("train")


def truth_of(workspace, row):
    return np.asarray(Image.open(workspace.folder / "shapes" / row.mask))


def test_the_whole_chain_runs_and_is_scored(agmm):
    scored = {str(p.parent.relative_to(agmm.results / "evaluation")) for p in agmm.results.rglob("scores.json")}
    names = {"points", "clicks", "scribbles", "strokes", "blocks", "pngs", "boxes", "seen", "seeds", "masks"}
    masks = {"masks/crf", "masks/points", "masks/seeds"}
    assert scored == {"seeds/cam", "predictions/points", *masks, *(f"weak_labels/{name}" for name in names)}


@pytest.mark.parametrize("name", [*FROM_TRUTH, "clicks", "strokes", "pngs"])
def test_labels_that_people_give_are_true_and_few(agmm, name):
    labels = labels_of(agmm, name)
    for row in rows(agmm):
        given = labelled(labels[row.id])
        assert 0 < given.mean() < 0.5
        assert np.array_equal(labels[row.id][given], truth_of(agmm, row)[given])


def test_clicks_of_a_table_are_stored_pixel_by_pixel(agmm):
    labels = labels_of(agmm, "clicks")
    names = ("background", *Catalogue(agmm.results).index.classes)
    lines = (agmm.folder / "clicks.csv").read_text().splitlines()[1:]
    told = [(image, int(x), int(y), names.index(name)) for image, x, y, name in (line.split(",") for line in lines)]
    own = [click for click in told if click[0] in labels]
    assert all(labels[image][y, x] == label for image, x, y, label in own)
    assert sum(labelled(found).sum() for found in labels.values()) == len(own)


def test_void_of_the_user_s_pictures_stays_apart_from_unlabelled(agmm):
    for name, found in labels_of(agmm, "pngs").items():
        numbers = np.asarray(Image.open(agmm.folder / "blocks" / f"{name}.png"))
        assert np.array_equal(found == VOID, numbers == 255)
        assert np.array_equal(found == UNLABELLED, numbers == 6)


def test_boxes_leave_background_outside_and_their_classes_inside(agmm):
    for name in ("boxes", "seen"):
        for row in rows(agmm):
            found, truth = labels_of(agmm, name)[row.id], truth_of(agmm, row)
            assert set(np.unique(found).tolist()) <= {0, UNLABELLED, *(tag + 1 for tag in row.tags)}
            assert np.isin(truth[found == 0], (0, 255)).all()  # no object outside its box


def test_labels_of_tags_are_what_seeds_and_masks_are_sure_of(agmm):
    for row in rows(agmm):
        found, mask = labels_of(agmm, "masks")[row.id], read(agmm, "masks/crf").read(row.id)["mask"]
        assert np.array_equal(found[labelled(found)], mask[labelled(found)])
        cams = read(agmm, "seeds/cam").read(row.id)["cam"]
        found = labels_of(agmm, "seeds")[row.id]
        level = json.loads((agmm.results / "weak_labels" / "seeds" / "fit.json").read_text())["facts"]["value"]
        of_class = labelled(found) & (found > 0)
        assert (cams.max(axis=0)[of_class] >= np.float32(level)).all()
        assert (cams.max(axis=0)[found == 0] < level / 2).all()


def test_what_was_simulated_is_told_and_is_not_called_an_oracle(agmm):
    told = read(agmm, "weak_labels/points").facts()["provenance"]
    assert told == "points simulated from the true masks (1 per object, 1 of background, seed 0)"
    assert told in (agmm.results / "report.html").read_text()
    assert read(agmm, "masks/points").pixel_labels() == ()


def test_masks_of_the_mixture_keep_what_was_given_and_to_the_picture_s_classes(agmm):
    for mask, weak in (("points", "points"), ("seeds", "seeds")):
        for row in rows(agmm):
            labels, arrays = labels_of(agmm, weak)[row.id], read(agmm, f"masks/{mask}").read(row.id)
            given = labelled(labels)
            assert np.array_equal(arrays["mask"][given], labels[given])
            assert set(np.unique(arrays["mask"]).tolist()) <= {0, 255, *(tag + 1 for tag in row.tags)}
            assert np.array_equal(arrays["confidence"] > 0, arrays["mask"] != 255)
            assert (arrays["confidence"][given] == 1).all()


def test_score_maps_are_kept_where_they_are_asked_for(agmm):
    assert "score" not in read(agmm, "masks/seeds").read("train_0000")
    inside, outside = [], []
    for row in rows(agmm):
        arrays = read(agmm, "masks/points").read(row.id)
        assert arrays["classes"].tolist() == list(row.tags)
        maps = np.concatenate([arrays["score_background"][None], arrays["score"]])
        for scores, label in zip(maps, (0, *(tag + 1 for tag in row.tags)), strict=True):
            inside += scores[arrays["mask"] == label].tolist()
            outside += scores[(arrays["mask"] != label) & (arrays["mask"] != 255)].tolist()
    assert np.mean(inside) > np.mean(outside) + 0.1


def test_a_killed_training_of_the_mixture_is_repeated_bit_by_bit(agmm, tmp_path):
    copy = agmm.copy(tmp_path / "copy")
    digest = copy.forget_training("segmenters/points")
    copy.run("results/shapes/segmenters/points/manifest.json")
    assert json.loads((copy.results / "segmenters/points/manifest.json").read_text())["digest"] == digest


def test_another_click_runs_its_labels_and_what_follows(agmm, tmp_path):
    copy = agmm.copy(tmp_path / "copy")
    path = copy.folder / "clicks.csv"
    path.write_text(path.read_text() + "\ntrain_0000,1,1,background")
    planned = {"weak_labels_fit clicks", "weak_labels_shard clicks", "evaluation weak_labels clicks", "report"}
    assert copy.variants_planned() == planned


def test_bad_clicks_stop_the_run_with_their_lines(agmm, tmp_path):
    copy = agmm.copy(tmp_path / "copy")
    path = copy.folder / "clicks.csv"
    count = len(path.read_text().splitlines())
    path.write_text(path.read_text() + "\ntrain_0000,640,1,background\ntrain_0000,1,1,hippo")
    output = copy.run("results/shapes/weak_labels/clicks/manifests/0000.json", succeeds=False)
    assert "points in clicks.csv: 2 problems" in output
    assert f"clicks.csv line {count + 1}: point 640, 1 lies outside image train_0000" in output
    assert f'clicks.csv line {count + 2}: class "hippo" is unknown' in output
    assert "Traceback" not in output


def test_a_picture_that_nobody_labelled_is_told_of_and_costs_nothing(agmm, tmp_path):
    copy = agmm.copy(tmp_path / "copy")
    path = copy.folder / "clicks.csv"
    path.write_text("\n".join(line for line in path.read_text().splitlines() if "train_0000" not in line))
    output = copy.run("results/shapes/weak_labels/clicks/manifests/0000.json")
    assert "1 of 6 images have no label at all, train_0000 the first" in output
    assert not labelled(labels_of_first(copy)).any()


def labels_of_first(workspace):
    return StoredVariant(workspace.results, "weak_labels/clicks", ["0000"]).read("train_0000")["label"]


def test_weak_labels_are_drawn_and_masks_of_the_mixture_exported(agmm, tmp_path, monkeypatch):
    monkeypatch.chdir(agmm.folder)
    few = compare_variants(agmm.results, ["weak_labels/points", "weak_labels/boxes", "masks/seeds"], count=2)
    with_scores = compare_variants(agmm.results, ["weak_labels/points", "weak_labels/boxes", "masks/points"], count=2)
    assert with_scores.size[0] > few.size[0] > 4 * 64
    assert export_masks(agmm.results, "masks/points", tmp_path / "masks") == 12
    assert export_confidence(agmm.results, "masks/points", tmp_path / "confidence") == 12
    with pytest.raises(SeedmaskError, match="weak_labels/points holds no masks"):
        export_masks(agmm.results, "weak_labels/points", tmp_path / "labels")


@pytest.mark.thorough  # SFC's are run in every suite
def test_snakemake_runs_the_jobs_that_an_edited_method_changes(agmm, unrun):
    with agmm.changed("methods/mixture_masks.py", EDIT):
        assert agmm.variants_planned() == jobs_changed(unrun, AGMM, "methods/mixture_masks.py")
