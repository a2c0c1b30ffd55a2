"""SFC from end to end: calibrated classifier, two sets of maps, confident labels, boundaries, walks, a segmenter."""

import json

import numpy as np
import pytest
from workflow_kit import EDIT, SFC, jobs_changed, jobs_of_settings, kill_group, refusal, stage_processes, wait_for

from seedmask.dataset.catalogue import Catalogue
from seedmask.methods.prototype_seeds import competing
from seedmask.storage.reader import StoredVariant

SHARDS = ["0000", "0001"]


def read(workspace, reference):
    return StoredVariant(workspace.results, reference, SHARDS)


def test_the_whole_chain_runs_and_is_scored(sfc):
    scored = {str(p.parent.relative_to(sfc.results / "evaluation")) for p in sfc.results.rglob("scores.json")}
    assert scored == {
        *("seeds/sfc", "seeds/cam", "predictions/double"),
        *(f"masks/{name}" for name in ("weights", "prototypes", "both", "sure", "single", "double")),
    }
    assert (sfc.results / "report.html").stat().st_size > 10_000


def test_both_sets_of_maps_are_stored_with_their_backgrounds(sfc):
    seeds = read(sfc, "seeds/sfc")
    rows = Catalogue(sfc.results).index.rows_of("train")
    assert list(seeds.ids) == [row.id for row in rows]
    for row in rows:
        arrays, size = seeds.read(row.id), (row.height, row.width)
        assert set(arrays) == {"cam", "cam_background", "prototype", "prototype_background", "classes"}
        assert arrays["cam"].shape == arrays["prototype"].shape == (len(row.tags), *size)
        assert arrays["cam_background"].shape == arrays["prototype_background"].shape == size
        assert all(0 <= array.min() <= array.max() <= 1 for name, array in arrays.items() if name != "classes")


def test_the_doubling_and_the_offset_are_applied_where_the_sum_of_both_sets_is_read(sfc):
    """2 (M_W + M_P) against M_0W + M_0P + 0.8, where the difference is more than rounding."""
    seeds, masks = read(sfc, "seeds/sfc"), read(sfc, "masks/both")
    for image in seeds.ids:
        arrays = seeds.read(image)
        sets = [np.concatenate([arrays[f"{n}_background"][None], arrays[n]]) for n in ("cam", "prototype")]
        total = sum(np.asarray(competing(_tensor(maps))) for maps in sets)
        expected = np.array([0, *(arrays["classes"] + 1)], np.uint8)[total.argmax(axis=0)]
        top = np.sort(total, axis=0)
        clear = top[-1] - top[-2] > 1e-5
        assert np.array_equal(masks.read(image)["mask"][clear], expected[clear])


def _tensor(array):
    import torch

    return torch.tensor(array)


def test_the_way_the_background_was_chosen_stands_beside_the_score(sfc):
    def protocol(name):
        text = (sfc.results / "evaluation" / "masks" / name / "scores.json").read_text()
        return json.loads(text)["results"][0]["protocol"]

    assert (protocol("both")["threshold_mode"], protocol("both")["threshold"]) == ("stored", 0.4)
    fitted = json.loads((sfc.results / "masks" / "prototypes" / "fit.json").read_text())["facts"]
    assert (protocol("prototypes")["threshold_mode"], protocol("prototypes")["threshold"]) == (
        "label_free",
        fitted["value"],
    )
    assert protocol("single")["threshold_mode"] == "none"


def test_confident_labels_say_nothing_in_some_places(sfc):
    masks, catalogue = read(sfc, "masks/sure"), Catalogue(sfc.results)
    found = set()
    for row in catalogue.index.rows_of("train"):
        labels = set(np.unique(masks.read(row.id)["mask"]).tolist())
        assert labels <= {0, 255, *(tag + 1 for tag in row.tags)}
        found |= labels
    assert 255 in found


def test_walks_keep_to_the_tags(sfc):
    for name in ("single", "double"):
        for row in Catalogue(sfc.results).index.rows_of("train"):
            labels = set(np.unique(read(sfc, f"masks/{name}").read(row.id)["mask"]).tolist())
            assert labels <= {0, *(tag + 1 for tag in row.tags)}


def test_another_share_of_prototypes_runs_those_masks_alone(sfc):
    planned = jobs_of_settings(sfc, "masks", "both", cams={"cam": 1, "prototype": 0.5})
    assert planned == {"masks_shard both", "evaluation masks both", "images", "report"}
    planned = jobs_of_settings(sfc, "masks", "prototypes", cams={"cam": 1})
    assert {"masks_fit prototypes", "masks_shard prototypes"} <= planned


@pytest.mark.parametrize(
    ("stage", "name", "key", "value", "told"),
    [
        ("seeds", "cam", "from", "classifiers/edges", 'gives no scores; write "classifiers/sfc"'),
        ("masks", "double", "boundary", "classifiers/sfc", 'gives no boundaries; write "classifiers/edges"'),
    ],
)
def test_a_network_that_cannot_give_what_is_asked_is_refused_while_parsing(sfc, stage, name, key, value, told):
    assert told in refusal(sfc, stage, name, **{key: value})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"cams": {"prototype": 1}}, "holds no CAMs 'prototype', but cam; name these in `cams`"),
        ({"threshold": {"mode": "stored"}}, "its seeds hold no background map; choose another `threshold`"),
    ],
)
def test_maps_or_backgrounds_that_seeds_lack_are_named(sfc, tmp_path, options, told):
    copy = sfc.copy(tmp_path / "copy")
    threshold = {"mode": "fixed", "value": 0.3}
    copy.config["masks"]["bad"] = {"from": "seeds/cam", "method": "threshold", "threshold": threshold, **options}
    output = copy.run("results/shapes/masks/bad/manifests/0000.json", succeeds=False)
    assert told in output
    assert "Traceback" not in output


def test_a_killed_training_with_a_bank_ends_with_the_same_network(sfc, tmp_path):
    copy = sfc.copy(tmp_path / "copy")
    folder = copy.results / "classifiers" / "sfc"
    weights = copy.forget_training("classifiers/sfc")
    run = copy.start("results/shapes/classifiers/sfc/manifest.json")
    wait_for((folder / "checkpoint.pt").exists, run)
    for job in stage_processes(run, "classifiers"):
        job.kill()
    kill_group(run)
    copy.run("--unlock")
    if not (folder / "manifest.json").exists():
        output = copy.run("results/shapes/classifiers/sfc/manifest.json")
        assert "going on after epoch 1" in output
    assert json.loads((folder / "manifest.json").read_text())["digest"] == weights


def test_snakemake_runs_the_jobs_that_an_edited_method_changes(sfc, unrun):
    with sfc.changed("methods/boundary.py", EDIT):
        assert sfc.variants_planned() == jobs_changed(unrun, SFC, "methods/boundary.py")
