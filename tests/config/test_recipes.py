"""Every shipped configuration is one that the workflow takes."""

import re
from pathlib import Path

import pytest
import yaml

from seedmask.config.graph import load, load_file
from seedmask.config.length import length_of
from seedmask.config.networks import ClassifierOptions, Optimiser
from seedmask.config.reading import merged_values
from seedmask.config.stages import STAGES

ROOT = Path(__file__).resolve().parents[2]
DEMO = yaml.safe_load((ROOT / "config.yaml").read_text())
ON_TOP = "demo-", "reduced"
"""How the names of configurations begin that go on top of another one."""
WHOLE = sorted(p for p in (ROOT / "recipes").glob("*.yaml") if not p.name.startswith(ON_TOP))


@pytest.mark.parametrize("path", [ROOT / "config.yaml", *WHOLE], ids=lambda path: path.name)
def test_every_shipped_configuration_is_accepted(path):
    assert dict(load_file(path).variants())


@pytest.mark.parametrize("path", sorted((ROOT / "recipes").glob("demo-*.yaml")), ids=lambda path: path.name)
def test_what_goes_on_top_of_the_demo_is_accepted(path):
    assert dict(load(DEMO | yaml.safe_load(path.read_text()), [ROOT / "config.yaml", path]).variants())


@pytest.mark.parametrize("path", sorted((ROOT / "recipes").glob("*-voc*.yaml")), ids=lambda path: path.name)
def test_what_reduces_a_recipe_of_voc_shortens_every_training_and_keeps_to_results_of_its_own(path):
    files = [path, ROOT / "recipes" / "reduced.yaml"]
    whole, config = load_file(path), load(merged_values(files), files)
    assert config.dataset.name != whole.dataset.name
    assert [name for name, _ in config.variants()] == [name for name, _ in whole.variants()]
    trained = [one for _, one in config.variants() if isinstance(one, Optimiser)]
    assert {(one.weights, one.steps, one.batch_size) for one in trained} == {("none", 2, 2)}


WIRING = {"from", "method", "saliency", "initial", "boundary", "labels", "seeds", "weights", "splits", "<<"}
"""Keys that name other variants, files, or what is merged from an anchor, whose own values have sources there."""


def without_source(path):
    """Values without a comment on their line, above it, or on the line of a group that they are in."""
    lines = path.read_text().splitlines()
    commented = {number for number, line in enumerate(lines) if re.search(r"(^|\s)# \S", line)}
    alone = {number for number in commented if lines[number].lstrip().startswith("#")}

    seen = set()  # what an alias repeats has its source at the anchor

    def walk(node, keys, has):
        for key, child in node.value if isinstance(node, yaml.MappingNode) and id(node) not in seen else ():
            number, name = key.start_mark.line, (*keys, key.value)
            covered = has or number in commented or (bool(keys) and number - 1 in alone)
            if key.value in WIRING:
                continue
            if isinstance(child, yaml.MappingNode):
                yield from walk(child, name, covered)
                seen.add(id(child))
            elif not covered:
                yield ".".join(name)

    tree = yaml.compose(path.read_text())
    stages = [(key, child) for key, child in tree.value if key.value in STAGES]
    return [name for key, child in stages for name in walk(child, (key.value,), key.start_mark.line in commented)]


@pytest.mark.parametrize(
    "path",
    [p for p in WHOLE if re.match(r"(pmm|sfc|i2crc|agmm)-(voc|coco|cityscapes|ade20k)", p.name)],
    ids=lambda path: path.name,
)
def test_every_value_of_a_published_recipe_has_its_source_beside_it(path):
    assert without_source(path) == []


PICTURES = {"stamps": 240, "voc": 10_582, "coco": 82_081, "cityscapes": 2_975, "ade20k": 20_210}


FOR_FEW = [path for path in WHOLE if path.name.startswith("small")]
"""Their trainings are as long as `least_steps` says, on purpose."""
OWN = [path for path in WHOLE if path.name.startswith("own-")]
"""For what another program made of any set."""
LONG = [path for path in WHOLE if path not in (*FOR_FEW, *OWN)]


@pytest.mark.parametrize("path", [ROOT / "config.yaml", *LONG], ids=lambda path: path.name)
def test_no_training_of_a_shipped_configuration_is_lengthened_on_its_own_set(path):
    config = load_file(path)
    pictures = next(PICTURES[part] for part in config.dataset.name.split("_") if part in PICTURES)
    lengths = {name: length_of(one, pictures).why for name, one in config.variants() if hasattr(one, "epochs")}
    assert {name: why for name, why in lengths.items() if "least_steps" in why} == {}


@pytest.mark.parametrize(
    "path", [p for p in LONG if "stamps" not in p.name and "ablation" not in p.name], ids=lambda path: path.name
)
def test_published_classifiers_learn_from_all_pictures_and_keep_the_last_epoch(path):
    learners = [one for one in load_file(path).classifiers.values() if isinstance(one, ClassifierOptions)]
    assert bool(learners) == (path.name not in ("agmm-ade20k.yaml", "agmm-cityscapes.yaml", "agmm-voc-blocks.yaml"))
    assert not learners or {(one.select, one.holdout) for one in learners} == {("last", "auto")}


@pytest.mark.parametrize(("data", "limit", "steps", "lr"), [("voc", 0.5, 20_000, 0.005), ("coco", 0.8, 40_000, 0.01)])
def test_pmm_recipes_hold_the_published_numbers(data, limit, steps, lr):
    config = load_file(ROOT / "recipes" / f"pmm-{data}.yaml")
    segmenter = next(iter(config.segmenters.values()))
    assert (segmenter.loss.gate, segmenter.loss.limit, segmenter.loss.mode) == (limit, limit, "clamp")
    assert (segmenter.steps, segmenter.lr, segmenter.momentum) == (steps, lr, 0.9)
    assert {classifier.momentum for classifier in config.classifiers.values()} == {5e-4}
    masks = config.masks["ppg"]
    assert (masks.exponent, masks.threshold, masks.scale) == (11, 0.05, 0.3)
    assert (masks.crf.gaussian_compat, masks.crf.bilateral_sxy, masks.crf.bilateral_srgb) == (10, 80, 13)
    crf = next(iter(config.predictions.values())).crf
    assert (crf.gaussian_sxy, crf.gaussian_compat, crf.bilateral_sxy, crf.bilateral_srgb) == (1, 3, 67, 3)


@pytest.mark.parametrize(("data", "epochs"), [("voc", 6), ("coco", 5)])
def test_sfc_recipes_hold_the_published_numbers(data, epochs):
    config = load_file(ROOT / "recipes" / f"sfc-{data}.yaml")
    classifier = config.classifiers["sfc"]
    assert (classifier.encoder, classifier.dilation, classifier.output_stride) == ("resnet50.tv_in1k", "none", 16)
    assert classifier.epochs == epochs
    assert (classifier.lr, classifier.head_lr_factor, classifier.momentum, classifier.weight_decay) == (
        0.1,
        10,
        1e-4,
        1e-4,
    )
    assert (classifier.batch_size, classifier.bank.draws, classifier.clip_norm, classifier.power) == (16, 4, 1, 0.9)
    assert (classifier.loss.w_proto, classifier.loss.w_scale, classifier.dc.rho) == (1.6, 0.8, 3)
    assert (classifier.augmentation.crop, classifier.augmentation.scale, classifier.augmentation.flip) == (
        512,
        (1, 1),
        0,
    )
    assert config.seeds["sfc"].scales == (1.0, 0.5, 1.5, 2.0)
    assert {segmenter.arch.name for segmenter in config.segmenters.values()} == {"deeplab_v2"}


def test_the_walk_on_voc_and_what_it_learns_from_have_the_published_numbers():
    config = load_file(ROOT / "recipes" / "sfc-voc.yaml")
    assert config.classifiers["sfc_resized"].augmentation.long_side == (320, 640)
    sure, walk, boundary = config.masks["sure"], config.masks["walk"], config.classifiers["boundary"]
    assert (sure.cams, sure.threshold.offset, sure.background_factor, sure.crf.iterations) == (
        {"cam": 1, "prototype": 0.7},
        0.4,
        0.5,
        12,
    )
    assert walk.cams == {"cam": 1, "prototype": 0.3}
    assert (walk.walk, walk.power, walk.background, walk.beta, walk.log2_steps, walk.radius) == (
        "double",
        1.3,
        0.25,
        10,
        8,
        5,
    )
    assert (boundary.path_radius, boundary.batch_size, boundary.epochs, boundary.lr) == (10, 32, 3, 0.1)
    assert boundary.augmentation.scale == (0.5, 1.0)


@pytest.mark.parametrize(("data", "steps"), [("voc", 20_000), ("coco", 100_000)])
def test_i2crc_recipes_hold_the_published_numbers(data, steps):
    config = load_file(ROOT / "recipes" / f"i2crc-{data}.yaml")
    classifier = config.classifiers["i2crc"]
    assert (classifier.encoder, classifier.output_stride, classifier.head_layers, classifier.head_channels) == (
        "vgg16.tv_in1k",
        8,
        3,
        512,
    )
    assert (classifier.loss.w_object, classifier.loss.w_background, classifier.loss.w_class) == (0.01, 0.025, 0.1)
    assert (classifier.loss.select, classifier.loss.saliency_power, classifier.loss.min_saliency) == ("single", 2, 0)
    assert (classifier.lr, classifier.head_lr_factor, classifier.bias_lr_factor) == (1e-3, 10, 2)
    assert (classifier.momentum, classifier.nesterov, classifier.weight_decay) == (0.9, True, 5e-4)
    assert (classifier.epochs, classifier.batch_size, classifier.incomplete_batch) == (30, 5, True)
    assert (classifier.decay_epochs, classifier.decay_factor) == ((5, 10), 0.1)
    assert (classifier.augmentation.square, classifier.augmentation.flip, classifier.augmentation.colour) == (
        256,
        0,
        0.3,
    )
    labels = config.masks["labels"]
    assert (labels.conflict, labels.foreground, labels.background, labels.attention_limit, labels.min_share) == (
        0.9,
        0.3,
        32,
        0.5,
        0.01,
    )
    crf = config.masks["refined"].crf
    assert (crf.iterations, crf.gaussian_sxy, crf.gaussian_compat) == (10, 1, 3)
    assert (crf.bilateral_sxy, crf.bilateral_srgb, crf.bilateral_compat, crf.image) == (67, 3, 4, "reference")
    for name in ("first", "second"):
        segmenter = config.segmenters[name]
        assert (segmenter.arch.rates, segmenter.arch.output_stride, segmenter.arch.scales) == (
            (6, 12, 18, 24),
            8,
            (0.5, 0.75),
        )
        assert (segmenter.encoder, segmenter.dilation) == ("resnet101.tv_in1k", "later_blocks")
        assert (segmenter.input_norm, segmenter.frozen_batch_norm) == ("caffe_bgr", False)
        assert (segmenter.batch_size, segmenter.accumulate, segmenter.steps) == (5, 2, steps)
        assert (segmenter.lr, segmenter.head_lr_factor, segmenter.lr_every, segmenter.power) == (2.5e-4, 1, 10, 0.9)
        view = segmenter.augmentation
        assert (view.crop, view.steps, view.flip) == (321, (0.5, 0.75, 1, 1.25, 1.5), 0.5)
        assert (view.pad, view.pad_colour, view.colour) == ("end", "mean", 0)


@pytest.mark.parametrize("data", ["voc", "coco"])
def test_agmm_recipes_hold_the_published_numbers(data):
    config = load_file(ROOT / "recipes" / f"agmm-{data}.yaml")
    kinds = {"points", "scribbles", "boxes", "tags"} | ({"blocks"} if data == "coco" else set())
    assert {labels.method for labels in config.weak_labels.values()} == kinds
    for name in kinds:
        segmenter = config.segmenters[name]
        assert segmenter.source == f"weak_labels/{name}"
        assert segmenter.encoder == "resnet101s.gluon_in1k"
        assert (segmenter.arch.name, segmenter.arch.output_stride, segmenter.arch.rates) == (
            "deeplab_v3_plus",
            8,
            (6, 12, 18),
        )
        loss, views = segmenter.loss, segmenter.augmentation
        assert {loss.w_partial, loss.w_consistency, loss.w_fit, loss.w_separation, loss.w_absent} == {1.0}
        assert (loss.deviation, loss.separation, loss.detach, loss.online_em.rounds) == (None, "sum", False, 0)
        assert (segmenter.optimiser, segmenter.lr, segmenter.head_lr_factor) == ("sgd", 0.001, 10)
        assert (segmenter.momentum, segmenter.weight_decay, segmenter.power) == (0.9, 1e-4, 0.9)
        assert (segmenter.batch_size, segmenter.accumulate) == (16, 4)
        assert (views.crop, views.scale, views.pad, views.flip) == (321, (0.5, 2.0), "end", 0.5)
        assert (views.colour, views.hue, views.colour_share, views.grey, views.blur) == (0.5, 0.25, 0.5, 0.1, 0.5)
        predicted = config.predictions[name]
        assert (predicted.scales, predicted.flip, predicted.crf) == ((0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0), True, None)
    if data == "voc":
        assert config.segmenters["points"].epochs == 80


def test_the_ablation_of_agmm_adds_one_part_at_a_time():
    config = load_file(ROOT / "recipes" / "agmm-ablation.yaml")
    parts = ("w_consistency", "w_fit", "w_separation", "w_absent")
    for kind in config.weak_labels:
        for count, step in enumerate(("pce", "consistency", "fit", "separation", "absent")):
            segmenter = config.segmenters[f"{kind}_{step}"]
            assert segmenter.source == f"weak_labels/{kind}"
            assert [getattr(segmenter.loss, part) for part in parts] == [1.0] * count + [0.0] * (4 - count)
            assert (segmenter.loss.w_partial, segmenter.loss.online_em.rounds) == (1.0, 0)
        assert config.segmenters[f"{kind}_em"].loss.online_em.rounds == 1


@pytest.mark.parametrize("path", FOR_FEW, ids=lambda path: path.name)
def test_a_hundred_pictures_are_learned_for_as_long_as_least_steps_says(path):
    trained = [one for _, one in load_file(path).variants() if isinstance(one, Optimiser)]
    lengths = [(length_of(one, 100), one.least_steps) for one in trained]
    assert lengths
    assert all(least <= length.steps < least + length.steps_an_epoch for length, least in lengths)
