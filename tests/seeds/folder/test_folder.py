"""Maps of another program come in, are checked, and are worth what they are."""

from pathlib import Path

import numpy as np
import pytest
import torch
from elsewhere_kit import plan_with, run, scores_of
from PIL import Image
from results_kit import CLASS_NAMES, HEIGHT, WIDTH, make_run

from seedmask.errors import InputError, SeedmaskError
from seedmask.export.images import export_cams
from seedmask.export.variants import open_variant

OWN = {"method": "folder", "path": "own", "origin": "foundation"}
PLAIN = ("cow_calf", "sheep")
"""The classes, as names of files write them."""


@pytest.fixture
def cams(tmp_path, monkeypatch):
    """Seeds of a finished run in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()
    return open_variant(make_run().results, "seeds/cam")


def write(cams, save, suffix=".npy"):
    """A file for each image in `own`."""
    for image in cams.ids:
        arrays = cams.read(image)
        path = Path("own") / f"{image}{suffix}"
        path.parent.mkdir(exist_ok=True)
        save(path, arrays["cam"], arrays["classes"].astype(int))


def read_back(**options):
    return run(plan_with(seeds={"own": OWN | options}), "seeds/own")


def refusal(**options):
    with pytest.raises(InputError) as error:
        read_back(**options)
    return str(error.value)


def digests(stored):
    return {image: stored.digest(image) for image in stored.ids}


def irn(path, cams, classes):
    """As IRN saves them, with tensors in it."""
    strided = torch.from_numpy(np.ascontiguousarray(cams[:, ::4, ::4]))
    np.save(path, {"keys": torch.from_numpy(classes), "cam": strided, "high_res": cams}, allow_pickle=True)


def pmm(path, cams, classes):
    np.save(path, dict(zip(classes.tolist(), cams, strict=True)), allow_pickle=True)


def of_all_classes(path, cams, classes):
    maps = np.zeros((len(CLASS_NAMES), HEIGHT, WIDTH), np.float32)
    maps[classes] = cams
    np.save(path, maps)


FILES = {
    "npy of the tags": (".npy", lambda path, cams, classes: np.save(path, cams)),
    "npy of all classes": (".npy", of_all_classes),
    "npy of bytes": (".npy", lambda path, cams, classes: np.save(path, np.rint(cams * 255).astype(np.uint8))),
    "npz of one array": (".npz", lambda path, cams, classes: np.savez(path, cams)),
    "npz of keys and maps": (".npz", lambda path, cams, classes: np.savez(path, keys=classes, cam=cams)),
    "npz of names": (".npz", lambda path, cams, classes: np.savez(path, **{CLASS_NAMES[classes[0]]: cams[0]})),
    "dictionary of IRN": (".npy", irn),
    "dictionary of PMM": (".npy", pmm),
}


@pytest.mark.parametrize("kind", FILES)
def test_maps_in_a_file_an_image_come_back_as_they_were(cams, kind):
    suffix, save = FILES[kind]
    write(cams, save, suffix)
    assert digests(read_back()) == digests(cams)


@pytest.mark.parametrize("place", ["{image}/{name}", "{image}_{name}", "{name}/{image}"])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_heat_maps_of_single_classes_come_back_as_they_were(cams, place, suffix):
    for image in cams.ids:
        arrays = cams.read(image)
        for number, cam in zip(arrays["classes"], arrays["cam"], strict=True):
            path = Path("own") / f"{place.format(image=image, name=PLAIN[number])}{suffix}"
            path.parent.mkdir(exist_ok=True, parents=True)
            values = cam if suffix == ".tif" else np.rint(cam * 255).astype(np.uint8)
            Image.fromarray(values).save(path)
    assert digests(read_back()) == digests(cams)


def test_exported_maps_come_back_with_equal_scores_and_are_marked(cams, tmp_path):
    export_cams(cams.folder.parents[1], "seeds/cam", tmp_path / "own")
    plan = plan_with(
        seeds={"own": OWN}, masks={"own": {"from": "seeds/own", "method": "crf", "threshold": {"mode": "fixed"}}}
    )
    assert digests(run(plan, "seeds/own")) == digests(cams)
    (own, marks), (ours, none) = scores_of(plan, "seeds/own"), scores_of(plan, "seeds/cam")
    assert own == ours
    assert (marks, none) == (["seeds/own: uses a foundation model"], [])
    masks = run(plan, "masks/own")
    assert masks.made_elsewhere() == ("seeds/own: uses a foundation model",)
    assert masks.pixel_labels() == ()


def test_what_learned_from_pixel_labels_marks_all_that_is_made_from_it(cams):
    plan = plan_with(
        seeds={"own": OWN | {"origin": "pixel_labels"}},
        masks={"own": {"from": "seeds/own", "method": "crf"}},
        segmenters={"own": {"from": "masks/own"}},
    )
    assert plan.pixel_labels("segmenters/own") == ("seeds/own: made elsewhere with pixel labels",)
    assert plan.made_elsewhere("segmenters/own") == ("seeds/own: uses pixel labels",)


def test_maps_of_another_size_are_resized_bilinearly_and_of_another_shape_refused(cams):
    write(cams, lambda path, cams, classes: np.save(path, cams[:, ::2, ::2]))
    found = read_back()
    assert all(found.read(image)["cam"].shape == (1, HEIGHT, WIDTH) for image in found.ids)
    ramp = found.read("p0")["cam"][0, 0]
    assert (np.diff(ramp) <= 0).all()
    assert ramp[1] == pytest.approx(0.75 * ramp[0] + 0.25 * ramp[2], abs=0.05)
    write(cams, lambda path, cams, classes: np.save(path, cams[:, :, ::2]))
    message = refusal()
    assert "maps in own: 6 problems" in message
    assert f"own/p0.npy: a map of 8 x 12 pixels, but image p0 has {WIDTH} x {HEIGHT}" in message


def test_images_without_maps_are_counted_and_named_at_once(cams):
    write(cams, lambda path, cams, classes: np.save(path, cams))
    Path("own/p3.npy").unlink()
    Path("own/herd/p1.npy").unlink()
    assert "own: 2 of 6 images have no map: herd/p1, p3; add them" in refusal()


ODD = {
    "below 0": (lambda path, cams, classes: np.save(path, cams - 0.5), "floats from -0.5 to 0.5, expected 0 to 1"),
    "bytes as floats": (lambda path, cams, classes: np.save(path, cams * 255), "floats from 0 to 255, expected 0 to 1"),
    "NaN": (lambda path, cams, classes: np.save(path, np.where(cams > 0, np.nan, cams)), "NaN or infinite numbers"),
    "infinite": (lambda path, cams, classes: np.save(path, np.where(cams > 0, np.inf, 0)), "NaN or infinite numbers"),
    "integers": (lambda path, cams, classes: np.save(path, (cams * 255).astype(int)), "type int64, expected floats in"),
    "three maps": (
        lambda path, cams, classes: np.save(path, np.repeat(cams, 3, axis=0)),
        "3 maps, expected 1, one fo",
    ),
    "one map": (lambda path, cams, classes: np.save(path, cams[0]), "an array (12, 16), expected a map for each class"),
    "from 1": (lambda path, cams, classes: pmm(path, cams, classes + 1), "a map of class 2, expected 0 to 1"),
    "other class": (lambda path, cams, classes: pmm(path, cams, 1 - classes), "which has no such tag"),
    "no class": (lambda path, cams, classes: np.save(path, {"a": cams}, allow_pickle=True), "'a', which is no class"),
    "no dict": (lambda path, cams, classes: np.save(path, 7, allow_pickle=True), "expected a map for each class"),
    "no array": (lambda path, cams, classes: path.write_bytes(b"no array"), "is not a NumPy file"),
    "objects": (lambda path, cams, classes: np.save(path, np.array([1, "a"], object)), "an array of several objects"),
    "unpaired": (lambda path, cams, classes: np.save(path, {"keys": classes}), "no pair of classes and maps, but keys"),
    "uneven": (lambda path, cams, classes: np.save(path, {"keys": [0, 1], "cam": cams}), "2 classes and 1 maps"),
}
"""Files that are refused, each with a part of the message."""


@pytest.mark.parametrize(
    ("save", "message"),
    ODD.values(),
    ids=ODD,
)
def test_what_cannot_be_meant_is_refused_with_the_file_named(cams, save, message):
    write(cams, save)
    found = refusal()
    assert message in found
    assert "p0" in found


def test_a_tag_without_a_map_is_named(cams):
    Path("own/p0").mkdir()
    Image.fromarray(np.full((HEIGHT, WIDTH), 9, np.uint8)).save("own/p0/sheep.png")
    message = refusal()
    assert "no map of cow & calf in image p0, which has the tag" in message
    assert "a map of sheep in image p0, which has no such tag; correct the tags, or set `other_classes" in message


def test_maps_of_other_classes_are_left_out_on_request(cams):
    write(cams, lambda path, cams, classes: np.save(path, np.repeat(cams, 2, axis=0)))
    assert "a map of sheep in image p0, which has no such tag" in refusal()
    assert digests(read_back(other_classes="ignore")) == digests(cams)


def test_classes_may_be_counted_from_one_where_that_is_said(cams):
    write(cams, lambda path, cams, classes: pmm(path, cams, classes + 1))
    assert digests(read_back(first_class=1)) == digests(cams)


def test_a_file_that_names_no_class_and_a_second_map_are_problems(cams):
    write(cams, lambda path, cams, classes: np.save(path, cams))
    for name in ("own/p0/cow_calf.png", "own/p2/cow_calf.png", "own/p2/calf.png"):
        Path(name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((HEIGHT, WIDTH), 9, np.uint8)).save(name)
    message = refusal()
    assert "own/p0/cow_calf.png: more maps of image p0, besides own/p0.npy; keep one of them" in message
    assert "own/p2/calf.png: 'calf' is no class of the data set" in message


def test_a_changed_file_is_another_input(cams):
    write(cams, lambda path, cams, classes: np.save(path, cams))
    plan = plan_with(seeds={"own": OWN})
    before, first = plan.job("seeds/own", "0000"), digests(run(plan, "seeds/own"))
    np.save("own/p0.npy", np.ones((1, HEIGHT, WIDTH), np.float16))
    plan = plan_with()
    assert plan.job("seeds/own", "0000") != before
    again = digests(run(plan, "seeds/own"))
    assert {image for image in again if again[image] != first[image]} == {"p0"}


def test_a_folder_that_is_not_there_is_named_before_anything_runs(cams):
    with pytest.raises(SeedmaskError, match="seeds/own: 'nowhere' does not exist"):
        read_back(path="nowhere")


def test_archives_are_not_unpacked_beyond_a_limit_and_objects_in_them_not_at_all(cams, monkeypatch):
    write(cams, lambda path, cams, classes: np.savez_compressed(path, cams), ".npz")
    with monkeypatch.context() as patch:
        patch.setattr("seedmask.seeds.folder.arrays.MOST_BYTES", 100)
        assert "own/p0.npz: holds 896 bytes of arrays, more than 100" in refusal()
    write(cams, lambda path, cams, classes: np.savez(path, np.array([{}], object)), ".npz")
    assert "own/p0.npz: holds no arrays that can be read" in refusal()
