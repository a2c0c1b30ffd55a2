"""PMM from end to end: seam, rough maps, multi-crop training and seeds, proportional masks, under-fitting, a cycle."""

import json

import pytest
from workflow_kit import Workspace

TINY = {"threads": 1, "augmentation": {"crop": 64}}

PMM = {
    "classifiers": {
        "whole": {"method": "seam", "output_stride": 16, "epochs": 1, **TINY},
        "tiles": {
            "method": "seam",
            "output_stride": 16,
            "epochs": 1,
            **TINY,
            "crops": {"rough": "seeds/rough", "scales": [1.0, 2.0], "size": 64, "tile": 48, "confident": 0.5},
        },
    },
    "seeds": {
        "scales": {"from": "classifiers/whole", "method": "multi_scale", "scales": [1.0], "normalisation": "min_max"},
        "rough": {"from": "seeds/scales", "method": "rough"},
        "tiles": {"from": "classifiers/tiles", "method": "multi_crop", "scales": [1.0, 2.0], "size": 64, "tile": 48},
    },
    "masks": {
        "ppg": {"from": "seeds/tiles", "method": "proportional", "exponent": 4},
        "free": {"from": "seeds/tiles", "method": "proportional", "exponent": "label_free"},
        "plain": {"from": "seeds/tiles", "method": "proportional", "smoothing": 0, "shares": False},
        "crf4": {"from": "seeds/tiles", "method": "crf", "unary": "scores", "threshold": {"mode": "exponent"}},
        "cyclic": {"from": "segmenters/first", "method": "cyclic", "scales": [0.5, 1.0]},
    },
    "segmenters": {
        "first": {
            "from": "masks/ppg",
            "arch": "dilated_psp",
            "epochs": 1,
            "loss": {"name": "under_fitting", "gate": 1.0},
            **TINY,
        },
        "second": {"from": "masks/cyclic", "arch": "FPN", "epochs": 1, **TINY},
    },
    "predictions": {"second": {"from": "segmenters/second"}},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("pmm"))
    workspace.config |= PMM
    workspace.run()
    return workspace


def test_the_whole_chain_runs_and_is_scored(run):
    scored = {str(p.parent.relative_to(run.results / "evaluation")) for p in run.results.rglob("scores.json")}
    assert {"masks/ppg", "masks/plain", "masks/crf4", "masks/cyclic", "predictions/second", "seeds/rough"} <= scored
    assert (run.results / "report" / "index.html").stat().st_size > 10_000


def test_cyclic_masks_hold_only_classes_of_the_tags(run):
    from pipeline.data.catalogue import Catalogue
    from pipeline.storage.reader import StoredVariant

    catalogue = Catalogue(run.results)
    catalogue.root = run.folder / "shapes"
    masks = StoredVariant(run.results, "masks/cyclic", ["0000", "0001"])
    for row in catalogue.index.rows_of("train"):
        found = set(masks.read(row.id)["mask"].ravel().tolist())
        assert found <= {0, *(tag + 1 for tag in row.tags)}


def test_a_label_free_exponent_is_found_used_and_named_beside_the_score(run):
    fitted = json.loads((run.results / "masks" / "free" / "fit.json").read_text())
    scores = json.loads((run.results / "evaluation" / "masks" / "free" / "scores.json").read_text())
    protocol = scores["results"][0]["protocol"]
    assert (protocol["threshold_mode"], protocol["threshold"]) == ("label_free_exponent", fitted["value"])
    assert fitted["value"] > 0


def test_a_changed_gate_runs_the_first_segmenter_and_the_whole_cycle(run, tmp_path):
    copy = run.copy(tmp_path / "copy")
    copy.config["segmenters"]["first"]["loss"]["gate"] = 0.2
    planned = {" ".join(word for word in job.split() if not word.isdigit()) for job in copy.planned()}
    assert planned == {
        "segmenters first",
        "masks_shard cyclic",
        "evaluation masks cyclic",
        "segmenters second",
        "predictions_shard second",
        "evaluation predictions second",
        "report",
    }


def test_a_cycle_of_names_is_refused_with_its_lines(run, tmp_path):
    copy = run.copy(tmp_path / "copy")
    copy.config["segmenters"]["first"]["from"] = "masks/cyclic"
    output = copy.run("--dry-run", succeeds=False)
    assert "a cycle: " in output
    assert json.dumps(output).count("config.yaml line") >= 2
