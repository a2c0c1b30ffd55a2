"""Variants of data sets in which every pixel belongs to a class."""

import re
from pathlib import Path

import pytest

from seedmask.config.graph import load
from seedmask.config.registry import methods
from seedmask.errors import InputError

CAMS = {"classifiers": {"cam": {"method": "cam"}}, "seeds": {"cam": {"from": "classifiers/cam"}}}


def loaded(background=False, **stages):
    dataset = {"name": "streets", "root": "streets", "format": "folder", "background": background}
    return load({"dataset": dataset, **CAMS, **stages}, [])


def refusal(**stages):
    with pytest.raises(InputError) as caught:
        loaded(**stages)
    return str(caught.value)


@pytest.mark.parametrize("method", ["threshold", "crf", "par", "bilateral_solver"])
def test_masks_of_seeds_need_no_threshold_and_no_fit(method):
    masks = {"x": {"method": method, "from": "seeds/cam"}}
    assert loaded(True, masks=masks).variant("masks/x").fit()
    assert loaded(masks=masks).variant("masks/x").fit() is None
    assert dict(loaded(masks=masks).variant("masks/x"))["threshold"].mode == "none"
    spoken = {"x": {**masks["x"], "threshold": {"mode": "none"}}}
    assert loaded(masks=spoken).variant("masks/x") == loaded(masks=masks).variant("masks/x")
    asked = {"x": {**masks["x"], "threshold": {"mode": "fixed"}}}
    assert "masks/x: `threshold` is about the background, which a data set" in refusal(masks=asked)


NEEDY = {
    "classifiers": {"seam": {}, "sfc": {}, "i2crc": {"saliency": "saliency/s"}},
    "seeds": {"rough": {"from": "seeds/cam"}, "salient": {"from": "seeds/cam", "saliency": "saliency/s"}},
    "masks": {
        "confidence": {"from": "seeds/cam"},
        "proportional": {"from": "seeds/cam"},
        "saliency_labels": {"from": "seeds/cam", "saliency": "saliency/s"},
        "object_guided": {"from": "segmenters/s", "initial": "masks/plain"},
    },
}
OTHERS = {
    "saliency": {"s": {"method": "folder", "folder": "maps", "origin": "saliency"}},
    "segmenters": {"s": {"from": "masks/plain"}},
    "masks": {"plain": {"method": "threshold", "from": "seeds/cam"}},
}


@pytest.mark.parametrize(("stage", "method"), [(stage, method) for stage in NEEDY for method in NEEDY[stage]])
def test_a_method_whose_formula_has_a_background_is_refused_with_those_that_have_none(stage, method):
    stages = {**CAMS, **OTHERS}
    stages[stage] = {**stages.get(stage, {}), "x": {"method": method, **NEEDY[stage][method]}}
    assert loaded(True, **stages)
    message = refusal(**stages)
    assert f"{stage}/x: {method} is made for data sets with a background class" in message
    others = message.split("choose one of ")[1].strip().split(", ")
    assert others
    assert not {*others} & {*NEEDY[stage]}


def test_the_page_lists_the_methods_that_work_and_those_that_are_refused():
    page = (Path(__file__).parents[2] / "docs" / "own-data.md").read_text()
    section = page.split("## No background class")[1].split("\n## ")[0]
    table = dict(line.split("|", 2)[1:] for line in section.splitlines() if line.startswith("| ") and "`" in line)
    for stage in ("classifiers", "seeds", "masks", "weak labels"):
        columns = [re.findall("`([^`]+)`", column) for column in table[f" {stage} "].strip("|").split("|")]
        options = methods(stage.replace(" ", "_")).items()
        refused = sorted(name for name, one in options if one.needs_background)
        assert columns == [sorted(name for name, one in options if not one.needs_background), refused]


def test_a_network_from_a_file_is_refused_as_the_method_that_it_is_of():
    stored = {"method": "file", "weights": "x.pth", "origin": "closed_world", "network": {"method": "seam"}}
    assert "classifiers/x: seam is made for" in refusal(classifiers={**CAMS["classifiers"], "x": stored})


def test_weak_labels_label_no_background():
    tags = {"from": "seeds/cam", "method": "tags"}
    assert "weak_labels/x: `threshold: {mode: label_free}` divides classes from" in refusal(weak_labels={"x": tags})
    fixed = {**tags, "threshold": {"mode": "fixed", "value": 0.4}}
    kinds = {
        "tags": fixed,
        "points": {"method": "points", "folder": "points", "codes": {"unlabelled": 255}},
        "strokes": {"method": "scribbles", "from": "truth"},
        "walk": {"method": "points", "from": "truth"},
    }
    made = {name: dict(made) for name, made in loaded(weak_labels=kinds).of_stage("weak_labels").items()}
    assert made["tags"]["background_factor"] is None
    assert made["points"]["codes"].background is None
    assert made["walk"]["background"] == made["strokes"]["background"] == 0
    wrong = {"x": {**kinds["points"], "codes": {"unlabelled": 255, "background": 0}}}
    assert "weak_labels/x: `background` is about the background" in refusal(weak_labels=wrong)
