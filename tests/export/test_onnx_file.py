"""Segmenters as ONNX files, run by onnxruntime."""

import importlib
import json
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from seedmask import load_segmenter
from seedmask.errors import SeedmaskError
from seedmask.export.onnx_file import AGREEING, Probabilities, check_onnx, export_onnx, trace_network
from seedmask.segmenters.trained.options import SegmenterOptions

ARCHITECTURES = {
    **{name: {"arch": name} for name in ("DeepLabV3", "DeepLabV3Plus", "FPN", "Linknet", "MAnet", "PAN", "PSPNet")},
    **{name: {"arch": name} for name in ("Segformer", "UPerNet", "Unet", "UnetPlusPlus", "dilated_psp")},
    "deeplab_v2": {"arch": {"name": "deeplab_v2", "output_stride": 16}},
    "caffe_bgr": {"arch": "FPN", "input_norm": "caffe_bgr"},
}
SIZES = [(1, 128, 160), (1, 160, 128), (2, 133, 171), (3, 129, 128), (1, 200, 300)]
"""Batch, height and width, most of them other than those of the export; every day the first three."""


def network_of(**options):
    settings = SegmenterOptions.model_validate({"from": "masks/crf", "weights": "none", **options})
    torch.manual_seed(0)
    build = importlib.import_module(settings.network()).build
    return Probabilities(build(settings.arch, settings, 4, first_weights=False)).eval()


def images(count, height, width):
    coarse = torch.rand(count, 3, 6, 5, generator=torch.Generator().manual_seed(height))
    return nn.functional.interpolate(coarse * 255, (height, width), mode="bicubic").clamp(0, 255).to(torch.uint8)


def asked(data, batch):
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"pictures": batch.numpy()})[0]


OFTEN = ("DeepLabV3Plus", "FPN", "deeplab_v2", "dilated_psp")
"""The usual architectures, and ours."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in OFTEN else pytest.mark.thorough) for name in ARCHITECTURES]
)
def test_every_architecture_gives_the_same_labels_at_any_size(name, request):
    network = network_of(**ARCHITECTURES[name])
    data = trace_network(network, name)
    for size in SIZES if request.config.getoption("--thorough") else SIZES[:3]:
        batch = images(*size)
        with torch.no_grad():
            expected = network(batch).numpy()
        found = asked(data, batch)
        assert (found.shape, found.dtype) == (expected.shape, np.float32)
        np.testing.assert_allclose(found, expected, atol=1e-4)
        assert np.mean(found.argmax(axis=1) == expected.argmax(axis=1)) >= AGREEING


def test_the_file_holds_normalisation_and_names(here, tmp_path):
    assert export_onnx(here / "results/tiny", "segmenters/crf", tmp_path) == 1
    data = (tmp_path / "segmenter.onnx").read_bytes()
    facts = {fact.key: fact.value for fact in onnx.load_from_string(data).metadata_props}
    assert json.loads(facts["labels"]) == ["background", "cow & calf", "sheep"]
    assert facts["segmenter"] == "segmenters/crf"
    assert json.loads(facts["settings"])["arch"] == {"name": "smp", "decoder": "FPN", "arguments": {}}
    assert json.loads(facts["pixel_labels"]) == []
    alone = {"flip": False, "scales": [1], "short_side": None, "window": 99}
    segmenter = load_segmenter(here / "results/tiny/segmenters/crf", device="cpu", **alone)
    batch = images(1, 75, 90)
    mask, confidence = segmenter.predict(batch[0].permute(1, 2, 0).numpy())
    found = asked(data, batch)[0]
    assert len(found) == len(segmenter.labels)
    assert np.mean(found.argmax(axis=0) == mask) >= AGREEING
    np.testing.assert_allclose(found.max(axis=0), confidence, atol=1e-4)


def test_nothing_is_overwritten_unless_it_is_forced(here, tmp_path):
    (tmp_path / "segmenter.onnx").write_text("mine")
    with pytest.raises(SeedmaskError, match=r"segmenter\.onnx is there already"):
        export_onnx(here / "results/tiny", "segmenters/crf", tmp_path)
    assert (tmp_path / "segmenter.onnx").read_text() == "mine"


def test_a_network_that_onnx_cannot_express_is_named():
    class Strange(nn.Module):
        def forward(self, images):
            return images * torch.linalg.svdvals(images)[..., :1, None]

    with pytest.raises(SeedmaskError, match=r"segmenters/x cannot be exported to ONNX \(.*svd.*`seedmask predict`"):
        trace_network(Probabilities(Strange()), "segmenters/x")


def test_a_file_that_gives_other_labels_is_refused():
    class OfOneSize(nn.Module):
        def forward(self, images):
            return torch.roll(images, int(images.shape[-1]) // 3, dims=3)

    network = Probabilities(OfOneSize())
    data = trace_network(network, "segmenters/x")
    with pytest.raises(SeedmaskError, match=r"segmenters/x cannot be exported to ONNX \(pictures of \(\d+, \d+\): "):
        check_onnx(data, network, "segmenters/x")


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_without_its_packages_the_export_says_what_to_install(here, tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        SeedmaskError, match=rf"need {package}, which is not installed; `pip install 'seedmask\[onnx\]'`"
    ):
        export_onnx(here / "results/tiny", "segmenters/crf", tmp_path)
