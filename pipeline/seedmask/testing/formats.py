"""What every format of a data set promises; a test class inherits `FormatContract` and gives `write`."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seedmask.dataset.formats import list_images
from seedmask.dataset.formats.files import id_of
from seedmask.dataset.images import save_mask
from seedmask.errors import InputError, SeedmaskError
from seedmask.testing.indexing import build


@dataclass(frozen=True)
class FolderContent:
    """A data set, whatever its layout: pictures of 8 x 6 pixels."""

    classes: tuple[str, ...] = ("sheep", "cow")
    pictures: dict[str, tuple[str, tuple[str, ...] | None]] = field(
        default_factory=lambda: {
            "b": ("train", ("cow", "sheep")),
            "a": ("train", ("cow",)),
            "c d": ("train", ()),
            "kälber/a1": ("val", ("sheep",)),
            "z": ("val", None),
            "y": ("later", None),
        }
    )
    """Split and tags of each id; tags None: nothing says what is in the picture."""
    masks: dict[str, int] = field(default_factory=lambda: {"a": 2, "z": 255})
    """The one value of each mask."""

    def without(self, *ids):
        """The same without some pictures."""
        return replace(self, pictures={key: value for key, value in self.pictures.items() if key not in ids})


def write_picture(path: Path) -> None:
    """A small picture of any colour, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 6), "green").save(path)


def write_mask(path: Path, value: int) -> None:
    """A mask that fits `write_picture`."""
    save_mask(path, np.full((6, 8), value, np.uint8))


def messages(listing_or_error) -> str:
    """All problems of a listing or an error, as the user reads them."""
    return "\n".join(map(str, listing_or_error.problems))


class FormatContract:
    """Text files and folders to a listing, without opening a picture."""

    def write(self, root, content):
        """Write the content below `root` in the format's layout; returns its settings."""
        raise NotImplementedError

    def picture(self, root, picture_id):
        """Path of one picture."""
        raise NotImplementedError

    def test_all_that_was_written_is_listed_in_the_fixed_order(self, tmp_path):
        content = FolderContent()
        listing = list_images(self.write(tmp_path, content))
        assert listing.problems == ()
        assert listing.classes == content.classes
        assert [entry.id for entry in listing.entries] == ["a", "b", "c d", "kälber/a1", "z", "y"]
        for entry in listing.entries:
            split, tags = content.pictures[entry.id]
            numbers = None if tags is None else tuple(sorted(content.classes.index(tag) for tag in tags))
            assert (entry.split, entry.tags) == (split, numbers)
            assert entry.image == self.picture(tmp_path, entry.id)
            assert (entry.mask is not None) == (entry.id in content.masks)

    def test_the_index_of_what_was_written_is_built_without_a_problem(self, tmp_path):
        content = FolderContent()
        index = build(self.write(tmp_path, content))
        assert [row.id for row in index.truth_rows()] == ["a", "z"]
        assert {(row.width, row.height) for row in index.rows} == {(8, 6)}
        assert all((tmp_path / row.image).exists() for row in index.rows)
        assert all(id_of(row.name) == row.id and row.image.endswith(row.name) for row in index.rows)
        assert all((tmp_path / row.mask).exists() for row in index.truth_rows())

    def test_no_picture_is_opened(self, tmp_path):
        dataset = self.write(tmp_path, FolderContent())
        listed = list_images(dataset)
        for entry in listed.entries:
            entry.image.write_bytes(b"")
        assert list_images(dataset) == listed

    def test_a_missing_folder_is_refused_by_name(self, tmp_path):
        dataset = self.write(tmp_path / "set", FolderContent())
        missing = dataset.model_copy(update={"root": str(tmp_path / "sett")})
        with pytest.raises(SeedmaskError, match="sett: the data set's folder does not exist; correct `root`"):
            list_images(missing)

    def test_a_folder_without_pictures_is_a_problem(self, tmp_path):
        dataset = self.write(tmp_path, FolderContent(pictures={}, masks={}))
        with pytest.raises(InputError, match=r"no pictures") as caught:
            build(dataset)
        assert str(tmp_path) in messages(caught.value)

    def test_a_listed_picture_that_is_gone_is_a_problem(self, tmp_path):
        dataset = self.write(tmp_path, FolderContent())
        self.picture(tmp_path, "y").unlink()
        assert '"y" names no picture' in messages(list_images(dataset))

    def test_a_data_set_without_training_pictures_is_a_problem(self, tmp_path):
        dataset = self.write(tmp_path, FolderContent().without("a", "b", "c d"))
        assert "split `train`" in messages(list_images(dataset))

    def test_a_training_picture_without_tags_is_a_problem_and_another_is_not(self, tmp_path):
        content = FolderContent()
        content.pictures["b"] = ("train", None)
        listing = list_images(self.write(tmp_path, content))
        assert len(listing.problems) == 1
        assert "split `train`" in messages(listing)
        assert "another split" in messages(listing)

    def test_a_tag_that_is_no_class_is_a_problem_with_its_place_and_the_nearest_class(self, tmp_path):
        content = FolderContent()
        content.pictures["b"] = ("train", ("cow", "shep"))
        listing = list_images(self.write(tmp_path, content))
        assert len(listing.problems) == 1
        assert 'tag "shep" is not in classes.txt (nearest: "sheep"); correct the tag' in messages(listing)
        assert listing.problems[0].where.startswith(str(tmp_path))

    def test_two_pictures_with_one_id_are_a_problem_that_names_both(self, tmp_path):
        dataset = self.write(tmp_path, FolderContent())
        picture = self.picture(tmp_path, "b")
        write_picture(picture.with_suffix(".webp"))
        text = messages(list_images(dataset))
        assert str(picture) in text
        assert str(picture.with_suffix(".webp")) in text
        assert "rename one of the two" in text

    @pytest.mark.parametrize(
        ("lines", "found"),
        [
            ("cow\nsheep\ncow\n", 'line 3: class "cow" is listed before'),
            ("cow \nsheep\n", 'line 1: class "cow " has spaces around it; delete'),
            ("background\nsheep\ncow\n", 'line 1: "background" is listed as a class; leave it out'),
            ("sheep\ncow;calf\n", 'line 2: class "cow;calf" cannot be written to index.csv; rename it'),
            ("sheep\ncow\tcalf\n", "without `;`, `?` and invisible characters"),
            ("\n", "no classes, expected at least one; list their names in classes.txt"),
            ("\n".join(f"c{i}" for i in range(255)), "255 classes, expected at most 254"),
        ],
    )
    def test_a_class_list_that_cannot_number_masks_is_a_problem(self, tmp_path, lines, found):
        dataset = self.write(tmp_path, FolderContent())
        (tmp_path / "classes.txt").write_text(lines)
        text = messages(list_images(dataset))
        assert found in text
        assert f"{tmp_path / 'classes.txt'}" in text

    def test_masks_that_are_not_png_are_problems_and_stray_masks_do_no_harm(self, tmp_path):
        dataset = self.write(tmp_path, FolderContent())
        (mask,) = [entry.mask for entry in list_images(dataset).entries if entry.id == "a"]
        assert mask is not None
        write_mask(mask.with_name("nobody.png"), 1)
        assert list_images(dataset).problems == ()
        write_picture(mask.with_name("b.jpg"))
        assert "b.jpg: mask is not a PNG; save it as a PNG" in messages(list_images(dataset))
