"""The published networks, with weights by a formula under the authors' names, against what their own code gave."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from seedmask.errors import SeedmaskError
from seedmask.testing.networks.__main__ import main
from seedmask.testing.networks.comparison import compare, network_of
from seedmask.testing.networks.table import NETWORKS

GOLDEN = Path(__file__).parents[1] / "golden" / "networks"
FILES = sorted(path for path in GOLDEN.glob("*.npz") if network_of(path.name))
OFTEN = (
    *("agmm_cityscapes_r50_tame", "i2crc_r101_msc_tame", "i2crc_vgg16_base", "sfc_irn_base", "sfc_resnet50_base"),
    *("pmm_classifier_scalenet101_tame_40x56", "pmm_segmenter_res2net101_tame_2x64x72"),
    "pmm_classifier_wideresnet38_base_65x97",
)
"""Files that hold every encoder, dilation and head once."""
ALL = [pytest.param(path, marks=[] if path.stem in OFTEN else pytest.mark.thorough, id=path.stem) for path in FILES]


@pytest.mark.parametrize("path", ALL)
def test_each_stage_and_output_equals_the_authors(path):
    differences = list(compare(path))
    assert len(differences) > 3
    assert [difference for difference in differences if not difference.passed] == []


def test_there_is_a_reference_of_almost_every_network():
    """The encoders of segmenters are covered by the segmenters."""
    left = set(NETWORKS) - {network_of(path.name) for path in FILES}
    assert {name for name in left if not name.startswith("imagenet_into_segmenter")} == set()


def test_another_dilation_is_seen(monkeypatch):
    monkeypatch.setitem(NETWORKS, "pmm_segmenter_res2net101", type(NETWORKS["pmm_segmenter_res2net101"])(
        {"encoder": "res2net101d"}))  # fmt: skip
    found = {d.name: d for d in compare(GOLDEN / "pmm_segmenter_res2net101_tame_2x64x72.npz")}
    assert found["backbone.layer2.3"].passed
    assert not found["backbone.layer3.0"].passed
    assert found["main_logits"].largest > 0.05


def test_an_array_that_nothing_computes_fails(tmp_path):
    name = "imagenet_res2net101_v1b"
    with np.load(GOLDEN / f"{name}_base_65x97.npz") as arrays:
        np.savez(tmp_path / f"{name}_more.npz", unheard_of=np.zeros(3), **arrays)
    shutil.copy(GOLDEN / f"keys_{name}.json", tmp_path)
    failed = [difference.name for difference in compare(tmp_path / f"{name}_more.npz") if not difference.passed]
    assert failed == ["unheard_of (not computed)"]


def test_weights_of_other_shapes_are_an_error(tmp_path):
    name = "imagenet_res2net101_v1b"
    spec = json.loads((GOLDEN / f"keys_{name}.json").read_text())
    spec["keys"]["layer1.0.conv3.weight"] = [255, 104, 1, 1]
    (tmp_path / f"keys_{name}.json").write_text(json.dumps(spec))
    shutil.copy(GOLDEN / f"{name}_base_65x97.npz", tmp_path)
    with pytest.raises(SeedmaskError, match=r"layer1.0.conv3.weight \[255, 104, 1, 1\] for \[256, 104, 1, 1\]"):
        list(compare(tmp_path / f"{name}_base_65x97.npz"))


@pytest.fixture
def folder(tmp_path):
    """A file of a small network, and one of whose outputs is wrong by a thousandth."""
    name = "i2crc_vgg16"
    shutil.copy(GOLDEN / f"keys_{name}.json", tmp_path)
    with np.load(GOLDEN / f"{name}_base.npz") as stored:
        arrays = dict(stored)
    np.savez(tmp_path / f"{name}_good.npz", **arrays)
    (tmp_path / "more").mkdir()
    shutil.copy(GOLDEN / f"keys_{name}.json", tmp_path / "more")
    np.savez(tmp_path / "more" / f"{name}_bad.npz", **{**arrays, "logits": arrays["logits"] * 1.001})
    return tmp_path


def test_the_command_prints_a_line_for_each_and_fails_where_one_fails(folder, capsys):
    assert main([str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines if line.endswith("FAILED")] == ["i2crc_vgg16_bad.npz logits"]
    shutil.rmtree(folder / "more")
    assert main([str(folder)]) == 0
    assert "i2crc_vgg16_good.npz features.29: " in capsys.readouterr().out


def test_the_command_says_how_it_is_called(capsys, tmp_path):
    for arguments in ([], ["nowhere"], [str(tmp_path), "b"]):
        assert main(arguments) == 2
        assert "usage: python -m seedmask.testing.networks FOLDER" in capsys.readouterr().err


def test_an_empty_folder_is_no_success(tmp_path):
    assert main([str(tmp_path)]) == 1
