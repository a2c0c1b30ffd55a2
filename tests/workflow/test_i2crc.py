"""I2CRC from end to end: saliency, classifier, seeds, labels, a segmenter, its corrected predictions, a second one."""

import json
from functools import partial

import numpy as np
import pytest
from PIL import Image
from workflow_kit import EDIT, I2CRC, jobs_changed, jobs_of_settings, refusal

from seedmask.dataset.catalogue import Catalogue
from seedmask.errors import SeedmaskError
from seedmask.export.images import export_masks, export_saliency
from seedmask.methods.affinity import affinity_cams
from seedmask.methods.agreement import agreed_labels
from seedmask.methods.i2crc import initial_labels
from seedmask.methods.saliency import salient_map
from seedmask.methods.saliency_zoom import active_boxes, zoomed_map
from seedmask.methods.salient_cams import salient_cams
from seedmask.methods.threshold import threshold_labels
from seedmask.networks.encoders import encoder_of
from seedmask.report.compare import compare_variants
from seedmask.saliency.network.network import load_network, network_file
from seedmask.saliency.network.options import PACKAGED
from seedmask.seeds.affinity.options import AffinityOptions
from seedmask.storage.reader import StoredVariant

SHARDS = ["0000", "0001"]


def read(workspace, reference):
    return StoredVariant(workspace.results, reference, SHARDS)


def rows(workspace):
    return Catalogue(workspace.results).index.rows_of("train")


def test_the_whole_chain_runs_and_all_but_the_saliency_is_scored(i2crc):
    scored = {str(p.parent.relative_to(i2crc.results / "evaluation")) for p in i2crc.results.rglob("scores.json")}
    masks = {f"masks/{name}" for name in ("labels", "multi", "refined", "salient", "agreed")}
    seeds = {f"seeds/{name}" for name in ("bytes", "multi", "spread", "salient", "mean")}
    assert scored == {"predictions/second", *seeds, *masks}


def test_saliency_is_stored_as_one_map_of_each_picture(i2crc):
    for name in ("net", "own"):
        maps = read(i2crc, f"saliency/{name}")
        assert list(maps.ids) == [row.id for row in rows(i2crc)]
        for row in rows(i2crc):
            arrays = maps.read(row.id)
            assert set(arrays) == {"map"}
            assert arrays["map"].shape == (row.height, row.width)
            assert 0 <= arrays["map"].min() <= arrays["map"].max() <= 1


def test_the_user_s_own_maps_are_stored_to_the_grey_level(i2crc):
    for row in rows(i2crc):
        levels = np.asarray(Image.open(i2crc.folder / "saliency" / f"{row.id}.png"))
        np.testing.assert_array_equal(np.rint(255 * read(i2crc, "saliency/own").read(row.id)["map"]), levels)


def test_where_saliency_comes_from_stands_in_its_manifest_and_in_the_report(i2crc):
    known = PACKAGED["u2netp"]
    told = read(i2crc, "saliency/net").facts()["provenance"]
    assert told == f"{known.origin}; SHA-256 {known.sha256}"
    page = (i2crc.results / "report.html").read_text()
    assert told in page
    assert "maps of unknown origin; say in `origin` what made them" in page


def test_labels_are_those_of_the_stored_seeds_and_saliency(i2crc):
    fitted = json.loads((i2crc.results / "masks" / "multi" / "fit.json").read_text())["facts"]["value"]
    for name, seeds, saliency, least in (("labels", "bytes", "own", 0.3), ("multi", "multi", "net", fitted)):
        for row in rows(i2crc):
            maps = read(i2crc, f"seeds/{seeds}").read(row.id)
            levels = (np.rint(255 * cam).astype(np.uint8) for cam in maps["cam"])
            attention = dict(zip(maps["classes"].tolist(), levels, strict=True))
            salient = np.rint(255 * read(i2crc, f"saliency/{saliency}").read(row.id)["map"]).astype(np.uint8)
            found = read(i2crc, f"masks/{name}").read(row.id)["mask"]
            np.testing.assert_array_equal(found, initial_labels(salient, attention, foreground=least))


def test_activation_is_carried_by_the_encoder_s_own_features(i2crc, monkeypatch):
    monkeypatch.chdir(i2crc.folder)
    encoder = encoder_of(AffinityOptions.model_validate({"from": "seeds/multi"}), 16).eval()
    for row in rows(i2crc):
        before, found = (read(i2crc, f"seeds/{name}").read(row.id)["cam"] for name in ("multi", "spread"))
        image = Catalogue(i2crc.results).image(row)
        expected = affinity_cams(lambda x: encoder.stage_features(x, [-1])[0][0], image, before, scales=(1.0,))
        np.testing.assert_allclose(found, expected, atol=0.5 / 255 + 1e-4)


def test_where_seeds_are_active_saliency_looks_once_more(i2crc, monkeypatch):
    monkeypatch.chdir(i2crc.folder)
    look, zoomed = partial(salient_map, load_network(network_file("u2netp")[0], 1)), 0
    for row in rows(i2crc):
        image, cams = Catalogue(i2crc.results).image(row), read(i2crc, "seeds/spread").read(row.id)["cam"]
        boxes = active_boxes(cams, threshold=0.6)
        expected = zoomed_map(look, image, look(image), boxes)
        np.testing.assert_allclose(read(i2crc, "saliency/zoomed").read(row.id)["map"], expected, atol=1 / 255)
        zoomed += len(boxes)
    assert zoomed


def test_seeds_end_where_the_stored_saliency_does(i2crc):
    for row in rows(i2crc):
        before, found = (read(i2crc, f"seeds/{name}").read(row.id) for name in ("spread", "salient"))
        saliency = read(i2crc, "saliency/zoomed").read(row.id)["map"]
        np.testing.assert_allclose(found["cam"], salient_cams(before["cam"], saliency), atol=2**-12)
        mask = read(i2crc, "masks/salient").read(row.id)["mask"]
        np.testing.assert_array_equal(mask, threshold_labels(found["cam"], found["classes"], 0.1))


def test_the_mean_is_that_of_the_stored_seeds(i2crc):
    for row in rows(i2crc):
        one, two, found = (read(i2crc, f"seeds/{name}").read(row.id)["cam"] for name in ("bytes", "multi", "mean"))
        np.testing.assert_allclose(found, (one + 2 * two) / 3, atol=0.5 / 255 + 1e-6)


def test_agreed_labels_are_those_of_the_stored_masks(i2crc):
    for row in rows(i2crc):
        masks = [read(i2crc, f"masks/{name}").read(row.id)["mask"] for name in ("salient", "labels")]
        np.testing.assert_array_equal(read(i2crc, "masks/agreed").read(row.id)["mask"], agreed_labels(masks))


def test_refined_labels_keep_to_the_tags(i2crc):
    for row in rows(i2crc):
        labels = set(np.unique(read(i2crc, "masks/refined").read(row.id)["mask"]).tolist())
        assert labels <= {0, 255, *(tag + 1 for tag in row.tags)}


def test_the_picture_that_a_crf_followed_is_stated_with_its_result(i2crc):
    settings = read(i2crc, "masks/refined").settings()
    assert settings["crf"]["image"] == "reference"
    page = (i2crc.results / "report.html").read_text()
    assert '<span class="pale">crf.image</span>&nbsp;reference' in page


def test_a_changed_map_runs_what_is_made_from_the_maps_and_nothing_else(i2crc, tmp_path):
    copy = i2crc.copy(tmp_path / "copy")
    first = min((copy.folder / "saliency").glob("*.png"))
    Image.fromarray(np.full((64, 64), 200, np.uint8)).save(first)
    planned = copy.variants_planned()
    assert {"saliency_shard own", "masks_shard labels", "segmenters first", "masks_shard refined"} <= planned
    assert not {"saliency_shard net", "classifiers i2crc", "masks_shard multi"} & planned


def test_another_limit_of_the_labels_runs_those_and_what_follows(i2crc):
    planned = jobs_of_settings(i2crc, "masks", "multi", conflict=0.8)
    assert planned == {"masks_shard multi", "evaluation masks multi", "images", "report"}


def test_missing_maps_are_named_before_anything_is_computed(i2crc, tmp_path):
    copy = i2crc.copy(tmp_path / "copy")
    gone = sorted((copy.folder / "saliency").glob("train*.png"))[:2]
    for path in gone:
        path.unlink()
    output = copy.run("results/shapes/saliency/own/manifests/0000.json", succeeds=False)
    for path in gone:
        assert f"saliency/{path.name}: is missing: image {path.stem} has no map; add it" in output
    assert "Traceback" not in output


def test_maps_with_a_bright_background_are_suspected(i2crc, tmp_path):
    copy = i2crc.copy(tmp_path / "copy")
    for path in (copy.folder / "saliency").glob("*.png"):
        levels = np.asarray(Image.open(path)).copy()
        Image.fromarray(255 - levels).save(path)
    output = copy.run("results/shapes/saliency/own/manifests/0000.json")
    assert "maps are brightest along the border" in output
    assert "set `invert: true`" in output


def test_a_folder_that_is_not_there_is_refused_while_parsing(i2crc):
    told = refusal(i2crc, "saliency", "own", folder="nowhere")
    assert "saliency/own: 'nowhere' does not exist; name a file or folder that does" in told


@pytest.mark.parametrize(
    ("stage", "name", "key", "value", "told"),
    [
        (
            "masks",
            "labels",
            "saliency",
            "seeds/multi",
            "is not a variant of saliency; write one of saliency/net",
        ),
        ("masks", "refined", "initial", "segmenters/first", "is not a variant of masks"),
        ("masks", "labels", "from", "saliency/own", "is not a variant of seeds"),
    ],
)
def test_variants_of_the_wrong_stage_are_refused(i2crc, stage, name, key, value, told):
    assert told in refusal(i2crc, stage, name, **{key: value})


def test_saliency_is_shown_beside_what_is_made_from_it(i2crc, monkeypatch):
    monkeypatch.chdir(i2crc.folder)
    shown = ["saliency/net", "seeds/bytes", "masks/labels", "masks/refined"]
    picture = compare_variants(i2crc.results, shown, count=2)
    one = compare_variants(i2crc.results, shown[:1], count=2)
    assert picture.width > one.width


def test_exported_saliency_can_be_brought_back(i2crc, tmp_path):
    export_saliency(i2crc.results, "saliency/net", tmp_path / "out")
    for row in rows(i2crc):
        levels = np.asarray(Image.open(tmp_path / "out" / f"{row.id}.png"))
        np.testing.assert_array_equal(levels, np.rint(255 * read(i2crc, "saliency/net").read(row.id)["map"]))
    with pytest.raises(SeedmaskError, match="saliency/net holds no masks; export its maps"):
        export_masks(i2crc.results, "saliency/net", tmp_path / "other")


def test_a_training_beside_saliency_can_be_repeated_to_the_bit(i2crc, tmp_path):
    copy = i2crc.copy(tmp_path / "copy")
    folder = copy.results / "classifiers" / "i2crc"
    weights = copy.forget_training("classifiers/i2crc")
    copy.run("results/shapes/classifiers/i2crc/manifest.json")
    assert json.loads((folder / "manifest.json").read_text())["digest"] == weights


@pytest.mark.thorough  # SFC's are run in every suite
def test_snakemake_runs_the_jobs_that_an_edited_method_changes(i2crc, unrun):
    with i2crc.changed("saliency/network/network.py", EDIT):
        assert i2crc.variants_planned() == jobs_changed(unrun, I2CRC, "saliency/network/network.py")
