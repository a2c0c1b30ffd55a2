from pathlib import Path

import numpy as np
import pytest

from seedmask.errors import SeedmaskError
from seedmask.testing.data_vectors import check, check_file

FOLDER = Path(__file__).parents[1] / "golden" / "networks" / "data"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.npz")), ids=lambda path: path.stem)
def test_views_are_those_of_the_published_loaders(path):
    found = check_file(path)
    assert found
    assert [difference for difference in found if not difference.passed] == []


def test_all_files_of_a_folder_are_compared_and_others_are_not_looked_at(tmp_path):
    for name in ("aug_photo_hue.npz", "agmm_data_colour.npz"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    (tmp_path / "pmm_segmenter.npz").write_bytes(b"no archive")
    assert list(dict.fromkeys(difference.file for difference in check(tmp_path))) == [
        "agmm_data_colour.npz",
        "aug_photo_hue.npz",
    ]


def changed(tmp_path, name, **arrays):
    """Differences of a file with some other arrays; None takes one out."""
    path = tmp_path / name
    together = {**np.load(FOLDER / name), **arrays}
    np.savez(path, **{key: array for key, array in together.items() if array is not None})
    return {difference.name: difference for difference in check_file(path) if not difference.passed}


def test_a_pixel_that_differs_fails(tmp_path):
    image = np.load(FOLDER / "agmm_data_colour.npz")["jitter1_image"].copy()
    image[3, 5, 1] ^= 4
    failed = changed(tmp_path, "agmm_data_colour.npz", jitter1_image=image)
    assert {name: difference.largest for name, difference in failed.items()} == {"jitter1_image": 4}


def test_another_order_of_changes_fails(tmp_path):
    order = np.load(FOLDER / "agmm_data_colour.npz")["jitter2_order"][::-1]
    assert list(changed(tmp_path, "agmm_data_colour.npz", jitter2_order=order)) == ["jitter2_image"]


def test_drawn_numbers_that_are_left_over_or_missing_fail(tmp_path):
    arrays = np.load(FOLDER / "aug_crop_redrawn.npz")
    names, values = arrays["draw_names"], arrays["draw_values"]
    longer = {"draw_names": np.append(names, "randint"), "draw_values": np.append(values, 3.0)}
    assert list(changed(tmp_path, "aug_crop_redrawn.npz", **longer)) == ["draw_values"]
    shorter = {"draw_names": names[:-1], "draw_values": values[:-1]}
    assert "draw_values" in changed(tmp_path, "aug_crop_redrawn.npz", **shorter)


def test_an_array_that_nothing_makes_fails(tmp_path):
    assert list(changed(tmp_path, "aug_photo_hue.npz", after_rotation=np.zeros(3))) == ["after_rotation (not compared)"]
    np.savez(tmp_path / "pmm_data_boxes.npz", boxes=np.zeros(3))
    assert [difference.name for difference in check_file(tmp_path / "pmm_data_boxes.npz")] == ["boxes (not compared)"]


def test_a_file_without_an_array_that_others_need_is_named(tmp_path):
    with pytest.raises(SeedmaskError, match=r"aug_crop_redrawn\.npz: no array crop_size; found draw_names"):
        changed(tmp_path, "aug_crop_redrawn.npz", crop_size=None)
