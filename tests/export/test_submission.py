"""Archives for the servers of benchmarks, read as these read them, and what is refused before a server does."""

import fnmatch
import io
import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import storage_kit
from PIL import Image
from pycocotools import mask as coco_mask
from typer.testing import CliRunner

from seedmask.cli import app
from seedmask.cli.submit import Server
from seedmask.config.dataset import FolderDataset
from seedmask.dataset.images import palette
from seedmask.errors import SeedmaskError
from seedmask.export.submission import BENCHMARKS, write_submission
from seedmask.export.submission.coco import IDS, image_id
from seedmask.export.submission.origins import outside_data
from seedmask.job import manifest_path
from seedmask.storage.canvas import MASK, Layout, StoreSize
from seedmask.storage.manifest import Manifest
from seedmask.storage.shard import ShardTask, write_shard
from seedmask.testing.indexing import build, write_index

SIZES = {0: (24, 31), 1: (30, 17)}
NAMES = {
    "voc-comp6": ("2008_000006.jpg", "2008_000011.jpg"),
    "voc-comp5": ("2008_000006.jpg", "2008_000011.jpg"),
    "cityscapes": ("berlin/berlin_000000_000019_leftImg8bit.png", "bonn/bonn_000001_000019_leftImg8bit.png"),
    "ade20k": ("ADE_test_00000001.jpg", "ADE_test_00003489.jpg"),
    "coco": ("COCO_val2014_000000000042.jpg", "000000000139.jpg"),
}
VARIANT = "predictions/crf"


def classes_of(to):
    return [name.split(" | ")[0] for name in BENCHMARKS[to].classes]


def mask_of(to, number):
    """Each class somewhere, and background where the benchmark has one."""
    count = len(BENCHMARKS[to].classes)
    height, width = SIZES[number]
    mask = np.resize(np.arange(1, count + 1, dtype=np.uint8), (height, width))
    if BENCHMARKS[to].background:
        mask[:3] = 0
    return mask


def make(to, masks=None, *, names=None, classes=None, split="test", covered=("test",)):
    """Results in the working directory, with a variant of two pictures of split `test`, and one of `train`."""
    names = dict(enumerate(names or NAMES[to]))
    tables, pictures = Path("tables"), Path("pictures")
    tables.mkdir()
    for name, (height, width) in zip((*names.values(), "seen.png"), (*SIZES.values(), (8, 8)), strict=True):
        path = pictures / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (width, height)).save(path)
    classes = classes or classes_of(to)
    (tables / "classes.txt").write_text("".join(f"{name}\n" for name in classes))
    splits = [*((name, split) for name in names.values()), ("seen.png", "train")]
    (tables / "splits.csv").write_text("image,split\n" + "".join(f"{name},{of}\n" for name, of in splits))
    index = build(FolderDataset(name="set", root="tables", pictures="../pictures"))
    results = Path("results/set")
    write_index(results, index.classes, index.rows, 3, "tables")
    by_name = {name: mask_of(to, number) for number, name in names.items()} | {"seen.png": np.ones((8, 8), np.uint8)}
    by_name |= masks or {}
    job = storage_kit.job(results, 0, 3, stage="predictions", variant="crf", splits=covered)
    store = Layout({"mask": MASK}, index.extent, 3), StoreSize.of(index)
    tasks = [ShardTask(number, row, {}) for number, row in enumerate(index.rows) if row.split in covered]
    write_shard(job, *store, tasks, lambda task: {"mask": by_name[task.image.name]})
    return results


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def left(folder=Path()):
    """Names of archives and their temporary files."""
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_the_command_names_every_benchmark():
    assert [member.value for member in Server] == list(BENCHMARKS)


@pytest.mark.parametrize("competition", ["comp6", "comp5"])
def test_voc_wants_palette_pictures_in_a_tar_file(here, competition):
    done = write_submission(make(f"voc-{competition}"), VARIANT, f"voc-{competition}")
    assert done.path == Path(f"set-predictions-crf-voc-{competition}.tgz")
    with tarfile.open(done.path) as archive:
        files = {entry.name: data.read() for entry in archive if (data := archive.extractfile(entry))}
    folder = f"results/VOC2012/Segmentation/{competition}_test_cls"
    assert list(files) == [f"{folder}/2008_000006.png", f"{folder}/2008_000011.png"]
    for number, data in enumerate(files.values()):
        picture = Image.open(io.BytesIO(data))
        assert picture.mode == "P"
        assert picture.getpalette() == palette().ravel().tolist()
        assert np.array_equal(np.asarray(picture), mask_of("voc-comp6", number))
    assert "note: the test set of PASCAL VOC 2012 (" + competition + ") has 1,456 pictures" in done.notes


def test_cityscapes_wants_one_picture_of_label_ids_for_each_frame(here):
    done = write_submission(make("cityscapes"), VARIANT, "cityscapes")
    ids = np.array([0, 7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33])
    with zipfile.ZipFile(done.path) as archive:
        for number, frame in enumerate(("berlin_000000_000019", "bonn_000001_000019")):
            (file,) = fnmatch.filter(archive.namelist(), f"{frame}*.png")
            picture = Image.open(io.BytesIO(archive.read(file)))
            assert picture.mode == "L"
            assert np.array_equal(np.asarray(picture), ids[mask_of("cityscapes", number)])


def test_ade20k_wants_the_numbers_of_its_list(here):
    classes = classes_of("ade20k")
    assert (len(classes), len(set(classes))) == (150, 150)
    classes[1], classes[89] = "building, edifice", "television receiver"  # as the release and others have them
    done = write_submission(make("ade20k", classes=classes), VARIANT, "ade20k")
    with zipfile.ZipFile(done.path) as archive:
        assert archive.namelist() == ["ADE_test_00000001.png", "ADE_test_00003489.png"]
        for number, file in enumerate(archive.namelist()):
            assert np.array_equal(np.asarray(Image.open(io.BytesIO(archive.read(file)))), mask_of("ade20k", number))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools against numpy 2
def test_coco_wants_a_mask_of_each_class_with_its_true_id(here):
    done = write_submission(make("coco"), VARIANT, "coco")
    assert done.path == Path("detections_test-dev2017_predictions-crf_results.zip")
    with zipfile.ZipFile(done.path) as archive:
        results = json.loads(archive.read("detections_test-dev2017_predictions-crf_results.json"))
    assert {result["image_id"] for result in results} == {42, 139}
    for number, image in enumerate((42, 139)):
        read = np.zeros_like(mask_of("coco", number))
        for result in (result for result in results if result["image_id"] == image):
            read[coco_mask.decode(result["segmentation"]) > 0] = IDS.index(result["category_id"]) + 1
        assert np.array_equal(read, mask_of("coco", number))


def test_coco_s_ids_have_gaps():
    ids = dict(zip(classes_of("coco"), IDS, strict=True))
    known = {"person": 1, "fire hydrant": 11, "stop sign": 13, "umbrella": 28, "handbag": 31, "dining table": 67}
    assert known | {"toilet": 70, "tv": 72, "refrigerator": 82, "book": 84, "toothbrush": 90} == {
        name: ids[name] for name in (*known, "toilet", "tv", "refrigerator", "book", "toothbrush")
    }
    assert image_id("COCO_test2014_000000000042") == image_id("000000000042") == 42


def test_a_coco_picture_without_objects_has_no_entry(here):
    blank = {name: np.zeros(SIZES[number], np.uint8) for number, name in enumerate(NAMES["coco"])}
    done = write_submission(make("coco", blank), VARIANT, "coco", Path("a.zip"))
    assert json.loads(zipfile.ZipFile(done.path).read("a.json")) == []


@pytest.mark.parametrize("to", ["voc-comp6", "cityscapes", "coco"])
def test_equal_masks_give_equal_bytes(here, to):
    results = make(to)
    first = write_submission(results, VARIANT, to).path.read_bytes()
    assert write_submission(results, VARIANT, to, force=True).path.read_bytes() == first


@pytest.mark.parametrize(
    ("to", "label", "message"),
    [
        ("voc-comp6", 255, "2008_000011.jpg: pixels with label 255, ignored"),
        ("voc-comp6", 21, "2008_000011.jpg: pixels with label 21, beyond the classes"),
        ("cityscapes", 0, "bonn_000001_000019_leftImg8bit.png: pixels with label 0, background"),
        ("ade20k", 0, "ADE_test_00003489.jpg: pixels with label 0, background"),
        ("ade20k", 255, "ADE_test_00003489.jpg: pixels with label 255, ignored"),
        ("coco", 255, "000000000139.jpg: pixels with label 255, ignored"),
    ],
)
def test_labels_that_a_server_does_not_know_are_named_and_nothing_is_left(here, to, label, message):
    mask = mask_of(to, 1)
    mask[5, 5] = label
    results = make(to, {NAMES[to][1]: mask})
    with pytest.raises(SeedmaskError, match=message.replace(".", r"\.")):
        write_submission(results, VARIANT, to)
    assert left() == []


def test_a_mask_of_another_size_than_its_picture_is_refused(here):
    results = make("voc-comp6")
    Image.new("RGB", (40, 24)).save("pictures/2008_000006.jpg")
    with pytest.raises(SeedmaskError, match=r"cls/2008_000006\.png: 31 x 24 pixels, and the picture has 40 x 24"):
        write_submission(results, VARIANT, "voc-comp6")
    assert left() == []


def test_other_classes_or_another_order_are_refused(here):
    classes = classes_of("voc-comp6")
    classes[1], classes[2] = classes[2], classes[1]
    results = make("voc-comp6", classes=classes)
    with pytest.raises(SeedmaskError, match=r'class 2 of the data set is "bird", and that of PASCAL VOC.*"bicycle"'):
        write_submission(results, VARIANT, "voc-comp6")
    with pytest.raises(SeedmaskError, match="the data set has 20 classes, and Cityscapes has 19"):
        write_submission(results, VARIANT, "cityscapes")


def test_missing_pictures_are_named(here):
    results = make("voc-comp6", covered=("train",))
    with pytest.raises(SeedmaskError, match=r"lacks 2 of the 2 pictures of split test, like 2008_000006.jpg"):
        write_submission(results, VARIANT, "voc-comp6")


def test_a_split_that_is_not_test_is_chosen_and_noted(here):
    results = make("voc-comp6", split="val", covered=("val",))
    with pytest.raises(SeedmaskError, match=r"has no split test; it has train, val"):
        write_submission(results, VARIANT, "voc-comp6")
    done = write_submission(results, VARIANT, "voc-comp6", split="val")
    assert "note: split val is not test, which servers score" in done.notes


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("2008_000006.jpg", "cow.jpg"), r"cow\.jpg: is no name of a picture of PASCAL VOC 2012"),
        (("a/2008_000006.jpg", "b/2008_000006.jpg"), "a/2008_000006.jpg and b/2008_000006.jpg"),
    ],
)
def test_names_that_the_server_does_not_know_or_that_are_equal_are_refused(here, names, message):
    with pytest.raises(SeedmaskError, match=message):
        write_submission(
            make("voc-comp6", names=names, masks={names[n]: mask_of("voc-comp6", n) for n in (0, 1)}),
            VARIANT,
            "voc-comp6",
        )


def test_nothing_is_overwritten_unless_it_is_forced_and_the_old_file_outlives_an_error(here):
    results, out = make("coco"), Path("mine.zip")
    out.write_text("mine")
    with pytest.raises(SeedmaskError, match=r"mine\.zip is there already"):
        write_submission(results, VARIANT, "coco", out)
    Image.new("RGB", (1, 1)).save("pictures/000000000139.jpg")
    with pytest.raises(SeedmaskError, match="image_id 139 has a mask of 17 x 30 pixels, and the picture has 1 x 1"):
        write_submission(results, VARIANT, "coco", out, force=True)
    assert out.read_text() == "mine"
    assert left() == ["mine.zip"]


def test_an_archive_of_another_kind_is_refused(here):
    with pytest.raises(SeedmaskError, match=r"out.zip: PASCAL VOC 2012 \(comp6\) takes .tgz or .tar.gz files"):
        write_submission(make("voc-comp6"), VARIANT, "voc-comp6", Path("out.zip"))


def changed(to, change, folder):
    """Write the archive of a benchmark, change its files, and check it."""
    form, sizes = BENCHMARKS[to].form, {Path(name).stem: SIZES[n] for n, name in enumerate(NAMES[to])}
    with (folder / "x.zip").open("w+b") as stream:
        form.write(stream, "x", ((Path(name).stem, mask_of(to, n)) for n, name in enumerate(NAMES[to])))
        with zipfile.ZipFile(stream) as archive:
            files = {entry: archive.read(entry) for entry in archive.namelist()}
        change(files)
        stream.truncate(0)
        with zipfile.ZipFile(stream, "w") as archive:
            for file, data in files.items():
                archive.writestr(file, data)
        form.check(stream, "x", sizes)


def png(values, mode="L"):
    data = io.BytesIO()
    Image.fromarray(values).convert(mode).save(data, "PNG")
    return data.getvalue()


FIRST = "ADE_test_00000001.png"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({FIRST: None}, f"{FIRST} and 0 more pictures are not in the archive"),
        ({"extra.png": b""}, "extra.png: is in the archive and not in the split"),
        ({FIRST: png(np.full((24, 31), 151, np.uint8))}, f"{FIRST}: pixels of value 151"),
        ({FIRST: png(np.zeros((24, 31), np.uint8))}, f"{FIRST}: pixels of value 0"),
        ({FIRST: png(np.ones((31, 24), np.uint8))}, f"{FIRST}: 24 x 31 pixels, and the picture has 31 x 24"),
        ({FIRST: png(np.ones((24, 31), np.uint8), "RGB")}, f"{FIRST}: PNG of mode RGB, expected L"),
        ({FIRST: b"\x89PNG"}, "the archive cannot be read back"),
    ],
)
def test_the_check_finds_what_a_server_of_pictures_would_refuse(tmp_path, files, message):
    def change(held):
        held |= {name: data for name, data in files.items() if data is not None}
        for name in (name for name, data in files.items() if data is None):
            del held[name]

    with pytest.raises(SeedmaskError, match=message):
        changed("ade20k", change, tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'"image_id": 42', b'"image_id": 41', "x.json line 2: image_id 41 is not of the split"),
        (b'"category_id": 1,', b'"category_id": 12,', "image_id 42 has category_id 12, which COCO does not have"),
        (b', "score": 1.0', b"", "is not an object with category_id, image_id, score, segmentation"),
        (b'{"image_id"', b'{image_id"', "the archive cannot be read back"),
        (b"[24, 31]", b"[31, 24]", "image_id 42 has a mask of 24 x 31 pixels, and the picture has 31 x 24"),
    ],
)
def test_the_check_finds_what_coco_s_server_would_refuse(tmp_path, old, new, message):
    def change(files):
        files["x.json"] = files["x.json"].replace(old, new, 1)

    with pytest.raises(SeedmaskError, match=message):
        changed("coco", change, tmp_path)


def test_comp5_refuses_what_did_not_learn_from_voc_alone(here):
    results = make("voc-comp5")
    path = manifest_path(results, "predictions", "crf", "0000")
    made = Manifest.read(path)
    made.model_copy(update={"made_elsewhere": ("seeds/x: uses a foundation model",)}).write(path)
    with pytest.raises(SeedmaskError, match=r"own data alone; made elsewhere: seeds/x: .*--to voc-comp6"):
        write_submission(results, VARIANT, "voc-comp5")
    assert "made elsewhere: seeds/x: uses a foundation model" in write_submission(results, VARIANT, "voc-comp6").notes
    made.model_copy(update={"pixel_labels": ("learns from truth",)}).write(path)
    assert "uses pixel labels: learns from truth" in write_submission(results, VARIANT, "voc-comp5").notes


def test_first_weights_and_networks_from_elsewhere_are_found_along_the_way(here):
    def write(reference, inputs=(), *, weights="none", shard=None, **facts):
        stage, variant = reference.split("/")
        settings = {"encoder": "resnet50", "weights": weights} if facts else {}
        Manifest(
            stage=stage, variant=variant, recipe="r", fingerprint="f", digest="d", settings=settings, facts=facts,
            inputs=dict.fromkeys(inputs, "d"),
        ).write(manifest_path(Path("results"), stage, variant, shard))  # fmt: skip

    write("classifiers/cam", weights="hub", first_weights="hub:resnet50.tv_in1k")
    write("segmenters/plain", ["pictures", "masks/crf"], weights="none", first_weights="none:resnet50")
    write("saliency/u2", shard="0000")
    write("seeds/cam", ["classifiers/cam"], shard="0000")
    write("masks/crf", ["seeds/cam", "saliency/u2", "classifiers/cam"], shard="0000")
    write("predictions/crf", ["segmenters/plain"], shard="0000")
    assert outside_data(Path("results"), "predictions/crf") == [
        "classifiers/cam starts from hub weights of resnet50",
        "saliency/u2 was made by a network from elsewhere",
    ]


def test_the_command_says_what_was_written(here):
    make("cityscapes")
    run = CliRunner().invoke(app, ["submit", "results/set", VARIANT, "--to", "cityscapes", "--out", "sub/city.zip"])
    assert run.exit_code == 0, run.output
    assert run.output.splitlines() == [
        "sub/city.zip: 2 pictures, checked",
        "note: the test set of Cityscapes has 1,525 pictures",
    ]
    again = CliRunner().invoke(app, ["submit", "results/set", VARIANT, "--to", "cityscapes", "--out", "sub/city.zip"])
    assert (again.exit_code, again.stdout) == (1, "")
