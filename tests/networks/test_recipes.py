"""The networks of the published recipes are those of the papers, and take the papers' own files."""

import importlib
import json
from pathlib import Path

import pytest
import torch

from seedmask.config.graph import load_file
from seedmask.config.networks import EncoderOptions
from seedmask.networks.checkpoints import load_published
from seedmask.networks.encoders import require_model

ROOT = Path(__file__).resolve().parents[2]
KEYS = ROOT / "tests" / "golden" / "networks"
CLASSES = {"voc": 20, "coco": 80, "cityscapes": 19, "ade20k": 150}
PUBLISHED = sorted(
    path for path in (ROOT / "recipes").glob("*-*.yaml") if not CLASSES.keys().isdisjoint(path.stem.split("-"))
)


def classes_of(path):
    return next(CLASSES[part] for part in path.stem.split("-") if part in CLASSES)


def networks(path):
    """Reference and options of every network of a recipe."""
    return [(name, one) for name, one in load_file(path).variants() if isinstance(one, EncoderOptions)]


def module(options):
    """The module of the network of some options."""
    name = options.network()
    assert name is not None
    return importlib.import_module(name)


def built(options, path):
    """The network of some options of a recipe, without numbers."""
    arguments = options.network_arguments(classes_of(path), load_file(path).dataset.background)
    with torch.device("meta"):
        return module(options).build(*arguments, first_weights=False)


ALL = [pytest.param(path, name, id=f"{path.stem}-{name}") for path in PUBLISHED for name, _ in networks(path)]


def test_no_two_recipes_write_to_one_folder_and_those_of_one_set_read_from_one():
    recipes = {path.stem: load_file(path).dataset for path in PUBLISHED}
    names = [dataset.name for dataset in recipes.values()]
    assert len(set(names)) == len(names)
    for data in ("voc", "coco"):
        assert len({dataset.root for name, dataset in recipes.items() if data in name.split("-")}) == 1


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_what_is_downloaded_is_named_with_its_tag(path):
    for name, options in networks(path):
        require_model(options.encoder)
        assert options.weights != "hub" or "." in options.encoder, name
        assert options.weights != "packaged", name


PARAMETERS = {
    ("pmm-voc", "classifiers/whole"): "pmm_classifier_wideresnet38",
    ("pmm-voc", "classifiers/tiles"): "pmm_classifier_scalenet101",
    ("pmm-voc", "segmenters/res2net101"): "pmm_segmenter_res2net101",
    ("pmm-voc", "segmenters/scalenet101_second"): "pmm_segmenter_scalenet101",
    ("pmm-voc", "segmenters/wideresnet38"): "pmm_segmenter_wideresnet38",
    ("sfc-voc", "classifiers/sfc"): "sfc_resnet50",
    ("sfc-voc", "classifiers/boundary"): "sfc_irn",
    ("i2crc-voc", "classifiers/i2crc"): "i2crc_vgg16",
    ("i2crc-voc", "segmenters/first"): "i2crc_r101_msc",
    ("agmm-voc", "segmenters/points"): "agmm_voc_r101",
    ("agmm-cityscapes", "segmenters/clicks100"): "agmm_cityscapes_r50",
}


@pytest.mark.parametrize(
    ("recipe", "name", "keys"), [(*where, keys) for where, keys in PARAMETERS.items()], ids=lambda one: str(one)
)
def test_a_network_has_the_published_tensors_and_takes_a_file_of_them(recipe, name, keys):
    path = ROOT / "recipes" / f"{recipe}.yaml"
    options = dict(networks(path))[name]
    spec = json.loads((KEYS / f"keys_{keys}.json").read_text())
    network = built(options, path)
    assert sum(part.numel() for part in network.parameters()) == spec["parameters"]
    with torch.device("meta"):
        state = {key: torch.zeros(shape) for key, shape in {**spec["keys"]}.items()}
        state |= {alias: state[key] for alias, key in spec.get("aliases", {}).items()}
    load_published(network, state, keys, module(options).PUBLISHED)


@pytest.mark.thorough
@pytest.mark.parametrize(("path", "name"), ALL)
def test_every_network_of_a_recipe_can_be_built(path, name):
    options = dict(networks(path))[name]
    assert sum(part.numel() for part in built(options, path).parameters()) > 1e7
