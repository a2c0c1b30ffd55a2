"""Every shipped configuration is one that the workflow takes."""

from pathlib import Path

import pytest
import yaml

from pipeline.config.graph import load, load_file

ROOT = Path(__file__).resolve().parents[2]
DEMO = yaml.safe_load((ROOT / "config.yaml").read_text())
WHOLE = sorted(p for p in (ROOT / "recipes").glob("*.yaml") if not p.name.startswith("demo-"))


@pytest.mark.parametrize("path", [ROOT / "config.yaml", *WHOLE], ids=lambda path: path.name)
def test_every_shipped_configuration_is_accepted(path):
    assert dict(load_file(path).variants())


@pytest.mark.parametrize("path", sorted((ROOT / "recipes").glob("demo-*.yaml")), ids=lambda path: path.name)
def test_what_goes_on_top_of_the_demo_is_accepted(path):
    assert dict(load(DEMO | yaml.safe_load(path.read_text()), [ROOT / "config.yaml", path]).variants())


@pytest.mark.parametrize(("data", "limit", "steps", "lr"), [("voc", 0.5, 20_000, 0.005), ("coco", 0.8, 40_000, 0.01)])
def test_pmm_recipes_hold_the_published_numbers(data, limit, steps, lr):
    config = load_file(ROOT / "recipes" / f"pmm-{data}.yaml")
    segmenter = next(iter(config.segmenters.values()))
    assert (segmenter.loss.gate, segmenter.loss.limit, segmenter.loss.mode) == (limit, limit, "clamp")
    assert (segmenter.steps, segmenter.lr, segmenter.momentum) == (steps, lr, 0.9)
    assert {classifier.momentum for classifier in config.classifiers.values()} == {5e-4}
    masks = config.masks["ppg"]
    assert (masks.exponent, masks.floor, masks.smoothing) == (11, 0.05, 0.3)
    assert (masks.crf.gaussian_compat, masks.crf.bilateral_sxy, masks.crf.bilateral_srgb) == (10, 80, 13)
    crf = next(iter(config.predictions.values())).crf
    assert (crf.gaussian_sxy, crf.gaussian_compat, crf.bilateral_sxy, crf.bilateral_srgb) == (1, 3, 67, 3)
