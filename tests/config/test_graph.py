from typing import Annotated

import pydantic
import pytest
from pydantic import Field

from seedmask.config import graph
from seedmask.config.base import Name, VariantOf
from seedmask.config.graph import Config, load, load_file
from seedmask.config.threshold import FixedThreshold, LabelFreeThreshold
from seedmask.config.variant import Variant
from seedmask.errors import InputError, SeedmaskError


def test_a_right_configuration_gives_typed_settings_with_defaults(config):
    loaded = config.load()
    assert loaded.masks["crf"].threshold == FixedThreshold(value=0.25)
    assert loaded.masks["crf"].crf.iterations == 5
    assert loaded.masks["crf"].crf.bilateral_sxy == 50
    assert loaded.seeds["cam"].splits == ("train",)
    assert loaded.dataset.shard_size == 32
    assert loaded.evaluation.absent_class == "skip_union"


def test_a_mask_without_a_threshold_takes_the_label_free_one(config):
    loaded = config.edit("    threshold:\n      mode: fixed\n      value: 0.25\n", "").load()
    assert loaded.masks["crf"].threshold == LabelFreeThreshold()


def test_only_the_data_set_is_required(config):
    config.text = "dataset: {name: cows, format: voc, root: cows}"
    assert list(config.load().variants()) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("classifiers:\n", "clasifiers:\n", 'line 5: clasifiers: unknown key; remove it, or write "classifiers"'),
        (
            "frozen_stages: all",
            "frozen_stage: all",
            'line 8: classifiers.cam.frozen_stage: unknown key; remove it, or write "frozen_stages"',
        ),
        ("iterations: 5", "iteration: 5", 'line 23: masks.crf.crf.iteration: unknown key; remove it, or write "iter'),
        (
            "      value: 0.25\n",
            "      value: 0.25\n      splits: train\n",
            "line 22: masks.crf.threshold.splits: unknown key; remove it, or write one of mode, value",
        ),
        ("    from: classifiers/cam\n", "", "line 12: seeds.cam.from: missing; add `from:`"),
        ("  root: cows\n", "", "line 1: dataset.root: missing; add `root:`"),
        ("scale: [0.5, 1.5]", "scale: [0.5]", "line 10: classifiers.cam.augmentation.scale: value 2 of the list is"),
        (
            "scale: [0.5, 1.5]",
            "scale: [1.5, 0.5]",
            "line 9: classifiers.cam.augmentation: scale [1.5, 0.5]: the first number must not exceed the second",
        ),
        ("scales: [1.0, 1.5]", "scales: 1.0", "line 14: seeds.cam.scales: input should be a valid list (found 1.0)"),
        (
            "scales: [1.0, 1.5]",
            "scales:\n    - 1.0\n    - -1.5",
            "line 16: seeds.cam.scales.1: input should be greater than 0 (found -1.5)",
        ),
        (
            "frozen_stages: all",
            "frozen_stages: none",
            "line 8: classifiers.cam.frozen_stages: input should be a valid integer, unable to parse string as an "
            "integer, or input should be 'all' (found 'none')",
        ),
        (
            "frozen_stages: all",
            "frozen_stages: all\n    names: {cow: [ox]}",
            "line 6: classifiers.cam: names: a head that is drawn does not look at them; write `head: named`, or leave",
        ),
        (
            "frozen_stages: all",
            "head: named\n    weights: none",
            "line 6: classifiers.cam: head: named: weights: none brings no classification layer; use `packaged`, `hub`",
        ),
        (
            "    frozen_stages: all\n    augmentation:\n      scale: [0.5, 1.5]\n",
            "    method: named\n    weights: none\n",
            "line 6: classifiers.cam: weights: none brings no classification layer; use `packaged`, `hub` or a file",
        ),
        ("value: 0.25", "value: 2", "line 21: masks.crf.threshold.value: input should be less than or equal to 1"),
        ("iterations: 5", "iterations: 0", "line 23: masks.crf.crf.iterations: input should be greater than 0"),
        ("  crf:\n    from", "  CRF:\n    from", "line 16: masks.CRF: string should match pattern '^[a-z0-9_]+$'"),
        ("  cam:\n    encoder", "  1:\n    encoder", "line 6: classifiers.1: input should be a valid string (found 1)"),
        (
            "method: crf",
            "method: cfr",
            "line 18: masks.crf.method: there is no method 'cfr', but agreement, bilateral_solver, confidence, crf",
        ),
        (
            "    method: crf\n",
            "",
            "line 16: masks.crf.method: missing; add `method:` with one of agreement, bilateral_solver, confidence",
        ),
        (
            "mode: fixed",
            "mode: oracel",
            "line 20: masks.crf.threshold.mode: there is no mode 'oracel', but exponent, fixed, label_free, none, ",
        ),
        (
            "format: folder",
            "format: xyz",
            "line 3: dataset.format: there is no format 'xyz', but ade20k, auto, cityscapes, coco, folder, voc; ",
        ),
        (
            "{from: masks/crf}",
            "masks/crf",
            "line 25: segmenters.crf: input should be a valid mapping (found 'masks/crf')",
        ),
        (
            "from: classifiers/cam",
            "from: classifiers/cma",
            "line 13: seeds/cam: from 'classifiers/cma' names nothing; write \"classifiers/cam\"",
        ),
        (
            "from: masks/crf",
            "from: seeds/cam",
            "line 25: segmenters/crf: from 'seeds/cam' is not a variant of masks or weak_labels; write one",
        ),
        (
            "{from: masks/crf}",
            "{from: masks/crf, arch: {scales: []}}",
            "line 25: segmenters.crf.arch.name: missing; add `name:` with one of deeplab_v2, deeplab_v3_plus, "
            "dilated_psp, smp",
        ),
        (
            "{from: masks/crf}",
            "{from: masks/crf, loss: {name: mixture}}",
            "line 25: segmenters.crf: loss mixture learns from weak labels, `from` is masks/crf; of masks, `weak_"
            "labels: {x: {method: tags, from: masks/crf}}` makes some",
        ),
        (
            "{from: masks/crf}",
            "{from: weak_labels/x, arch: deeplab_v2, loss: {name: mixture}}",
            "line 25: segmenters.crf: loss mixture looks at one map of features, which deeplab_v2 does not give;",
        ),
        (
            "{from: masks/crf}",
            "{from: weak_labels/x, loss: {name: mixture, deviation: uniform, online_em: {rounds: 1}}}",
            "line 25: segmenters.crf.loss: online_em finds deviations of its own; leave out `deviation: uniform`",
        ),
        (
            "predictions:",
            "weak_labels:\n  x: {method: points}\npredictions:",
            "line 27: weak_labels.x: `file`, `folder` or `from: truth`: expected one of them, found none of them",
        ),
        (
            "predictions:",
            "weak_labels:\n  x: {method: points, from: truth, file: x.csv}\npredictions:",
            "line 27: weak_labels.x: `file`, `folder` or `from: truth`: expected one of them, found `from` and `file`",
        ),
        (
            "predictions:",
            "weak_labels:\n  x: {method: blocks, folder: x}\npredictions:",
            "line 27: weak_labels.x: `codes` is missing; it says which number in the PNGs is unlabelled: `codes: {unl",
        ),
        ("from: masks/crf", "from: trut", "line 25: segmenters/crf: from 'trut' names nothing; write \"truth\""),
        ("from: segmenters/crf", "from: truth", "line 27: predictions/crf: from 'truth' names nothing; write"),
    ],
)
def test_an_error_names_key_line_and_remedy(config, old, new, expected):
    problems = config.edit(old, new).refusal().split("\n")
    assert problems[0].startswith(f"config0.yaml {expected}")
    assert len(problems) == 1


def test_the_name_of_a_method_is_not_taken_for_a_key_of_the_same_name(config):
    """`masks.crf.crf` is a group of keys, and `crf` a method: errors in other groups name their own keys."""
    config.edit("value: 0.25", "value: 3").edit("    crf:\n      iterations: 5", "    crf: {value: 1}")
    assert config.refusal().startswith("config0.yaml line 21: masks.crf.threshold.value: ")


def test_all_problems_are_told_at_once(config):
    config.edit("value: 0.25", "value: 2").edit("scales: [1.0", "scale: [1.0").edit(
        "method: crf", "method: crf\n    x: 1"
    )
    assert [line.split(": ")[1] for line in config.refusal().split("\n")] == [
        "seeds.cam.scale",
        "masks.crf.threshold.value",
        "masks.crf.x",
    ]


def test_a_key_that_stands_twice_is_refused_before_anything_is_lost(config):
    twice = config.edit("  crf: {from: masks/crf}\n", "  crf: {from: masks/crf}\n  crf: {from: truth}\n")
    assert twice.refusal().startswith("config0.yaml line 26: crf: is repeated (first in line 25)")


def test_the_only_stage_without_a_fitting_variant_is_told_to_get_one(config):
    config.text = "dataset: {name: a, format: voc, root: a}\nseeds:\n  cam: {from: classifiers/cam}\n"
    assert config.refusal().endswith(
        "from 'classifiers/cam' names nothing; add a variant that gives scores to classifiers"
    )


class SecondRound(Variant):
    source: Annotated[str, VariantOf(("seeds", "segmenters"))] = Field(alias="from")


class WithSecondRound(Config):
    masks: dict[Name, SecondRound]


def test_a_cycle_is_refused_with_the_lines_of_its_steps(config, monkeypatch):
    monkeypatch.setattr(graph, "Config", WithSecondRound)
    start = config.text.index("  crf:\n")
    config.text = (
        config.text[:start] + "  crf: {from: segmenters/crf}\n" + config.text[config.text.index("segmenters:") :]
    )
    problem = config.refusal()
    steps = problem.split("a cycle: ")[1].split("; ")[0].split(" -> ")
    assert steps[0] == steps[-1]
    assert set(steps) == {"masks/crf", "segmenters/crf"}
    assert {"config0.yaml line 16", "config0.yaml line 18"} == set(problem.split(": a cycle")[0].split(", "))
    assert problem.endswith("let one of them start from another variant")


MEAN = """\
    scales: [1.0, 1.5]
  other: {from: classifiers/cam}
  mean:
    method: mean
    of:
      - seeds/cam
      - seeds/other
"""


def test_a_field_may_name_several_variants(config):
    variants = dict(config.edit("    scales: [1.0, 1.5]\n", MEAN).load().variants())
    mark = VariantOf(("seeds",))
    assert variants["seeds/mean"].references() == {"seeds/cam": mark, "seeds/other": mark}
    other = variants["seeds/mean"].renamed({"seeds/other": "seeds/other.1"})
    assert other.of == ("seeds/cam", "seeds/other.1")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("seeds/othr", "from 'seeds/othr' names nothing; write \"seeds/other\""),
        ("masks/crf", "from 'masks/crf' is not a variant of seeds; write one of seeds/cam, seeds/mean, seeds/other"),
    ],
)
def test_each_of_several_names_is_checked_and_its_line_named(config, name, problem):
    config.edit("    scales: [1.0, 1.5]\n", MEAN).edit("      - seeds/other\n", f"      - {name}\n")
    assert config.refusal() == f"config0.yaml line 20: seeds/mean: {problem}"


def test_a_name_that_stands_there_twice_is_refused_with_the_line_of_the_list(config):
    config.edit("    scales: [1.0, 1.5]\n", MEAN).edit("      - seeds/other\n", "      - seeds/cam\n")
    assert config.refusal().startswith("config0.yaml line 18: seeds.mean.of: seeds/cam stands there twice; name each")


def test_a_cycle_through_several_names_is_refused(config):
    config.edit("    scales: [1.0, 1.5]\n", MEAN).edit("      - seeds/other\n", "      - seeds/mean\n")
    assert config.refusal().startswith("config0.yaml line 16: a cycle: seeds/mean -> seeds/mean; let one of them")


def test_two_rounds_without_a_cycle_are_accepted(config, monkeypatch):
    monkeypatch.setattr(graph, "Config", WithSecondRound)
    config.text = config.text[: config.text.index("masks:")] + (
        "masks:\n  a: {from: seeds/cam}\n  b: {from: segmenters/a}\nsegmenters:\n  a: {from: masks/a}\n"
        "  b: {from: masks/b}\n"
    )
    assert len(list(config.load().variants())) == 6


def test_of_merged_files_the_one_that_decided_is_named(config):
    second = "\n\nseeds:\n  cam: {scales: [0]}\n"
    assert config.refusal(second).startswith("config1.yaml line 4: seeds.cam.scales.0: ")


def test_of_merged_files_the_first_is_named_for_a_key_that_the_second_leaves_alone(config):
    config.edit("from: classifiers/cam", "from: classifiers/cma")
    assert config.refusal("seeds:\n  cam: {flip: false}\n").startswith("config0.yaml line 13: seeds/cam: from ")


def test_a_wrong_value_of_the_command_line_is_not_blamed_on_a_file(config):
    assert config.refusal(values={"seed": {}}).startswith('--config: seed: unknown key; remove it, or write "seeds"')


def test_without_files_the_command_line_is_named():
    with pytest.raises(InputError, match=r"--config: dataset: missing; add `dataset:`"):
        load({}, [])


def test_references_are_the_variants_that_one_is_made_from(config):
    variants = dict(config.edit("from: masks/crf", "from: truth").load().variants())
    assert list(variants) == ["classifiers/cam", "seeds/cam", "masks/crf", "segmenters/crf", "predictions/crf"]
    assert variants["classifiers/cam"].references() == {}
    assert variants["seeds/cam"].references() == {"classifiers/cam": VariantOf(("classifiers",), gives="scores")}
    assert variants["segmenters/crf"].references() == {}


def test_a_variant_is_found_by_its_reference(config):
    loaded = config.load()
    assert loaded.variant("masks/crf") is loaded.masks["crf"]


def test_settings_cannot_be_changed(config):
    loaded = config.load()
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        loaded.seeds["cam"].flip = False


def test_a_file_that_is_missing_or_no_yaml_is_named(tmp_path):
    with pytest.raises(SeedmaskError, match=r"none.yaml: cannot be read \(No such file or directory\)"):
        load_file(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("a: [1\nb: 2\n")
    with pytest.raises(SeedmaskError, match=r"bad.yaml line 2: is not YAML \(expected"):
        load_file(tmp_path / "bad.yaml")


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "empty.yaml").write_text("")
    with pytest.raises(InputError, match=r"empty.yaml: is empty, expected keys; start it with `dataset:`"):
        load_file(tmp_path / "empty.yaml")
