import json

import pytest
from coco_kit import CATEGORIES, IDS, crowd, polygon, write_coco, write_split

from seedmask.config.dataset import CocoDataset, CocoSplit
from seedmask.dataset.formats import list_images
from seedmask.testing.indexing import build

TRAIN = "annotations/instances_train2014.json"


def dataset(root, **settings):
    return CocoDataset(name="x", root=str(root), **settings)


def listed(root, **settings):
    return list_images(dataset(root, **settings))


def problems(listing):
    return "\n".join(map(str, listing.problems))


def change(root, edit, file=TRAIN):
    """Edit the content of a JSON."""
    content = json.loads((root / file).read_text())
    edit(content)
    (root / file).write_text(json.dumps(content))


@pytest.mark.parametrize("year", ["2014", "2017"])
@pytest.mark.parametrize("above", ["", "images"])
def test_a_release_is_listed_without_settings(tmp_path, year, above):
    write_coco(tmp_path, train=3, val=2, year=year)
    if above:
        (tmp_path / above).mkdir()
        for split in ("train", "val"):
            (tmp_path / f"{split}{year}").rename(tmp_path / above / f"{split}{year}")
    listing = listed(tmp_path)
    assert not listing.problems
    assert [entry.split for entry in listing.entries] == ["train"] * 3 + ["val"] * 2
    first = "000000000009" if year == "2017" else "COCO_train2014_000000000009"
    assert listing.entries[0].id == first
    assert listing.entries[0].image == tmp_path / above / f"train{year}" / f"{first}.jpg"
    assert all(entry.mask == tmp_path / f"annotations/instances_{entry.split}{year}.json" for entry in listing.entries)


def test_ids_with_gaps_become_80_classes_in_their_order_and_crowds_are_tags(tmp_path):
    write_coco(tmp_path, train=2, val=1)
    write_split(tmp_path, "train2014", {5: [polygon(90, 5, 5, 20, 20), crowd(1, 40, 40, 20, 20)]})
    listing = listed(tmp_path)
    assert listing.classes == tuple(f"thing {number}" for number in IDS)
    assert listing.entries[0].tags == (0, 79)
    assert any("crowds count as tags; 1 tags come from crowds alone" in note for note in listing.notes)


@pytest.mark.parametrize(("empty", "count"), [("keep", 5), ("drop", 3)])
def test_pictures_without_annotations_are_dropped_on_request(tmp_path, empty, count):
    write_coco(tmp_path, train=3, empty=2)
    listing = listed(tmp_path, empty=empty)
    assert sum(entry.split == "train" for entry in listing.entries) == count
    assert any("2 pictures" in note and TRAIN in note for note in listing.notes)


def test_a_split_without_annotations_has_neither_tags_nor_masks(tmp_path):
    write_coco(tmp_path)
    (tmp_path / "val2014").rename(tmp_path / "test2014")
    train = CocoSplit(images="train2014", annotations=TRAIN)
    listing = listed(tmp_path, splits={"train": train, "test": CocoSplit(images="test2014")})
    assert {(entry.tags, entry.mask) for entry in listing.entries if entry.split == "test"} == {(None, None)}
    assert not listing.problems


def test_masks_may_be_left_out_and_recipes_change_what_is_listed(tmp_path):
    write_coco(tmp_path, train=1, val=1)
    assert {entry.mask for entry in listed(tmp_path, masks="none").entries} == {None}
    recipes = {
        listed(tmp_path, masks=recipe).entries[0].rendering for recipe in ("smallest_on_top", "recam", "coco2voc")
    }
    assert len(recipes) == 3


def test_the_order_of_keys_and_line_breaks_do_not_matter(tmp_path):
    write_coco(tmp_path, train=2)
    rows = build(dataset(tmp_path)).rows
    path = tmp_path / TRAIN
    path.write_text(json.dumps(json.loads(path.read_text()), indent=1, sort_keys=True), encoding="utf-8-sig")
    assert [row.mask_sha256 for row in build(dataset(tmp_path)).rows] == [row.mask_sha256 for row in rows]


def test_annotations_without_outline_or_area_are_counted_and_said(tmp_path):
    write_coco(tmp_path, train=8)

    def edit(content):
        for one, segmentation in zip(content["annotations"], ([], [[]], None, [[1, 2, 3, 4]]), strict=False):
            one["segmentation"] = segmentation
        del content["annotations"][4]["area"]

    change(tmp_path, edit)
    listing = listed(tmp_path)
    assert not listing.problems
    notes = "\n".join(listing.notes)
    assert "4 annotations have no outline (annotation 900, annotation 901" in notes
    assert "they count as tags, and truth masks ignore their boxes" in notes
    assert "1 annotations have no area (annotation 1004); the pixels of their outlines are counted" in notes
    build(dataset(tmp_path))


def test_pictures_that_are_missing_are_named_and_unlisted_ones_are_left_out(tmp_path):
    write_coco(tmp_path, train=3)
    folder = tmp_path / "train2014"
    (folder / "COCO_train2014_000000000010.jpg").rename(folder / "other.jpg")
    listing = listed(tmp_path)
    assert "1 pictures of split `train` are not in" in problems(listing)
    assert "COCO_train2014_000000000010.jpg; restore them" in problems(listing)
    assert any("1 pictures are not in instances_train2014.json and are left out" in note for note in listing.notes)


def test_file_names_may_be_paths_and_addresses(tmp_path):
    write_coco(tmp_path, train=3)

    def edit(content):
        before = ("train2014/", "http://images.cocodataset.org/train2014/", "C:\\coco\\train2014\\")
        for one, above in zip(content["images"], before, strict=True):
            one["file_name"] = above + one["file_name"]

    change(tmp_path, edit)
    assert not listed(tmp_path).problems
    change(tmp_path, lambda content: content["images"][0].update(file_name="../val2014/secret.jpg"))
    assert "../val2014/secret.jpg" in problems(listed(tmp_path))


def test_a_picture_in_two_splits_is_refused(tmp_path):
    write_coco(tmp_path, train=3)
    both = CocoSplit(images="train2014", annotations=TRAIN)
    listing = listed(tmp_path, splits={"train": both, "val": both})
    assert "3 pictures of split `val` are in `train` too" in problems(listing)


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        (lambda c: c["annotations"][0].update(category_id=91), "annotations of no category: annotation 900"),
        (lambda c: c["annotations"][0].update(category_id=-1), "annotation 900 (category_id -1)"),
        (lambda c: c["annotations"][0].update(image_id=10**12), "annotations of no image: annotation 900"),
        (lambda c: c["images"].append({**c["images"][0], "id": 99}), "1 pictures are listed again"),
        (lambda c: c["categories"][0].update(name="cat"), 'category 1 is "thing 1" here and "cat" in'),
        (lambda c: c["categories"][0].update(name="thing 2"), 'class "thing 2" is named before'),
        (lambda c: c.update(images=[], annotations=[]), "split `train` has no pictures"),
    ],
)
def test_contents_that_cannot_be_meant_are_problems(tmp_path, edit, found):
    write_coco(tmp_path, train=3)
    change(tmp_path, edit)
    assert found in problems(listed(tmp_path))


def test_what_is_missing_is_named_with_what_to_do(tmp_path):
    assert "holds no instances_train2014.json; restore it, or name the `splits`" in problems(listed(tmp_path))
    for year in ("2014", "2017"):
        write_coco(tmp_path, train=1, val=1, year=year)
    assert "holds the annotations of 2014 and 2017; name the `splits`" in problems(listed(tmp_path))
    (tmp_path / "annotations/instances_train2017.json").unlink()
    (tmp_path / "annotations/instances_val2014.json").unlink()
    assert "instances_val2014.json: the file is missing" in problems(listed(tmp_path))
    (tmp_path / "val2014").rename(tmp_path / "val")
    assert not listed(tmp_path).problems
    (tmp_path / TRAIN).write_text('{"images": [}')
    assert "instances_train2014.json line 1: is not JSON" in problems(listed(tmp_path))


def test_categories_are_80_of_90():
    assert len(CATEGORIES) == 80
