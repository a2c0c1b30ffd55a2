import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from seedmask.storage.canvas import (
    CLASSES,
    CONFIDENCE,
    LONGEST_CHUNK,
    MASK,
    ArraySpec,
    Layout,
    cam_spec,
    create,
    decode,
    encode,
    read_row,
    write_rows,
)

SPECS = {"cam": cam_spec("uint8"), "half": cam_spec("float16"), "classes": CLASSES, "mask": MASK, "sure": CONFIDENCE}


@st.composite
def stores(draw):
    """A layout and arrays for some of its images."""
    height, width, slots, images = (draw(st.integers(1, 9)) for _ in range(4))
    names = draw(st.lists(st.sampled_from(sorted(SPECS)), min_size=1, max_size=3, unique=True))
    arrays = {name: SPECS[name] for name in names}
    layout = Layout(arrays, images, slots, height, width, draw(st.integers(1, images + 2)))
    rows = {}
    for row in draw(st.sets(st.integers(0, images - 1))):
        sizes = {
            "slot": draw(st.integers(0, slots)),
            "y": draw(st.integers(1, height)),
            "x": draw(st.integers(1, width)),
        }
        rows[row] = sizes, {name: draw(_array(spec, sizes)) for name, spec in arrays.items()}
    return layout, rows, draw(st.permutations(range(-(-images // layout.shard_size))))


def _array(spec: ArraySpec, sizes):
    shape = tuple(sizes[axis] for axis in spec.axes)
    if spec.dtype == "float16":
        return arrays_of.arrays(np.float16, shape, elements=st.floats(0, 1, width=16))
    return arrays_of.arrays(spec.dtype, shape)


@given(stores())
@settings(max_examples=30, deadline=None)
def test_every_image_comes_back_as_it_was_and_all_else_is_fill(store):
    layout, rows, order = store
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.zarr"
        create(path, layout)
        for shard in order:
            first = shard * layout.shard_size
            inside = range(first, first + layout.shard_size)
            write_rows(path, layout, first, {row: arrays for row, (_, arrays) in rows.items() if row in inside})
        whole = {name: zarr.open_group(path, mode="r")[name][:] for name in layout.arrays}
        for row, (sizes, arrays) in rows.items():
            found = read_row(path, layout, row, sizes)
            for name, array in arrays.items():
                assert found[name].dtype == array.dtype
                np.testing.assert_array_equal(found[name], array)
                whole[name][(row, *map(slice, array.shape))] = layout.arrays[name].fill
        for name, array in whole.items():
            assert np.all(array == layout.arrays[name].fill)


UNIT = arrays_of.arrays(np.float32, st.integers(0, 20), elements=st.floats(0, 1, width=32))


@given(UNIT)
def test_a_stored_number_is_off_by_half_a_step_at_most(maps):
    steps = decode(encode(maps, SPECS["cam"]), SPECS["cam"])
    assert np.all(np.abs(steps - maps) <= 0.5 / 255 + 1e-6)
    halves = decode(encode(maps, SPECS["half"]), SPECS["half"])
    assert np.all(np.abs(halves - maps) <= 2**-12)


def test_every_stored_level_survives_reading_and_storing_again():
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(encode(decode(levels, SPECS["cam"]), SPECS["cam"]), levels)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, -1e-3, 1.001])
@pytest.mark.parametrize("name", ["cam", "half"])
def test_numbers_that_are_no_share_are_refused(name, wrong):
    with pytest.raises(ValueError, match=r"NaN or numbers outside 0\.\.1"):
        encode(np.array([0.5, wrong]), SPECS[name])


def test_a_small_image_is_one_chunk_a_map_and_a_huge_one_is_tiled():
    small = Layout(SPECS, 4, 3, 300, 500, 2)
    assert small.shape(SPECS["cam"]) == (3, 300, 500)
    assert small.chunk(SPECS["cam"]) == (1, 300, 500)
    assert small.chunk(SPECS["classes"]) == (3,)
    huge = Layout(SPECS, 4, 3, 9000, 700, 2)
    assert huge.shape(SPECS["mask"]) == (9 * LONGEST_CHUNK, 700)
    assert huge.chunk(SPECS["mask"]) == (LONGEST_CHUNK, 700)
    assert huge.chunk(SPECS["cam"]) == (1, LONGEST_CHUNK, 700)


def test_images_beyond_one_chunk_come_back(tmp_path):
    layout = Layout({"mask": MASK}, 2, 1, LONGEST_CHUNK + 7, 3, 2)
    create(tmp_path / "data.zarr", layout)
    tall = np.arange((LONGEST_CHUNK + 7) * 3, dtype=np.uint8).reshape(-1, 3)
    write_rows(tmp_path / "data.zarr", layout, 0, {1: {"mask": tall}})
    sizes = {"slot": 0, "y": LONGEST_CHUNK + 7, "x": 3}
    np.testing.assert_array_equal(read_row(tmp_path / "data.zarr", layout, 1, sizes)["mask"], tall)


def test_a_shard_rewritten_with_nothing_but_fill_holds_fill(tmp_path):
    layout = Layout({"mask": MASK}, 1, 1, 2, 2, 1)
    create(tmp_path / "data.zarr", layout)
    for value in (0, 255):
        mask = np.full((2, 2), value, np.uint8)
        write_rows(tmp_path / "data.zarr", layout, 0, {0: {"mask": mask}})
        found = read_row(tmp_path / "data.zarr", layout, 0, {"slot": 0, "y": 2, "x": 2})
        np.testing.assert_array_equal(found["mask"], mask)


def test_what_other_tools_read_is_written_in_the_metadata(tmp_path):
    create(tmp_path / "data.zarr", Layout(SPECS, 5, 2, 6, 5, 2))
    cam, mask = (json.loads((tmp_path / "data.zarr" / name / "zarr.json").read_text()) for name in ("cam", "mask"))
    assert cam["dimension_names"] == ["image", "slot", "y", "x"]
    assert mask["dimension_names"] == ["image", "y", "x"]
    assert (cam["fill_value"], mask["fill_value"]) == (0, 255)
    assert cam["chunk_grid"]["configuration"]["chunk_shape"] == [2, 2, 6, 5]
    assert cam["attributes"] == {"scale_factor": 1 / 255}
    (sharding,) = cam["codecs"]
    assert sharding["name"] == "sharding_indexed"
    assert sharding["configuration"]["chunk_shape"] == [1, 1, 6, 5]
    assert sharding["configuration"]["codecs"][-1] == {"name": "zstd", "configuration": {"level": 3, "checksum": True}}
    assert sharding["configuration"]["index_codecs"][-1]["name"] == "crc32c"


def test_the_layout_survives_the_manifest():
    layout = Layout(SPECS, 5, 2, 6, 5, 2)
    assert Layout.from_json(json.loads(json.dumps(layout.as_json()))) == layout


@pytest.fixture
def written(tmp_path):
    """A store with one mask of ones."""
    layout = Layout({"mask": MASK}, 1, 1, 2, 2, 1)
    create(tmp_path / "data.zarr", layout)
    write_rows(tmp_path / "data.zarr", layout, 0, {0: {"mask": np.ones((2, 2), np.uint8)}})
    return tmp_path / "data.zarr", layout


def total(path, layout):
    sizes = {"slot": 0, "y": layout.height, "x": layout.width}
    return int(read_row(path, layout, 0, sizes)["mask"].sum())


def test_a_store_of_the_same_layout_is_kept(written):
    create(*written)
    assert total(*written) == 4


def test_a_store_of_another_layout_is_stale_as_a_whole(written):
    path, _ = written
    other = Layout({"mask": MASK}, 1, 1, 2, 2, 2)
    create(path, other)
    assert total(path, other) == 4 * 255


@pytest.mark.parametrize("name", ["zarr.json", "mask/zarr.json"])
@pytest.mark.parametrize("damage", ["{", "null", "gone"])
def test_damaged_metadata_is_written_again_and_no_shard_is_lost(written, name, damage):
    path, layout = written
    before, content = total(path, layout), (path / name).read_bytes()
    (path / name).unlink() if damage == "gone" else (path / name).write_text(damage)
    create(path, layout)
    assert (path / name).read_bytes() == content
    assert total(path, layout) == before


def test_a_store_that_was_not_finished_is_swept_away(tmp_path):
    (tmp_path / ".data.zarr.partial" / "mask").mkdir(parents=True)
    create(tmp_path / "data.zarr", Layout({"mask": MASK}, 1, 1, 2, 2, 1))
    assert [path.name for path in tmp_path.iterdir()] == ["data.zarr"]
