"""Truth masks of COCO are rendered when the index is made, and read like other masks."""

import json
from pathlib import Path

import numpy as np
import pytest
from coco_kit import HEIGHT, WIDTH, write_coco
from index_kit import run_index

from seedmask.config.graph import load
from seedmask.dataset import rendering
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.images import save_mask
from seedmask.dataset.index import table_path, truth_path
from seedmask.dataset.listing import update_listing
from seedmask.errors import InputError, SeedmaskError
from seedmask.plan import Plan

RESULTS = Path("results/things")
FIRST = "COCO_train2014_000000000009"


@pytest.fixture
def things(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_coco(tmp_path / "coco", train=4, val=1, empty=1)
    return tmp_path / "coco"


def index(**dataset):
    """Make the index of a run that starts now; names of the masks that it renders."""
    values = {"dataset": {"name": "things", "format": "coco", "root": "coco", "shard_size": 2, **dataset}}
    run_index(Plan(load(values, []), update_listing))


@pytest.fixture
def drawn(monkeypatch):
    """Numbers of the annotations that are drawn."""
    numbers, plain = [], rendering._object
    monkeypatch.setattr(rendering, "_object", lambda one, *how: numbers.append(one.number) or plain(one, *how))
    return numbers


@pytest.mark.usefixtures("things")
def test_truth_is_rendered_below_the_index_and_read_from_there():
    index()
    catalogue = Catalogue(RESULTS)
    rows = {row.id: row for row in catalogue.index.rows}
    mask = catalogue.truth(rows[FIRST])
    assert mask.shape == (HEIGHT, WIDTH)
    assert set(np.unique(mask)) == {0, 10, 17, 255}
    assert not catalogue.truth(rows["COCO_train2014_000000000013"]).any()
    assert truth_path(RESULTS, FIRST).is_file()
    assert len(list(truth_path(RESULTS, "").parent.iterdir())) == 6
    assert np.array_equal(mask, catalogue.training_truth(rows[FIRST]))


@pytest.mark.usefixtures("things")
def test_masks_are_rendered_again_only_for_another_recipe_or_where_they_are_gone(drawn):
    index()
    once = len(drawn)
    index()
    assert len(drawn) == once
    index(masks="recam")
    assert len(drawn) == 2 * once
    assert set(np.unique(Catalogue(RESULTS).truth(Catalogue(RESULTS).index.rows[0]))) == {0, 10, 17}
    drawn.clear()
    save_mask(truth_path(RESULTS, FIRST), np.zeros((2, 2), np.uint8))
    table_path(RESULTS, "0000").unlink()
    index(masks="recam")
    assert drawn == [900, 901, 902]


@pytest.mark.usefixtures("things")
def test_a_rendered_mask_that_is_gone_or_changed_is_named():
    index()
    catalogue = Catalogue(RESULTS)
    row = catalogue.index.rows[0]
    save_mask(truth_path(RESULTS, FIRST), np.zeros((2, 2), np.uint8))
    with pytest.raises(
        SeedmaskError, match=r"000000000009\.png: is not what was rendered; delete results/things/index"
    ):
        catalogue.truth(row)
    truth_path(RESULTS, FIRST).unlink()
    with pytest.raises(SeedmaskError, match=r"000000000009\.png: is not what was rendered"):
        catalogue.truth(row)


def test_masks_of_pictures_that_left_the_set_are_removed(things):
    index()
    index(empty="drop")
    assert not truth_path(RESULTS, "COCO_train2014_000000000013").exists()
    index(masks="none")
    assert not any(truth_path(RESULTS, "").parent.iterdir())
    assert things.is_dir()


def test_damaged_outlines_of_all_shards_are_reported_at_once(things):
    path = things / "annotations/instances_train2014.json"
    content = json.loads(path.read_text())
    content["annotations"][0]["segmentation"] = [[1, 2, 3, 4, 5, 6, 7]]
    content["annotations"][-1]["segmentation"] = {"counts": [12], "size": [3, 4]}
    path.write_text(json.dumps(content))
    with pytest.raises(InputError) as error:
        index()
    first, last = (content["annotations"][at]["id"] for at in (0, -1))
    assert f"instances_train2014.json annotation {first}: segmentation holds something that is no polygon" in str(
        error.value
    )
    assert f"annotation {last}: run lengths of 4 x 3 pixels, expected 125 x 94; correct the annotation" in str(
        error.value
    )
