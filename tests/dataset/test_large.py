"""Large pictures from their listing to exported masks and scores, shrunk and cut."""

import importlib

import numpy as np
import pytest
from index_kit import run_index
from large_kit import SIZE, make_large
from PIL import Image

from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.images import load_image
from seedmask.export.images import export_masks
from seedmask.job import Job
from seedmask.jobs import evaluation
from seedmask.storage.records import read_record

WAYS = {"shrunk": {"working_side": 100}, "cut": {"tiles": 64}, "plain": {}}


def make(plan, reference="masks/theirs"):
    run_index(plan)
    for job in [plan.fit_job(reference), *(plan.job(reference, shard) for shard in plan.shards(reference))]:
        parsed = Job.model_validate_json(job)
        importlib.import_module(parsed.module).run(parsed, "cpu")
    evaluation.run(Job.model_validate_json(plan.evaluation.job(reference)), "cpu")


@pytest.mark.parametrize("way", WAYS)
def test_masks_are_stored_as_pictures_are_read_and_exported_at_their_size(tmp_path, monkeypatch, way):
    monkeypatch.chdir(tmp_path)
    plan = make_large(tmp_path, **WAYS[way])
    make(plan)
    rows = Catalogue(plan.results).index.rows
    assert {(row.width, row.height) for row in rows} == {
        "shrunk": {(100, 65)},
        "cut": {(50, 43), (50, 44)},
        "plain": {SIZE},
    }[way]
    assert {row.picture for row in rows} == {"p0", "p1"}
    assert {(row.whole.width, row.whole.height) for row in rows} == {SIZE}
    assert export_masks(plan.results, "masks/theirs", tmp_path / "out") == 2
    for name in ("p0", "p1"):
        found, truth = (np.asarray(Image.open(tmp_path / to / f"{name}.png")) for to in ("out", "pictures/masks"))
        assert found.shape == truth.shape
        assert (found != truth).mean() <= (0.02 if way == "shrunk" else 0)
    (result,) = read_record(plan.results / "evaluation/masks/theirs/scores.json")["results"]
    assert result["images"] == 2
    assert result["miou"] == 1
    assert result["pixels"] == 2 * (100 * 65 if way == "shrunk" else SIZE[0] * SIZE[1])


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_pixels_are_those_of_the_picture_and_tiles_follow_each_other(tmp_path, monkeypatch, suffix):
    monkeypatch.chdir(tmp_path)
    plan = make_large(tmp_path, suffix, tiles=64)
    run_index(plan)
    catalogue = Catalogue(plan.results)
    whole = load_image(tmp_path / f"pictures/p0{suffix}")
    rows = catalogue.index.rows
    assert [row.picture for row in rows] == ["p0"] * 12 + ["p1"] * 12
    assert (rows[0].id, rows[5].id) == ("p0@y00000x00000", "p0@y00043x00050")
    assert rows[5].tags == rows[0].tags == (0,)
    assert np.array_equal(catalogue.image(rows[5]), whole[43:87, 50:100])
    assert np.array_equal(catalogue.picture(rows[5]), whole)


def test_a_picture_on_its_side_is_shrunk_upright(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = make_large(tmp_path, ".jpg", working_side=100)
    path = tmp_path / "pictures/p0.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(path) as upright:
        upright.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif, quality=95)
    run_index(plan)
    catalogue = Catalogue(plan.results)
    assert catalogue.image(catalogue.index.rows[0]).shape == (65, 100, 3)


def test_a_tile_that_has_the_name_of_a_picture_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = make_large(tmp_path, tiles=64)
    Image.new("RGB", (64, 64)).save(tmp_path / "pictures/p0@y00000x00000.png")
    with (tmp_path / "pictures/tags.csv").open("a") as table:
        table.write("p0@y00000x00000,cow\n")
    from seedmask.dataset.listing import current_listing

    (problem,) = current_listing(plan.config.dataset, plan.results).problems
    assert "has the name of a tile" in problem.found
