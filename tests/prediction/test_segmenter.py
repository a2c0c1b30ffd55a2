"""A segmenter of finished results, in Python."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image
from results_kit import CLASS_NAMES
from segmenter_kit import VIEWS

from seedmask import load_segmenter
from seedmask.config.views import ViewOptions
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.images import palette
from seedmask.dataset.picture_reading import PictureReading
from seedmask.errors import InputError, SeedmaskError
from seedmask.export.onnx_file import onnx_metadata
from seedmask.export.variants import open_variant
from seedmask.prediction.files import PredictionTask, predict_files
from seedmask.prediction.segmenter import Segmenter, checked
from seedmask.storage.canvas import CONFIDENCE, encode
from seedmask.storage.manifest import read_manifest
from seedmask.storage.reader import arrays_digest

CRF = "results/tiny/segmenters/crf"


@pytest.mark.parametrize(
    ("segmenter", "predictions"),
    [
        ("segmenters/crf", "predictions/crf"),
        ("segmenters/twice", "predictions/twice"),
        ("segmenters/twice.1", "predictions/twice.1"),
    ],
)
def test_predictions_are_those_of_the_run_to_the_last_bit(here, segmenter, predictions):
    loaded = load_segmenter(here / "results/tiny" / segmenter, device="cpu")
    assert loaded.views_from == predictions
    stored, catalogue = open_variant(here / "results/tiny", predictions), Catalogue(here / "results/tiny")
    rows = {row.id: row for row in catalogue.index.rows}
    assert len(stored.ids) == 10
    for image in stored.ids:
        mask, confidence = loaded.predict(catalogue.image(rows[image]))
        assert (mask.dtype, confidence.dtype) == (np.uint8, np.float32)
        assert arrays_digest({"mask": mask, "confidence": encode(confidence, CONFIDENCE)}) == stored.digest(image)


def test_a_file_is_read_as_data_sets_are(here, tmp_path):
    """Upright: the file lies on its side and says so."""
    pixels = np.asarray(Image.open("pictures/p2.png"))
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(pixels)).save(tmp_path / "side.png", exif=exif)
    segmenter = load_segmenter(CRF, device="cpu")
    for file in (str(tmp_path / "side.png"), tmp_path / "side.png"):
        for found, expected in zip(segmenter.predict(file), segmenter.predict(pixels), strict=True):
            assert np.array_equal(found, expected)


def test_a_file_is_read_with_the_bands_and_the_range_of_the_training(here, tmp_path):
    path, reading = tmp_path / "field.tif", PictureReading((3, 2, 1), (0.0, 4000.0), kind="4 bands of uint16")
    values = np.random.default_rng(0).integers(0, 4000, (12, 16, 4)).astype(np.uint16)
    tifffile.imwrite(path, values, photometric="rgb", extrasamples=["unspecified"])
    with pytest.raises(InputError, match="4 bands of uint16"):
        load_segmenter(CRF, device="cpu").predict(path)
    manifest = read_manifest(here / "results/tiny", "segmenters/crf")
    changed = manifest.model_copy(update={"facts": {**manifest.facts, **reading.as_facts()}})
    segmenter = Segmenter(here / "results/tiny", changed, ViewOptions(**{"from": "segmenters/crf"}), "cpu", "")
    assert segmenter.reading == reading
    pixels = np.rint(values[..., [2, 1, 0]] / 4000 * 255).astype(np.uint8)
    for found, expected in zip(segmenter.predict(path), segmenter.predict(pixels), strict=True):
        assert np.array_equal(found, expected)
    tasks = [PredictionTask(file, tmp_path / f"{file.stem}.png") for file in (path, Path("pictures/p2.png").resolve())]
    with pytest.raises(InputError, match="3 bands of uint8, but the pictures of the data set have 4 bands of uint16"):
        predict_files(segmenter, tasks)
    assert (tmp_path / "field.png").exists()
    assert json.loads(onnx_metadata(segmenter)["pictures"])["limits"] == [0, 4000]


def test_names_and_colours_are_those_of_the_masks(here):
    segmenter = load_segmenter(CRF, device="cpu")
    assert segmenter.classes == CLASS_NAMES
    assert segmenter.labels == dict(enumerate(("background", *CLASS_NAMES)))
    assert np.array_equal(segmenter.palette, palette())
    assert segmenter.name == "segmenters/crf"


def test_views_are_those_of_the_namesake_and_others_are_named(here):
    segmenter = load_segmenter(CRF, device="cpu")
    assert segmenter.views.model_dump(mode="json", include=set(VIEWS)) == VIEWS
    assert segmenter.other_views == ("predictions/small",)
    assert segmenter.describe_views() == (
        "views of predictions/crf (also predictions/small): scales 1, 1.5, shorter side 20, with mirror images, "
        "window 24 step 16, no CRF, threads 1"
    )
    small = load_segmenter(CRF, device="cpu", like="predictions/small")
    assert (small.views_from, small.views.flip, small.other_views) == ("predictions/small", False, ())


def test_without_predictions_the_defaults_are_taken_and_said_so(here):
    alone = load_segmenter("results/tiny/segmenters/alone", device="cpu")
    assert alone.views_from == "the defaults"
    assert (alone.views.scales, alone.views.flip, alone.views.window) == ((1.0,), True, 512)


def test_a_folder_of_a_segmenter_is_all_it_takes(here, tmp_path):
    """So that it can be given away, without results around it."""
    shutil.copytree(CRF, tmp_path / "segmenters/crf")
    moved = load_segmenter(tmp_path / "segmenters/crf", device="cpu", like=None)
    assert moved.views_from == "the defaults"
    expected = load_segmenter(CRF, device="cpu", **moved.views.model_dump(exclude={"source"}))
    for found, other in zip(moved.predict("pictures/p2.png"), expected.predict("pictures/p2.png"), strict=True):
        assert np.array_equal(found, other)


def test_options_change_single_views(here):
    changed = load_segmenter(CRF, device="cpu", flip=False, scales=[1])
    assert (changed.views.flip, changed.views.scales, changed.views.window) == (False, (1.0,), 24)
    picture = np.asarray(Image.open("pictures/p2.png"))
    usual = load_segmenter(CRF, device="cpu").predict(picture)[1]
    assert not np.array_equal(changed.predict(picture)[1], usual)


def test_torch_keeps_its_threads(here):
    torch.set_num_threads(2)
    load_segmenter(CRF, device="cpu").predict("pictures/p2.png")
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        ("results/tiny/segmenters/crg", {}, r"holds no 'segmenters/crg'; write \"segmenters/crf\""),
        ("results/tiny/masks/crf", {}, "is no segmenter; name its folder, like results/stamps/segmenters/crf"),
        ("results/tinny/segmenters/crf", {}, r"results/tinny: no such folder"),
        ("pictures/x/segmenters/crf", {}, "no such folder"),
        (CRF, {"device": "tpu"}, "device 'tpu': expected one of auto, cpu, cuda"),
        (CRF, {"scale": 1}, r'scale: no such option; write "scales"'),
        (CRF, {"window": 0}, "window: input should be greater than 0; see predictions in docs/config.md"),
        (CRF, {"window": 8}, "window: window_stride 16 leaves gaps between windows of 8"),
        (
            CRF,
            {"like": "predictions/twice"},
            "predictions/twice is not made from segmenters/crf, .* write .predictions/",
        ),
        (CRF, {"like": "predictions/smal"}, r'holds no .predictions/smal.; write "predictions/small"'),
        ("results/tiny/segmenters/alone", {"like": "predictions/crf"}, "is not made from segmenters/alone.* leave it"),
    ],
)
def test_what_cannot_be_loaded_is_named(here, path, options, message):
    with pytest.raises(SeedmaskError, match=message):
        load_segmenter(path, **{"device": "cpu", **options})


def test_a_training_that_is_not_finished_is_refused(copied):
    (copied / CRF / "manifest.json").unlink()
    with pytest.raises(SeedmaskError, match="segmenters/crf: its training is not finished; run snakemake"):
        load_segmenter(CRF, device="cpu")


def test_damaged_weights_are_refused(copied):
    weights = copied / CRF / "weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-3] ^= 255
    weights.write_bytes(content)
    with pytest.raises(SeedmaskError, match=r"weights\.safetensors: is not what segmenters/crf's manifest says"):
        load_segmenter(CRF, device="cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_a_gpu_that_is_not_there_is_not_replaced(here):
    with pytest.raises(SeedmaskError, match="device cuda: torch sees no GPU"):
        load_segmenter(CRF, device="cuda")


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        (np.zeros((4, 4, 3)), r"float64 \(4, 4, 3\)"),
        (np.zeros((4, 4), np.uint8), r"uint8 \(4, 4\)"),
        (np.zeros((4, 4, 4), np.uint8), r"uint8 \(4, 4, 4\)"),
        (np.zeros((0, 4, 3), np.uint8), r"uint8 \(0, 4, 3\)"),
    ],
)
def test_an_array_that_is_no_picture_is_refused(here, picture, found):
    with pytest.raises(SeedmaskError, match=found):
        load_segmenter(CRF, device="cpu").predict(picture)


def test_a_picture_of_pillow_is_refused_with_a_remedy():
    with pytest.raises(SeedmaskError, match="picture is Image, expected an array"):
        checked(Image.new("RGB", (2, 2)))


def test_a_bad_file_is_refused_as_the_index_refuses_it(here, tmp_path):
    Image.new("CMYK", (4, 4)).save(tmp_path / "print.jpg")
    with pytest.raises(InputError, match="colour space CMYK"):
        load_segmenter(CRF, device="cpu").predict(tmp_path / "print.jpg")


def test_the_package_imports_nothing_until_it_is_asked():
    code = (
        "import sys, seedmask; seedmask.__all__; sys.exit(str({'torch', 'numpy', 'xarray'} & set(sys.modules) or ''))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr.strip() == ""
    )
    import seedmask

    with pytest.raises(AttributeError, match="'seedmask' has no attribute 'load_segmentor'"):
        _ = seedmask.load_segmentor
