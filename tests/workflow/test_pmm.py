"""PMM from end to end: seam, rough maps, multi-crop training and seeds, proportional masks, under-fitting, a cycle."""

import json

import pytest
from workflow_kit import EDIT, PMM, jobs_changed, jobs_of_settings


def test_the_whole_chain_runs_and_is_scored(pmm):
    scored = {str(p.parent.relative_to(pmm.results / "evaluation")) for p in pmm.results.rglob("scores.json")}
    assert {"masks/ppg", "masks/plain", "masks/crf4", "masks/cyclic", "predictions/second", "seeds/rough"} <= scored
    assert (pmm.results / "report.html").stat().st_size > 10_000


def test_cyclic_masks_hold_only_classes_of_the_tags(pmm):
    from seedmask.dataset.catalogue import Catalogue
    from seedmask.storage.reader import StoredVariant

    catalogue = Catalogue(pmm.results)
    catalogue.root = pmm.folder / "shapes"
    masks = StoredVariant(pmm.results, "masks/cyclic", ["0000", "0001"])
    for row in catalogue.index.rows_of("train"):
        found = set(masks.read(row.id)["mask"].ravel().tolist())
        assert found <= {0, *(tag + 1 for tag in row.tags)}


def test_a_label_free_exponent_is_found_used_and_named_beside_the_score(pmm):
    fitted = json.loads((pmm.results / "masks" / "free" / "fit.json").read_text())["facts"]
    scores = json.loads((pmm.results / "evaluation" / "masks" / "free" / "scores.json").read_text())
    protocol = scores["results"][0]["protocol"]
    assert (protocol["threshold_mode"], protocol["threshold"]) == ("label_free_exponent", fitted["value"])
    assert fitted["value"] > 0


def test_a_changed_gate_runs_the_first_segmenter_and_the_whole_cycle(pmm):
    assert jobs_of_settings(pmm, "segmenters", "first", loss={"name": "under_fitting", "gate": 0.2}) == {
        "segmenters first",
        "masks_shard cyclic",
        "evaluation masks cyclic",
        "segmenters second",
        "predictions_shard second",
        "evaluation predictions second",
        "images",
        "report",
    }


def test_a_cycle_of_names_is_refused_with_its_lines(pmm, tmp_path):
    copy = pmm.copy(tmp_path / "copy")
    copy.config["segmenters"]["first"]["from"] = "masks/cyclic"
    output = copy.run("--dry-run", succeeds=False)
    assert "a cycle: " in output
    assert json.dumps(output).count("config.yaml line") >= 2


@pytest.mark.thorough  # SFC's are run in every suite
def test_snakemake_runs_the_jobs_that_an_edited_method_changes(pmm, unrun):
    with pmm.changed("methods/under_fitting.py", EDIT):
        assert pmm.variants_planned() == jobs_changed(unrun, PMM, "methods/under_fitting.py")
