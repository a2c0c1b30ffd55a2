"""A classifier that was trained elsewhere gives the scores that it gave there, and is marked."""

import importlib
from pathlib import Path
from typing import Any

import pytest
import torch
from elsewhere_kit import plan_with, run
from results_kit import CLASS_NAMES, job_of, make_run

from seedmask.classifiers.file import job
from seedmask.classifiers.file.options import ClassifierFileOptions
from seedmask.config.registry import methods, options_of
from seedmask.errors import InputError, SeedmaskError
from seedmask.inference.networks import trained_network
from seedmask.jobs import tags
from seedmask.plan import Plan
from seedmask.plan.variants import own_settings
from seedmask.storage.manifest import read_manifest
from seedmask.storage.records import read_record

FILE = {"method": "file", "weights": "theirs.pth", "origin": "closed_world"}
NETWORKS = {
    "cam": {"method": "cam", "encoder": "resnet18"},
    "seam": {"method": "seam", "encoder": "resnet18", "output_stride": 16},
    "sfc": {"method": "sfc", "encoder": "resnet18"},
    "i2crc": {"method": "i2crc", "encoder": "resnet18", "output_stride": 16, "head_channels": 8},
    "boundary": {"method": "boundary", "encoder": "resnet18"},
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A finished run as the working directory."""
    monkeypatch.chdir(tmp_path)
    make_run()
    Path("theirs.pth").touch()
    return tmp_path


def options(name: str, **changes) -> ClassifierFileOptions:
    return ClassifierFileOptions.model_validate({**FILE, "network": {**NETWORKS[name], **changes}})


def theirs(name: str) -> Any:
    """A network of a method, whose tensors are in the file."""
    described = options(name)
    torch.manual_seed(0)
    build = importlib.import_module(described.network()).build
    network = build(*described.network_arguments(len(CLASS_NAMES)), first_weights=False).eval()
    torch.save({"state_dict": network.state_dict()}, "theirs.pth")
    return network


def read(name: str, **more) -> Plan:
    plan = plan_with(classifiers={"theirs": {**FILE, "network": NETWORKS[name]}}, **more)
    job.run(job_of(plan.job("classifiers/theirs")), "cpu")
    return plan


@pytest.mark.parametrize("name", NETWORKS)
def test_every_method_that_is_trained_can_come_from_a_file(here, name):
    network = theirs(name)
    plan = read(name)
    manifest = read_manifest(plan.results, "classifiers/theirs")
    found = trained_network(plan.results, manifest, "cpu").state_dict()
    assert all(torch.equal(found[key], part) for key, part in network.state_dict().items())
    assert plan.variants["classifiers/theirs"].gives == methods("classifiers")[name].gives
    assert manifest.made_elsewhere == ("classifiers/theirs: closed world, image tags alone",)


def test_seeds_of_it_are_made_and_marked(here):
    theirs("cam")
    plan = read("cam", seeds={"theirs": {"from": "classifiers/theirs", "scales": [1.0]}})
    seeds = run(plan, "seeds/theirs")
    assert seeds.read("p0")["cam"].shape == (1, 12, 16)
    assert seeds.made_elsewhere() == ("classifiers/theirs: closed world, image tags alone",)


def test_its_tag_scores_say_that_it_may_know_the_pictures(here):
    theirs("cam")
    plan = read("cam")
    tags.run(job_of(plan.evaluation.tags_job("classifiers/theirs")), "cpu")
    found = read_record(Path(plan.evaluation.tags("classifiers/theirs")))
    assert found["how"] == "its scores; it may know these pictures from elsewhere"


@pytest.mark.parametrize("name", NETWORKS)
def test_settings_of_a_manifest_hold_nothing_of_a_training_and_are_read_again(name):
    described = options(name)
    settings = own_settings(described)
    assert options_of("classifiers", settings) == described
    assert not {"lr", "epochs", "weights", "augmentation", "from", "saliency"} & set(settings["network"])
    assert described.references() == {}
    assert described.extras() == frozenset()


@pytest.mark.parametrize(
    ("network", "found"),
    [
        ({**NETWORKS["cam"], "lr": 0.1}, "network: lr is not looked at, because nothing is trained; leave it out"),
        ({**NETWORKS["cam"], "weights": "hub"}, "weights is not looked at"),
        ({**NETWORKS["boundary"], "from": "masks/crf"}, "from is not looked at"),
        ({**NETWORKS["i2crc"], "saliency": "saliency/net"}, "saliency saliency/net is not read"),
        ({**NETWORKS["seam"], "crops": {"rough": "seeds/cam"}}, "rough seeds/cam is not read"),
        ({"method": "named"}, "there is no method 'named', but boundary, cam, i2crc, seam, sfc"),
        ({"encoder": "resnet18"}, "network.method: missing"),
        ({**NETWORKS["cam"], "stride": 8}, "network.stride: unknown key"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_only_a_training_looks_at_is_refused(here, network, found):
    with pytest.raises(InputError) as error:
        plan_with(classifiers={"theirs": {**FILE, "network": network}})
    assert found in str(error.value)


def test_a_file_of_another_method_is_refused(here):
    theirs("cam")
    with pytest.raises(SeedmaskError, match=r"theirs\.pth: lacks "):
        read("seam")
