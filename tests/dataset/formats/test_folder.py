import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.config.dataset import FolderDataset
from seedmask.dataset.formats import list_images
from seedmask.testing.formats import FormatContract, messages, write_mask, write_picture
from seedmask.testing.indexing import build


def settings(root):
    return FolderDataset(name="cows", root=str(root))


class TestFolder(FormatContract):
    def write(self, root, content):
        root.mkdir(parents=True, exist_ok=True)
        for picture_id in content.pictures:
            write_picture(self.picture(root, picture_id))
        for picture_id, value in content.masks.items():
            write_mask(root / "masks" / f"{picture_id}.png", value)
        rows = [",".join([key, *tags, ""]) for key, (_, tags) in content.pictures.items() if tags is not None]
        (root / "tags.csv").write_text("\n".join(rows))
        (root / "classes.txt").write_text("\n".join(content.classes))
        (root / "splits.csv").write_text("\n".join(f"{key},{split}" for key, (split, _) in content.pictures.items()))
        return settings(root)

    def picture(self, root, picture_id):
        return root / f"{picture_id}.png"


@pytest.fixture
def cows(tmp_path):
    """Three pictures and their tags; a test overwrites what it is about."""
    for name in ("a.jpg", "b.png", "herd/c.JPG"):
        write_picture(tmp_path / name)
    (tmp_path / "tags.csv").write_text("a,cow\nb,cow,sheep\nherd/c,\n")
    (tmp_path / "classes.txt").write_text("cow\nsheep\n")
    assert list_images(settings(tmp_path)).problems == ()
    return tmp_path


def listed(root):
    return {entry.id: entry.tags for entry in list_images(settings(root)).entries}


def test_every_picture_is_in_train_without_splits(cows):
    assert {entry.split for entry in list_images(settings(cows)).entries} == {"train"}


def test_without_a_class_list_the_tags_are_the_classes_in_alphabetical_order_with_a_note(cows):
    (cows / "classes.txt").unlink()
    listing = list_images(settings(cows))
    assert listing.classes == ("cow", "sheep")
    assert any("alphabetical order (cow, sheep)" in note for note in listing.notes)


def test_hidden_files_and_other_files_are_left_out_with_a_note_for_the_others(cows):
    write_picture(cows / ".thumbs" / "a.jpg")
    (cows / "._a.jpg").write_bytes(b"")
    (cows / "readme.md").write_text("")
    listing = list_images(settings(cows))
    assert [entry.id for entry in listing.entries] == ["a", "b", "herd/c"]
    assert listing.problems == ()
    assert [note for note in listing.notes if "1 files are no pictures and are left out (readme.md)" in note]


@pytest.mark.parametrize("name", ["herd/c.JPG", "herd/c", "c.JPG", "c", "herd\\c.JPG", "./herd/c"])
def test_a_picture_is_named_by_path_or_by_its_only_file_name(cows, name):
    (cows / "tags.csv").write_text(f"a,cow\nb,cow\n{name},sheep\n")
    assert listed(cows)["herd/c"] == (1,)


def test_names_compare_equal_however_their_accents_are_encoded(cows):
    write_picture(cows / "ka\u0308lber.png")
    (cows / "tags.csv").write_text("a,cow\nb,cow\nherd/c,\nk\u00e4lber,sheep\n", encoding="utf-8")
    assert listed(cows)["k\u00e4lber"] == (1,)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("herd/c,cow ", 'tag "cow " is not in classes.txt (nearest: "cow"); correct the tag or classes.txt'),
        ("herd/c,goose", 'tag "goose" is not in classes.txt; correct the tag or classes.txt'),
        ("herd/d,cow", '"herd/d" names no picture (nearest: "herd/c"); correct the name'),
        ("herd/c;cow", '"herd/c;cow" names no picture (nearest: "herd/c"); correct the name, restore the picture'),
        ("b,cow", 'contradicts {tags} line 2 about "b"; delete one of the two rows'),
        ('herd/c,"cow', "a quote is not closed on its line; close it"),
    ],
)
def test_a_bad_row_is_a_problem_with_its_line_and_a_remedy(cows, row, message):
    tags = cows / "tags.csv"
    tags.write_text(f"a,cow\nb,cow,sheep\n\n{row}\n")
    assert f"{tags} line 4: {message.format(tags=tags)}" in messages(list_images(settings(cows)))


def test_a_tag_with_spaces_makes_no_class_of_its_own(cows):
    (cows / "classes.txt").unlink()
    (cows / "tags.csv").write_text("a,cow\nb,cow \nherd/c,\n")
    listing = list_images(settings(cows))
    assert listing.classes == ("cow",)
    assert 'line 2: tag "cow " is not in the list of classes (nearest: "cow")' in messages(listing)


def test_a_name_that_fits_pictures_in_two_folders_is_a_problem_that_names_both(cows):
    write_picture(cows / "stable" / "c.JPG")
    (cows / "tags.csv").write_text("a,cow\nb,cow\nc.JPG,cow\n")
    text = messages(list_images(settings(cows)))
    assert 'line 3: "c.JPG" may be any of the pictures "herd/c" and "stable/c"; write the name with its folder' in text


def test_pictures_of_the_same_name_in_two_folders_are_separated_by_their_folders(cows):
    write_picture(cows / "stable" / "c.JPG")
    (cows / "tags.csv").write_text("a,cow\nb,cow\nherd/c,cow\nstable/c.JPG,sheep\n")
    assert listed(cows) == {"a": (0,), "b": (0,), "herd/c": (0,), "stable/c": (1,)}


def test_equal_rows_are_merged_with_a_note(cows):
    (cows / "tags.csv").write_text("a,cow\nb,cow,sheep\nherd/c,\nb.png,sheep,cow\n")
    listing = list_images(settings(cows))
    assert listing.problems == ()
    assert any('line 4 says the same of "b" as' in note and "line 2" in note for note in listing.notes)


def test_a_training_picture_without_a_row_is_a_problem_that_offers_both_remedies(cows):
    (cows / "tags.csv").write_text("a,cow\nb,cow,sheep\n")
    text = messages(list_images(settings(cows)))
    assert f"{cows / 'herd' / 'c.JPG'}: picture of split `train` without a row in tags.csv" in text
    assert "add a row `herd/c,` if it shows none of the classes, or give it another split" in text


def test_a_missing_tag_table_is_one_problem(cows):
    (cows / "tags.csv").unlink()
    (cows / "classes.txt").unlink()
    assert messages(list_images(settings(cows))) == (
        f"{cows / 'tags.csv'}: the table of tags is missing; write one row `image,tag,tag…` for each picture, "
        "or classes.txt if they have labels of another kind"
    )


def test_pictures_with_labels_of_another_kind_need_no_tags(cows):
    (cows / "tags.csv").unlink()
    listing = list_images(settings(cows))
    assert not listing.problems
    assert {entry.tags for entry in listing.entries} == {None}
    assert f"{cows / 'tags.csv'} does not exist: no picture has tags" in listing.notes


def test_a_table_that_is_not_utf8_is_a_problem_with_its_line(cows):
    (cows / "tags.csv").write_bytes("a,cow\nkälber,cow\n".encode("latin-1"))
    assert f"{cows / 'tags.csv'} line 2: the text is not UTF-8; save the file as UTF-8" in messages(
        list_images(settings(cows))
    )


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ("a,train\nb,train\n", 'splits.csv: picture "herd/c" is in no split; add a row `herd/c,train`'),
        ("a,train\nb,train\nc,val\nb,val\n", 'line 4: contradicts {splits} line 2 about "b"; delete one'),
        ("a,train\nb,train\nc,train\nd,val\n", "line 4: split `val` has no pictures; give it pictures"),
        ("a,val\nb,val\nc,val\n", "splits.csv: split `train` has no pictures; give it pictures"),
        ("a,train\nb,Train\nc,val\n", "line 2: expected `image,split`, found `b,Train`; name one picture"),
        ("a,train\nb\nc,val\n", "line 2: expected `image,split`, found `b`; name one picture"),
        ("image,split\na,train\nb,train\nx,val\nc,val\n", 'line 4: "x" names no picture'),
    ],
)
def test_a_bad_split_table_is_a_problem_with_its_line_and_a_remedy(cows, splits, message):
    path = cows / "splits.csv"
    path.write_text(splits)
    assert message.format(splits=path) in messages(list_images(settings(cows)))


def test_a_file_name_that_no_table_can_hold_is_a_problem(cows):
    write_picture(cows / "two\nlines.png")
    assert "the name holds control characters or is not UTF-8; rename the file" in messages(list_images(settings(cows)))


def test_links_to_folders_are_followed_but_not_round_in_circles(cows):
    (cows / "herd" / "up").symlink_to(cows)
    (cows / "again").symlink_to(cows / "herd")
    (cows / "tags.csv").write_text("a,cow\nb,cow\nherd/c,cow\nagain/c,cow\n")
    assert sorted(listed(cows)) == ["a", "again/c", "b", "herd/c"]


def test_a_dangling_link_is_listed_so_that_the_index_can_name_it(cows):
    (cows / "a.jpg").unlink()
    (cows / "a.jpg").symlink_to(cows / "nowhere.jpg")
    assert "a" in listed(cows)


ROWS = [["a", "cow"], ["b.png", "cow", "fat, old sheep"], ["herd/c", ""], ['q"q', "fat, old sheep"]]


def plain(row):
    """One row as a program writes it, quoted where it must be."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(row)
    return buffer.getvalue()


def quoted(row):
    """One row as a spreadsheet writes it."""
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in row)


@given(
    st.permutations(ROWS),
    st.lists(st.sampled_from([plain, quoted, lambda row: plain(row) + ",,"]), min_size=4, max_size=4),
    st.lists(st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\r\n , ,\r\n", "\n  \n"]), min_size=4, max_size=4),
    st.sampled_from(["", "image,tags\n", '"Image","tag"\r\n']),
    st.sampled_from(["", "\ufeff"]),
    st.lists(st.integers(0, 3), max_size=2),
)
def test_a_tag_table_reads_the_same_however_it_was_saved(shared_cows, rows, styles, ends, header, bom, doubled):
    lines = [style(row) + end for row, style, end in zip(rows, styles, ends, strict=True)]
    text = bom + header + "".join(lines + [lines[i] for i in doubled])
    (shared_cows / "tags.csv").write_bytes(text.encode())
    listing = list_images(settings(shared_cows))
    assert listing.problems == ()
    assert {entry.id: entry.tags for entry in listing.entries} == {"a": (0,), "b": (0, 1), "herd/c": (), 'q"q': (1,)}
    assert sum("says the same" in note for note in listing.notes) == len(doubled)


@pytest.fixture(scope="module")
def shared_cows(tmp_path_factory):
    root = tmp_path_factory.mktemp("cows")
    for name in ("a.jpg", "b.png", "herd/c.jpg", 'q"q.png'):
        write_picture(root / name)
    (root / "classes.txt").write_text("cow\nfat, old sheep\n")
    return root


class TestPicturesElsewhere(FormatContract):
    """Tables in one folder, pictures in a folder of it, their masks among them."""

    def write(self, root, content):
        TestFolder().write(root / "pictures", content)
        for name in ("tags.csv", "classes.txt", "splits.csv"):
            (root / "pictures" / name).rename(root / name)
        if content.masks:
            (root / "pictures" / "masks").rename(root / "pictures" / "truth")
        return FolderDataset(name="cows", root=str(root), pictures="pictures", masks="pictures/truth")

    def picture(self, root, picture_id):
        return root / "pictures" / f"{picture_id}.png"


@pytest.fixture
def apart(tmp_path):
    """Three pictures and a mask in one folder, their tables in another."""
    cows = tmp_path / "cows"
    for name in ("a.jpg", "b.png", "herd/c.JPG"):
        write_picture(cows / name)
    write_mask(cows / "herd" / "truth" / "a.png", 1)
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "tags.csv").write_text("a,cow\nb,cow,sheep\nherd/c,\n")
    (tables / "classes.txt").write_text("cow\nsheep\n")
    return FolderDataset(name="cows", root=str(tables), pictures="../cows", masks="../cows/herd/truth")


def test_pictures_and_masks_may_lie_beside_the_tables(apart):
    listing = list_images(apart)
    assert listing.problems == ()
    assert {entry.id: entry.tags for entry in listing.entries} == {"a": (0,), "b": (0, 1), "herd/c": ()}
    assert [entry.id for entry in listing.entries if entry.mask] == ["a"]


def test_of_pictures_elsewhere_those_in_the_table_of_splits_are_taken(apart, tmp_path):
    (tmp_path / "cows" / "a.png").write_bytes(b"")  # the same id as a.jpg
    (tmp_path / "tables" / "tags.csv").write_text("b,cow\n")
    (tmp_path / "tables" / "splits.csv").write_text("b.png,train\nherd/c,later\n")
    listing = list_images(apart)
    assert listing.problems == ()
    assert {entry.id: entry.split for entry in listing.entries} == {"b": "train", "herd/c": "later"}
    assert any("does not name 2 of 4 pictures; they are left out" in note for note in listing.notes)


def test_of_two_pictures_with_one_id_the_table_of_splits_may_choose(apart, tmp_path):
    write_picture(tmp_path / "cows" / "a.png")
    (tmp_path / "tables" / "splits.csv").write_text("a.png,train\nb,train\nherd/c,train\n")
    listing = list_images(apart)
    assert listing.problems == ()
    assert {entry.id: entry.image.name for entry in listing.entries}["a"] == "a.png"


def test_a_missing_folder_of_pictures_is_a_problem_that_names_the_setting(apart):
    missing = apart.model_copy(update={"pictures": "../sheep"})
    assert "sheep: the folder of the pictures does not exist; correct `pictures`" in messages(list_images(missing))


def test_absolute_folders_of_pictures_are_indexed_too(apart, tmp_path):
    index = build(apart.model_copy(update={"pictures": str(tmp_path / "cows")}))
    assert all((tmp_path / "tables" / row.image).exists() for row in index.rows)
