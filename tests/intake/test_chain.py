"""Which chain suits a set, by what stands out in its pictures."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from seedmask.cli.check import broken_networks
from seedmask.config.graph import load_file
from seedmask.errors import SeedmaskError
from seedmask.intake import chain as chains
from seedmask.intake import write
from seedmask.intake.chain import MaskChain, chain_for, chosen_chain, looked_at
from seedmask.intake.configuration import known_by_name
from seedmask.intake.contents import read_folder
from seedmask.intake.options import ReadingOptions
from seedmask.intake.write import set_up, summary_lines
from seedmask.plan import Plan
from seedmask.testing.formats import write_picture

SURE, DOUBTFUL = 1.0, 0.3


def saliency(sure=0.2, doubtful=0.0):
    """A map of 1,000 pixels, of which some stand out for sure and some may."""
    found = np.zeros(1000, np.float32)
    first = round(1000 * sure)
    found[:first] = SURE
    found[first : first + round(1000 * doubtful)] = DOUBTFUL
    return found.reshape(20, 50)


@pytest.mark.parametrize(
    ("maps", "kind", "why"),
    [
        (
            [saliency(0.2, 0.05)] * 3,
            "things",
            "20% of the usual picture stands out (3 were looked at), 20% of that vaguely",
        ),
        ([saliency(0.2, 0.2)] * 3, "scenes", "50% of that vaguely, as in scenes"),
        (
            [saliency(0.0, 0.2)],
            "maps",
            "only 0% of the usual picture stands out (1 were looked at), which says nothing",
        ),
        ([saliency(0.0)], "maps", "only 0%"),
        ([saliency(0.9)], "maps", "as much as 90%"),
        ([saliency(0.2, 0.05), saliency(0.2, 0.05), saliency(0.0, 1.0)], "things", "20%"),
    ],
)
def test_what_stands_out_decides(maps, kind, why):
    found = chain_for(maps)
    assert found.kind == kind
    assert why in found.why


@pytest.fixture
def flowers(tmp_path, monkeypatch):
    """A folder of tagged pictures in the working directory."""
    monkeypatch.chdir(tmp_path)
    for number in range(60):
        write_picture(Path(f"set/{('daisy', 'orchid')[number % 2]}/{number:02}.jpg"))
    return Path("set")


def stub(monkeypatch, found):
    """Saliency of any picture: the given map."""
    monkeypatch.setattr(chains, "network_file", lambda model: (Path(model), "hash"))
    monkeypatch.setattr(chains, "load_network", lambda path, cores: path)
    monkeypatch.setattr(chains, "salient_map", lambda network, image: found)


def written(monkeypatch, folder, chain):
    """The configuration that is written for a chain, read again."""
    monkeypatch.setattr(write, "chosen_chain", lambda contents, cores: chain)
    setup = set_up(folder, Path("config.yaml"), force=True)
    load_file(Path("config.yaml"))
    return yaml.safe_load(Path("config.yaml").read_text()), setup


def test_pictures_from_all_over_the_folder_are_looked_at(flowers):
    found = looked_at(read_folder(flowers, ReadingOptions()))
    assert 20 <= len(found) <= chains.LOOKED_AT
    assert {Path(picture).parts[-2] for picture in found} == {"daisy", "orchid"}


def test_a_file_that_is_missing_is_said_and_how_to_get_it(flowers, monkeypatch):
    def missing(model):
        raise SeedmaskError(f"model `{model}`: the package is missing; run `pip install it`")

    monkeypatch.setattr(chains, "network_file", missing)
    found = chosen_chain(read_folder(flowers, ReadingOptions()), 1)
    assert found.kind == "maps"
    assert "run `pip install it`" in found.why
    config, setup = written(monkeypatch, flowers, found)
    assert "saliency" not in config
    assert any("run `pip install it`" in line for line in summary_lines(setup))
    assert "# Without saliency: saliency makes better masks" in Path("config.yaml").read_text()


@pytest.mark.parametrize("kind", ["things", "scenes"])
def test_a_chain_with_saliency_is_written_with_its_reason(flowers, monkeypatch, kind):
    stub(monkeypatch, saliency(0.2, 0.05 if kind == "things" else 0.2))
    chain = chosen_chain(read_folder(flowers, ReadingOptions()), 1)
    assert chain.kind == kind
    config, setup = written(monkeypatch, flowers, chain)
    masks = {"things": "crf", "scenes": "threshold"}[kind]
    (mask,) = config["masks"].values()
    assert (mask["from"], mask["method"]) == ("seeds/salient", masks)
    assert config["seeds"]["salient"]["mean"] == {"things": "arithmetic", "scenes": "geometric"}[kind]
    assert ("zoom" in config["saliency"]["net"]) == (kind == "scenes")
    assert {s["encoder"] for s in (config["classifiers"]["cam"], config["seeds"]["spread"])} == {
        {"things": "tf_efficientnet_lite0", "scenes": "tf_efficientnet_lite2"}[kind]
    }
    assert chain.why in Path("config.yaml").read_text()
    assert f"note: {chain.why}" in list(summary_lines(setup))
    assert broken_networks(Plan(load_file(Path("config.yaml")))) == []


def test_an_encoder_that_says_nothing_of_likeness_is_refused_by_the_check(flowers, monkeypatch):
    written(monkeypatch, flowers, MaskChain("things", "something"))
    text = Path("config.yaml").read_text()
    Path("config.yaml").write_text(
        text.replace("method: affinity\n    encoder: tf", "method: affinity\n    encoder: tff")
    )
    (problem,) = broken_networks(Plan(load_file(Path("config.yaml"))))
    assert problem.where == "seeds/spread"


def test_a_set_where_nothing_stands_out_keeps_to_its_maps(flowers, monkeypatch):
    stub(monkeypatch, saliency(0.0))
    chain = chosen_chain(read_folder(flowers, ReadingOptions()), 1)
    config, _ = written(monkeypatch, flowers, chain)
    assert "saliency" not in config
    assert config["masks"] == {"crf": {"from": "seeds/cam", "method": "crf"}}


@pytest.mark.parametrize(
    ("classes", "known"), [(("dog", "cat"), True), (("dog", "krzl"), True), (("krzl", "brtz", "dog"), False)]
)
def test_heads_start_from_names_where_imagenet_knows_half_of_them(classes, known):
    assert known_by_name(classes) == known


def test_a_few_known_words_start_the_head(flowers, monkeypatch):
    config, _ = written(monkeypatch, flowers, MaskChain("maps", "nothing"))
    assert config["classifiers"]["cam"]["head"] == "named"


def test_a_picture_that_cannot_be_read_is_left_to_the_check(flowers, monkeypatch):
    stub(monkeypatch, saliency(0.2, 0.2))
    contents = read_folder(flowers, ReadingOptions())
    broken = contents.scan.images[looked_at(contents)[0]]
    broken.write_bytes(broken.read_bytes()[:100])
    found = chosen_chain(contents, 1)
    assert found.kind == "scenes"
    assert f"({len(looked_at(contents)) - 1} were looked at)" in found.why
