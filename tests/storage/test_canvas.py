import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from seedmask.dataset.index import Extent
from seedmask.storage.canvas import (
    CLASSES,
    CONFIDENCE,
    LONGEST_CHUNK,
    MASK,
    ArraySpec,
    Layout,
    StoreSize,
    cam_spec,
    create,
    decode,
    encode,
    read_row,
    row_shape,
    write_rows,
)

SPECS = {"cam": cam_spec("uint8"), "half": cam_spec("float16"), "classes": CLASSES, "mask": MASK, "sure": CONFIDENCE}
SMALL = Layout({"mask": MASK}, Extent(2, 2, 1), 1)
ONE = StoreSize(1, SMALL.shard)


@st.composite
def stores(draw):
    """A layout, sizes that its store grows to, and arrays for some of its images."""
    begun = Extent(*(draw(st.integers(1, 6)) for _ in range(3)))
    height, width, slots = (draw(st.integers(1, 9)) for _ in range(3))
    images = draw(st.integers(1, 9))
    names = draw(st.lists(st.sampled_from(sorted(SPECS)), min_size=1, max_size=3, unique=True))
    arrays = {name: SPECS[name] for name in names}
    layout, size = (
        Layout(arrays, begun, draw(st.integers(1, images + 2))),
        StoreSize(images, Extent(height, width, slots)),
    )
    rows = {}
    for row in draw(st.sets(st.integers(0, images - 1))):
        sizes = {
            "slot": draw(st.integers(0, slots)),
            "y": draw(st.integers(1, height)),
            "x": draw(st.integers(1, width)),
        }
        rows[row] = sizes, {name: draw(_array(spec, sizes)) for name, spec in arrays.items()}
    return layout, size, rows, draw(st.permutations(range(-(-images // layout.shard_size))))


def _array(spec: ArraySpec, sizes):
    shape = tuple(sizes[axis] for axis in spec.axes)
    if spec.dtype == "float16":
        return arrays_of.arrays(np.float16, shape, elements=st.floats(0, 1, width=16))
    return arrays_of.arrays(spec.dtype, shape)


@given(stores())
@settings(max_examples=30, deadline=None)
def test_every_image_comes_back_as_it_was_and_all_else_is_fill(store):
    layout, size, rows, order = store
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.zarr"
        create(path, layout, size)
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
    small = Layout(SPECS, Extent(300, 500, 3), 2)
    assert row_shape(SPECS["cam"], small.shard) == (3, 300, 500)
    assert small.chunk(SPECS["cam"]) == (1, 300, 500)
    assert small.chunk(SPECS["classes"]) == (3,)
    huge = Layout(SPECS, Extent(9000, 700, 3), 2)
    assert row_shape(SPECS["mask"], huge.shard) == (9 * LONGEST_CHUNK, 700)
    assert huge.chunk(SPECS["mask"]) == (LONGEST_CHUNK, 700)
    assert huge.chunk(SPECS["cam"]) == (1, LONGEST_CHUNK, 700)


def test_images_beyond_one_chunk_come_back(tmp_path):
    layout = Layout({"mask": MASK}, Extent(LONGEST_CHUNK + 7, 3, 1), 2)
    create(tmp_path / "data.zarr", layout, StoreSize(2, layout.shard))
    tall = np.arange((LONGEST_CHUNK + 7) * 3, dtype=np.uint8).reshape(-1, 3)
    write_rows(tmp_path / "data.zarr", layout, 0, {1: {"mask": tall}})
    sizes = {"slot": 0, "y": LONGEST_CHUNK + 7, "x": 3}
    np.testing.assert_array_equal(read_row(tmp_path / "data.zarr", layout, 1, sizes)["mask"], tall)


def test_a_shard_rewritten_with_nothing_but_fill_holds_fill(tmp_path):
    create(tmp_path / "data.zarr", SMALL, StoreSize(1, SMALL.shard))
    for value in (0, 255):
        mask = np.full((2, 2), value, np.uint8)
        write_rows(tmp_path / "data.zarr", SMALL, 0, {0: {"mask": mask}})
        found = read_row(tmp_path / "data.zarr", SMALL, 0, {"slot": 0, "y": 2, "x": 2})
        np.testing.assert_array_equal(found["mask"], mask)


def test_what_other_tools_read_is_written_in_the_metadata(tmp_path):
    layout = Layout(SPECS, Extent(6, 5, 2), 2)
    create(tmp_path / "data.zarr", layout, StoreSize(5, layout.shard))
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
    layout = Layout(SPECS, Extent(6, 5, 2), 2)
    assert Layout.from_json(json.loads(json.dumps(layout.as_json()))) == layout


@pytest.fixture
def written(tmp_path):
    """A store with one mask of ones."""
    create(tmp_path / "data.zarr", SMALL, ONE)
    write_rows(tmp_path / "data.zarr", SMALL, 0, {0: {"mask": np.ones((2, 2), np.uint8)}})
    return tmp_path / "data.zarr"


def total(path):
    return int(read_row(path, SMALL, 0, {"slot": 0, "y": 2, "x": 2})["mask"].sum())


def test_a_store_of_the_same_layout_is_kept(written):
    create(written, SMALL, ONE)
    assert total(written) == 4


def test_a_store_of_another_layout_is_stale_as_a_whole(written):
    create(written, Layout({"mask": MASK}, SMALL.shard, 2), ONE)
    assert total(written) == 4 * 255


def test_a_store_grows_with_its_set_and_keeps_what_is_there(written):
    create(written, SMALL, StoreSize(3, Extent(5, 4, 1)))
    large = np.arange(20, dtype=np.uint8).reshape(5, 4)
    write_rows(written, SMALL, 2, {2: {"mask": large}})
    found = zarr.open_group(written, mode="r")["mask"][:]
    assert found.shape == (3, 5, 4)
    np.testing.assert_array_equal(found[2], large)
    assert (found[0, :2, :2] == 1).all()
    assert found[0].sum() == 4 + 16 * 255
    assert total(written) == 4


def test_a_store_that_shrinks_loses_the_shards_behind_its_end(written):
    create(written, SMALL, StoreSize(3, SMALL.shard))
    for row in (1, 2):
        write_rows(written, SMALL, row, {row: {"mask": np.ones((2, 2), np.uint8)}})
    create(written, SMALL, StoreSize(2, SMALL.shard))
    assert sorted(path.name for path in (written / "mask" / "c").iterdir()) == ["0", "1"]
    assert zarr.open_group(written, mode="r")["mask"][:].sum() == 8


@pytest.mark.parametrize("name", ["zarr.json", "mask/zarr.json"])
@pytest.mark.parametrize("damage", ["{", "null", "gone"])
def test_damaged_metadata_is_written_again_and_no_shard_is_lost(written, name, damage):
    before, content = total(written), (written / name).read_bytes()
    (written / name).unlink() if damage == "gone" else (written / name).write_text(damage)
    create(written, SMALL, ONE)
    assert (written / name).read_bytes() == content
    assert total(written) == before


def test_a_store_that_was_not_finished_is_swept_away(tmp_path):
    (tmp_path / ".data.zarr.partial" / "mask").mkdir(parents=True)
    create(tmp_path / "data.zarr", SMALL, ONE)
    assert [path.name for path in tmp_path.iterdir()] == ["data.zarr"]
