"""`seedmask init`, as a newcomer calls it: a folder in, a configuration that is checked out."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile
from index_kit import run_index
from PIL import Image
from typer.testing import CliRunner

from seedmask.cli import app
from seedmask.config.graph import load_file
from seedmask.dataset.formats import list_images
from seedmask.intake import configuration as settings
from seedmask.plan import Plan
from seedmask.testing.formats import write_mask, write_picture
from seedmask.testing.indexing import build


def seedmask(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pictures(*names):
    for name in names:
        write_picture(Path(name))


def listed(config="config.yaml"):
    """Tags and split of each picture, after everything that a run would check."""
    plan = Plan(load_file(Path(config)))
    plan.check()
    assert plan.listing.problems == ()
    build(plan.config.dataset)
    names = plan.listing.classes
    return {e.id: (e.split, None if e.tags is None else {names[n] for n in e.tags}) for e in plan.listing.entries}


def make_class_folders():
    pictures("set/train/cats/1.jpg", "set/train/dogs/1.jpg", "set/val/dogs/2.jpg")
    return {
        "train/cats/1": ("train", {"cats"}),
        "train/dogs/1": ("train", {"dogs"}),
        "val/dogs/2": ("val", {"dogs"}),
    }


def make_table(here):
    pictures("set/p/1.jpg", "set/p/2.jpg", "set/p/3.jpg")
    (here / "set/labels.csv").write_text('image;tags\n1.jpg;"Kühe & ""Kälber""|<b>"\n2.jpg;<b>\n')
    return {"1": ("train", {'Kühe & "Kälber"', "<b>"}), "2": ("train", {"<b>"}), "3": ("untagged", None)}


def make_coco(here):
    pictures("set/train2017/1.jpg", "set/train2017/2.jpg")
    value = {
        "images": [{"id": 1, "file_name": "1.jpg"}, {"id": 2, "file_name": "2.jpg"}],
        "annotations": [{"image_id": 1, "category_id": 7, "iscrowd": 1}],
        "categories": [{"id": 7, "name": "cow"}],
    }
    (here / "set/instances_train2017.json").write_text(json.dumps(value))
    return {"1": ("train", {"cow"}), "2": ("train", set())}


def make_pickled(here):
    pictures("set/2007_000001.jpg", "set/2007_000002.jpg")
    rows = {"2007_000001": np.eye(20, dtype=np.float32)[11], "2007_000002": np.zeros(20, np.float32)}
    np.save(here / "set/cls_labels.npy", rows, allow_pickle=True)
    return {"2007_000001": ("train", {"dog"}), "2007_000002": ("train", set())}


def make_voc(here):
    pictures("set/JPEGImages/a.jpg", "set/JPEGImages/b.jpg")
    (here / "set/Annotations").mkdir()
    for name, tag in (("a", "dog"), ("b", "cow")):
        (here / f"set/Annotations/{name}.xml").write_text(f"<a><object><name>{tag}</name></object></a>")
    (here / "set/ImageSets/Main").mkdir(parents=True)
    (here / "set/ImageSets/Main/train.txt").write_text("a\nb\n")
    return {"a": ("train", {"dog"}), "b": ("train", {"cow"})}


MAKERS = {
    "class_folders": lambda _: make_class_folders(),
    "table": make_table,
    "coco": make_coco,
    "pickled": make_pickled,
    "voc": make_voc,
}


@pytest.mark.parametrize("kind", MAKERS)
def test_labels_of_each_kind_become_a_configuration_that_is_checked(here, kind):
    expected = MAKERS[kind](here)
    before = sorted((here / "set").rglob("*"))
    result = seedmask("init", "set")
    assert result.exit_code == 0, result.output
    assert f"({kind})" in result.output
    assert listed() == expected
    assert sorted((here / "set").rglob("*")) == before
    assert seedmask("check").exit_code == 0
    text = (here / "config.yaml").read_text()
    assert "name: set " in text
    assert text.count("#") > 12


@pytest.mark.parametrize("kind", ["table", "masks"])
@pytest.mark.parametrize("devices", [(), ("0",)])
@pytest.mark.parametrize("crf", [True, False])
def test_the_configuration_fits_the_machine(here, monkeypatch, kind, devices, crf):
    monkeypatch.setattr(settings, "gpus", lambda: devices)
    found, without = settings.importlib.util.find_spec, () if crf else ("pydensecrf",)
    monkeypatch.setattr(settings.importlib.util, "find_spec", lambda name: None if name in without else found(name))
    make_table(here)
    if kind == "masks":
        (here / "set/labels.csv").unlink()
        write_mask(here / "set/masks/1.png", 1)
    result = seedmask("init", "set")
    assert result.exit_code == 0, result.output
    assert f"for {'a GPU' if devices else 'the CPU'}" in result.output
    config = load_file(here / "config.yaml")
    assert list(config.masks) == ([] if kind == "masks" else ["crf" if crf else "par"])


@pytest.mark.parametrize(("make", "head"), [(make_voc, "named"), (make_table, "drawn")])
def test_a_head_of_few_pictures_starts_from_words_that_imagenet_knows(here, make, head):
    make(here)
    assert seedmask("init", "set").exit_code == 0
    assert load_file(here / "config.yaml").classifiers["cam"].head == head


def test_what_a_format_reads_as_it_is_gets_no_tables(here):
    make_voc(here)
    assert seedmask("init", "set").exit_code == 0
    assert "format: voc" in (here / "config.yaml").read_text()
    assert not (here / "set-labels").exists()
    pictures("cows/a.jpg", "cows/b.jpg")
    (here / "cows/tags.csv").write_text("image,tag\na,cow\nb,\n")
    assert seedmask("init", "cows", "--out", "cows.yaml").exit_code == 0
    assert not (here / "cows-labels").exists()
    assert listed("cows.yaml") == {"a": ("train", {"cow"}), "b": ("train", set())}


def test_a_folder_elsewhere_is_named_as_the_user_named_it(here, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("far") / "My Cows"
    pictures(elsewhere / "a/1.jpg", elsewhere / "b/2.jpg")
    result = seedmask("init", elsewhere)
    assert result.exit_code == 0, result.output
    assert "the data set is called my_cows" in result.output
    assert listed() == {"a/1": ("train", {"a"}), "b/2": ("train", {"b"})}


def test_the_folder_may_be_the_working_directory(here):
    pictures("a/1.jpg", "b/2.jpg")
    assert seedmask("init", ".", "--name", "both").exit_code == 0
    assert listed() == {"a/1": ("train", {"a"}), "b/2": ("train", {"b"})}


def test_truth_masks_are_for_scores_where_there_are_tags(here):
    pictures("set/img/1.jpg", "set/img/2.jpg")
    write_mask(here / "set/gt/1.png", 1)
    (here / "set/tags.csv").write_text("image,tag\n1,cow\n2,sheep\n")
    output = seedmask("init", "set").output
    assert "truth masks: 1 in set/gt, for scores alone" in output
    listing = list_images(load_file(here / "config.yaml").dataset)
    assert [entry.mask is not None for entry in listing.entries] == [True, False]
    assert "from: truth" not in (here / "config.yaml").read_text()


def test_masks_alone_train_a_segmenter_and_some_are_kept_for_scores(here):
    pictures(*(f"set/images/{n}.jpg" for n in range(11)))
    for number in range(10):
        write_mask(here / f"set/gt/{number}.png", 1 + number % 2)
    result = seedmask("init", "set")
    assert result.exit_code == 0, result.output
    splits = [split for split, tags in listed().values()]
    assert [splits.count(name) for name in ("train", "val", "untagged")] == [8, 2, 1]
    config = load_file(here / "config.yaml")
    assert config.segmenters["truth"].source == "truth"
    assert not config.classifiers
    assert (here / "set-labels/classes.txt").read_text() == "class_1\nclass_2\n"


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda path: write_mask(path, 3), "hold the numbers 3, but there are 1 classes (cow)"),
        (lambda path: Image.new("RGB", (8, 6), "red").save(path), "1 of their 1 colours mean no class (255 0 0 in 1"),
        (lambda path: Image.new("L", (9, 6), 1).save(path), "has 9 x 6 pixels, its picture 8 x 6"),
    ],
)
def test_masks_that_do_not_fit_are_refused_or_left_out_on_request(here, write, said):
    pictures("set/images/1.jpg", "set/images/2.jpg")
    (here / "set/tags.csv").write_text("1,cow\n2,\n")
    (here / "set/masks").mkdir()
    write(here / "set/masks/1.png")
    result = seedmask("init", "set")
    assert result.exit_code == 1
    assert said in result.output
    assert seedmask("init", "set", "--masks", "none").exit_code == 0
    assert listed() == {"1": ("train", {"cow"}), "2": ("train", set())}


def test_pictures_that_cannot_be_used_are_left_out_and_named(here):
    make_class_folders()
    (here / "set/train/cats/torn.jpg").write_bytes(b"\xff\xd8 torn")
    pictures("set/train/cats/1.png")
    (here / "set/readme.txt").write_text("")
    output = seedmask("init", "set").output
    assert "1 pictures cannot be used and are left out; the first: set/train/cats/torn.jpg" in output
    assert "1 pictures differ from another one in their suffix alone and are left out (train/cats/1.png)" in output
    assert "1 file is not used (readme.txt): a text for people" in output
    assert len(listed()) == 3


def test_pictures_without_labels_get_a_table_to_fill_in(here):
    pictures("set/1.jpg", "set/2.jpg")
    result = seedmask("init", "set")
    assert result.exit_code == 1
    assert "labels are missing: write the tags of each picture into set-labels/tags.csv" in result.output
    table = here / "set-labels/tags.csv"
    assert table.read_text() == "image,tags\n1.jpg,\n2.jpg,\n"
    assert seedmask("check").exit_code == 1
    table.write_text("image,tags\n1.jpg,cow\n2.jpg,\n")
    assert listed() == {"1": ("train", {"cow"}), "2": ("train", set())}


def test_names_for_numbers_are_filled_in_afterwards(here):
    pictures("set/1.jpg", "set/2.jpg")
    np.save(here / "set/cls_labels.npy", {"1": np.array([1.0, 0]), "2": np.array([0, 1.0])}, allow_pickle=True)
    assert "run this again with `--classes THAT_FILE --force`" in seedmask("init", "set").output
    (here / "set-labels/classes.txt").write_text("cow\nsheep\n")
    assert seedmask("init", "set", "--classes", "set-labels/classes.txt", "--force").exit_code == 0
    assert listed() == {"1": ("train", {"cow"}), "2": ("train", {"sheep"})}
    result = seedmask("init", "set", "--classes", "voc", "--force")
    assert result.exit_code == 1
    assert "voc: 20 classes, but set/cls_labels.npy, 2 images, 2 classes has 2" in result.output


def test_labels_that_contradict_each_other_are_chosen_from(here):
    pictures("set/cats/1.jpg", "set/dogs/2.jpg")
    (here / "set/tags.csv").write_text("cats/1,dogs\ndogs/2,dogs\n")
    result = seedmask("init", "set")
    assert result.exit_code == 1
    assert "--labels table: set/tags.csv, 2 rows (cats/1.jpg: dogs)" in result.output
    assert "--labels class_folders: 2 folders in set (cats/1.jpg: cats)" in result.output
    assert not (here / "config.yaml").exists()
    assert seedmask("init", "set", "--labels", "class_folders").exit_code == 0
    assert listed()["cats/1"] == ("train", {"cats"})
    assert seedmask("init", "set", "--labels", "table", "--force").exit_code == 0
    assert listed()["cats/1"] == ("train", {"dogs"})


def test_nothing_is_overwritten_unless_forced(here):
    make_class_folders()
    (here / "config.yaml").write_text("mine")
    result = seedmask("init", "set")
    assert result.exit_code == 1
    assert "config.yaml is there already; choose another name (`--out set.yaml`" in result.output
    assert (here / "config.yaml").read_text() == "mine"
    assert not (here / "set-labels").exists()
    assert seedmask("init", "set", "--force").exit_code == 0
    assert (here / "config.yaml").read_text() != "mine"


def test_tables_of_an_earlier_call_do_not_stay(here):
    make_class_folders()
    assert seedmask("init", "set").exit_code == 0
    shutil.rmtree(here / "set")
    pictures("set/1.jpg")
    assert seedmask("init", "set", "--force").exit_code == 1
    assert not (here / "set-labels/classes.txt").exists()


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda here: (here / "set").mkdir(), "holds nothing; put pictures into it"),
        (lambda here: (here / "set").write_text(""), "set: is a file; name the folder"),
        (lambda here: None, "set: does not exist"),
        (
            lambda here: [(here / "set").mkdir(), (here / "set/1.jpg").write_bytes(b"x")],
            "none of 1 pictures can be read",
        ),
        (lambda here: pictures(*(f"set/c{n}/1.jpg" for n in range(254))), "254 classes (c0"),
    ],
)
def test_what_cannot_be_used_is_an_error_for_people(here, prepare, said):
    prepare(here)
    result = seedmask("init", "set")
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output
    assert not (here / "config.yaml").exists()


def test_classes_that_cannot_be_learned_are_pointed_out(here):
    pictures("set/1.jpg", "set/2.jpg")
    (here / "set/tags.csv").write_text("1,cow\n2,cow\n")
    output = seedmask("init", "set").output
    assert 'every training picture shows "cow": a classifier needs some without it' in output
    assert "1 classes are in fewer than 5 training pictures (cow: 2)" in output


def test_a_dry_run_reports_the_reading_and_writes_nothing(here):
    make_class_folders()
    result = seedmask("init", "set", "--dry-run")
    assert result.exit_code == 0
    assert "splits: train 2, val 1 (folders train/, val/)" in result.output
    assert [path.name for path in here.iterdir()] == ["set"]


def test_examples_show_pictures_with_their_tags(here):
    make_table(here)
    lines = seedmask("init", "set").output.splitlines()
    assert ["2.jpg", "train", "<b>", "no"] in [line.split() for line in lines]


@pytest.mark.parametrize("name", ["look.html", "look.png"])
def test_a_preview_shows_pictures_with_their_masks(here, name):
    pictures("set/img/1.jpg", "set/img/2.jpg")
    write_mask(here / "set/masks/1.png", 1)
    (here / "set/tags.csv").write_text("image,tag\n1,cow\n2,\n")
    assert seedmask("init", "set", "--preview", name).exit_code == 0
    data = (here / name).read_bytes()
    if name.endswith(".png"):
        with Image.open(here / name) as sheet:
            assert sheet.width > 400
    else:
        assert b"data:image/png;base64," in data
    assert seedmask("init", "set", "--force").exit_code == 0
    assert "there already" in seedmask("init", "set", "--preview", name, "--out", "c.yaml").output


def test_a_person_at_a_terminal_is_asked(here, monkeypatch):
    pictures(*(f"set/{n}.jpg" for n in range(4)))
    (here / "set/labels.csv").write_text("image,tags\n0,cow sheep\n1,cow dog\n2,dog\n3,sheep\n")
    result = seedmask("init", "set")
    assert result.exit_code == 1
    assert "--separator ' ': several tags: cow and sheep; cow and dog" in result.output
    monkeypatch.setattr("seedmask.cli.init._can_be_asked", lambda: True)
    result = CliRunner().invoke(app, ["init", "set"], input="1\n")
    assert result.exit_code == 0, result.output
    assert listed()["0"] == ("train", {"cow", "sheep"})


def test_a_name_whose_results_are_of_another_folder_is_not_taken_again(here):
    pictures("one/set/a/1.jpg", "one/set/b/2.jpg", "two/set/a/3.jpg", "two/set/b/4.jpg")
    assert seedmask("init", "one/set", "--out", "one.yaml").exit_code == 0
    run_index(Plan(load_file(here / "one.yaml")))
    assert seedmask("init", "one/set", "--out", "one.yaml", "--force").exit_code == 0
    assert load_file(here / "one.yaml").dataset.name == "set"
    result = seedmask("init", "two/set", "--out", "two.yaml")
    assert result.exit_code == 0, result.output
    assert load_file(here / "two.yaml").dataset.name == "set_2"
    assert "the data set is called set_2" in result.output
    result = seedmask("init", "two/set", "--out", "three.yaml", "--name", "set")
    assert result.exit_code == 1
    assert f"results/set was made from another folder, {here / 'one/set'}" in result.output


@pytest.mark.parametrize(("wanted", "kept"), [("0,4000", (0, 4000)), ("2%,98%", (2, 98))])
def test_pictures_of_many_bands_are_read_by_the_settings_that_are_named(here, wanted, kept):
    for name in ("a/1", "b/2"):
        (here / "set" / name).parent.mkdir(parents=True)
        values = np.arange(8 * 6 * 4, dtype=np.uint16).reshape(6, 8, 4)
        tifffile.imwrite(here / "set" / f"{name}.tif", values, photometric="minisblack", planarconfig="contig")
    assert "4 bands" in seedmask("init", "set").output
    result = seedmask("init", "set", "--bands", "3,2,1", "--range", wanted, "--preview", "p.png")
    assert result.exit_code == 0, result.output
    dataset = load_file(here / "config.yaml").dataset
    assert dataset.bands == (3, 2, 1)
    assert (dataset.range.percentiles if "%" in wanted else dataset.range) == kept
    assert listed() == {"a/1": ("train", {"a"}), "b/2": ("train", {"b"})}
    for wrong in (["--bands", "red"], ["--range", "5"]):
        assert "like" in seedmask("init", "set", *wrong).output
