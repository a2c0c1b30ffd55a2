import json
import shutil
import signal
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
import storage_kit as kit
import zarr
from storage_kit import ROWS

from seedmask.dataset.catalogue import Catalogue
from seedmask.errors import SeedmaskError
from seedmask.storage.canvas import MASK, read_row
from seedmask.storage.lock import only_writer
from seedmask.storage.reader import StoredVariant
from seedmask.storage.shard import Shard, open_variant
from seedmask.testing.indexing import write_index


def run_all(results, size):
    """Digest of every image after all shards of a size were made."""
    shards = range(-(-len(ROWS) // size))
    for shard in reversed(shards):
        kit.write(results, shard, size)
    manifests = [json.loads(kit.manifest(results, shard).read_text()) for shard in shards]
    return {image["id"]: image["digest"] for manifest in manifests for image in manifest["images"]}


def test_digests_depend_on_neither_size_nor_number_nor_order_of_shards(tmp_path):
    digests = [run_all(tmp_path / str(size), size) for size in (1, 2, 3, 5, 9)]
    assert sorted(digests[0]) == [row.id for row in ROWS]
    assert all(other == digests[0] for other in digests[1:])


def test_equal_runs_give_equal_manifests(tmp_path):
    for name in "ab":
        kit.write(tmp_path / name)
    assert kit.manifest(tmp_path / "a").read_bytes() == kit.manifest(tmp_path / "b").read_bytes()


def test_a_shard_that_is_there_is_kept_without_computing(tmp_path):
    kit.write(tmp_path)
    kit.write(tmp_path, how=kit.forbidden)
    assert kit.holds(tmp_path, 0)


def test_a_deleted_manifest_is_written_again_without_computing(tmp_path):
    kit.write(tmp_path)
    before = kit.manifest(tmp_path).read_bytes()
    kit.manifest(tmp_path).unlink()
    kit.write(tmp_path, how=kit.forbidden)
    assert kit.manifest(tmp_path).read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [{"inputs": {"classifier": "other"}}, {"settings": {"flip": False}}, {"basis": {"code": "b"}}],
    ids=lambda change: next(iter(change)),
)
def test_a_change_of_what_the_result_depends_on_computes_it_again(tmp_path, change):
    kit.write(tmp_path)
    kit.write(tmp_path, how=lambda task: kit.arrays(task.image, "new"), **change)
    assert kit.holds(tmp_path, 0, salt="new")


@pytest.mark.parametrize("array", ["cam", "classes"])
@pytest.mark.parametrize("damage", ["cut", "empty", "flipped", "gone"])
def test_a_damaged_shard_is_computed_again(tmp_path, array, damage):
    kit.write(tmp_path)
    path = kit.chunk(tmp_path, array)
    data = path.read_bytes()
    damaged = {"cut": data[: len(data) // 2], "empty": b"", "flipped": bytes([data[0] ^ 1]) + data[1:]}
    path.write_bytes(damaged[damage]) if damage in damaged else path.unlink()
    kit.write(tmp_path)
    assert kit.holds(tmp_path, 0)


def test_a_damaged_sealed_manifest_is_made_again(tmp_path):
    kit.write(tmp_path)
    (tmp_path / "seeds" / "cam" / "sealed" / "0000.json").write_text("{")
    kit.write(tmp_path)
    assert kit.holds(tmp_path, 0)


def test_a_failed_recomputation_leaves_no_manifest_of_the_old_result(tmp_path):
    kit.write(tmp_path)

    def broken(task):
        raise ValueError("no score is finite")

    with pytest.raises(SeedmaskError, match=r"^image p0: no score is finite$"):
        kit.write(tmp_path, how=broken, settings={"flip": False})
    assert not kit.manifest(tmp_path).exists()
    kit.write(tmp_path)
    assert kit.holds(tmp_path, 0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"cam": np.zeros((1, 3, 4), np.uint8)},
            r"image p0: method any made arrays \['cam'\], expected \['cam', 'classes'\]; mend it",
        ),
        (
            {"cam": np.zeros((1, 4, 3), np.uint8), "classes": np.zeros(1, np.int16)},
            r"image p0: method any made uint8 \(1, 4, 3\) as cam, expected uint8 \(1, 3, 4\)",
        ),
        (
            {"cam": np.zeros((1, 3, 4), np.float32), "classes": np.zeros(1, np.int16)},
            r"image p0: method any made float32 \(1, 3, 4\) as cam, expected uint8",
        ),
        (
            {"cam": np.zeros((1, 3, 4), np.uint8), "classes": np.zeros(2, np.int16)},
            r"image p0: method any made uint8 \(1, 3, 4\) as cam, expected uint8 \(2, 3, 4\)",
        ),
        (
            {"cam": np.zeros((3, 3, 4), np.uint8), "classes": np.zeros(3, np.int16)},
            r"image p0: method any made 3 slots, expected 2 at most",
        ),
        (
            {"cam": None, "classes": np.zeros(1, np.int16)},
            r"made NoneType as cam, expected an array \(slot, y, x\)",
        ),
        (
            {"cam": np.zeros((3, 4), np.uint8), "classes": np.zeros(1, np.int16)},
            r"made uint8 \(3, 4\) as cam, expected",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused_with_the_image(tmp_path, wrong, message):
    with pytest.raises(SeedmaskError, match=message):
        kit.write(tmp_path, size=1, how=lambda task: wrong)
    assert not kit.manifest(tmp_path).exists()


def test_a_second_writer_of_a_shard_waits_and_of_another_shard_does_not(tmp_path):
    second = threading.Thread(target=kit.write, args=(tmp_path, 0))
    with only_writer(tmp_path / "seeds" / "cam" / "locks" / "0000.lock", "x"):
        second.start()
        kit.write(tmp_path, 1)
        assert kit.holds(tmp_path, 1)
        assert second.is_alive()
        assert not kit.manifest(tmp_path).exists()
    second.join()
    assert kit.holds(tmp_path, 0)


KILL = """
import os, signal, sys
from pathlib import Path
import storage_kit as kit

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def second_image(task):
    return kill() if task.row % 2 else kit.compute(task)

where, results = sys.argv[1], Path(sys.argv[2])
replace = Path.replace
if where == "shard":
    Path.replace = lambda self, to: kill() if "/c/" in str(self) else replace(self, to)
if where == "sealed":
    Path.replace = lambda self, to: kill() if "sealed" in str(to) else replace(self, to)
if where == "declared":
    Path.replace = lambda self, to: kill() if "manifests" in str(to) else replace(self, to)
kit.write(results, 1, how=second_image if where == "compute" else kit.compute)
"""


@pytest.mark.parametrize("where", ["compute", "shard", "sealed", "declared"])
def test_a_writer_killed_at_any_step_costs_its_own_shard_at_most(tmp_path, where):
    kit.write(tmp_path, 0)
    killed = kit.run_python(KILL, where, tmp_path)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not kit.manifest(tmp_path, 1).exists()
    assert kit.holds(tmp_path, 0)
    kit.write(tmp_path, 1, how=kit.forbidden if where == "declared" else kit.compute)
    assert kit.holds(tmp_path, 0, 1)
    assert not [path for path in kit.partials(tmp_path) if "data.zarr" in path.parts]


FULL = """
import resource, sys
from pathlib import Path
import numpy as np, storage_kit as kit
from seedmask.dataset.index import Extent, Row
from seedmask.errors import SeedmaskError
from seedmask.storage.canvas import Layout, StoreSize
from seedmask.storage.shard import ShardTask, write_shard

results = Path(sys.argv[1])
rows = [Row(f"p{n}", f"p{n}.png", "train", 400, 300, (0,), "", None, None) for n in range(2)]
store = Layout(kit.ARRAYS, Extent(300, 400, 1), 1), StoreSize(2, Extent(300, 400, 1))
noise = np.random.default_rng(0).integers(0, 256, (1, 300, 400), np.uint8)
arrays = {"cam": noise, "classes": np.zeros(1, np.int16)}
for shard in (0, 1):
    write_shard(kit.job(results, shard, 1), *store, [ShardTask(shard, rows[shard], {})], lambda task: arrays)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
"""


def test_a_full_disk_is_reported_and_costs_nothing_that_was_finished(tmp_path):
    failed = kit.run_python(FULL, tmp_path)
    assert "SeedmaskError: cannot write below" in failed.stderr
    assert "File too large; free the disk or make it writable and run snakemake again" in failed.stderr
    assert not kit.manifest(tmp_path, 1).exists()
    assert kit.partials(tmp_path) == []
    assert kit.stored(tmp_path, 0).read("p0")["cam"].shape == (1, 300, 400)


READ_ONLY = """
import os, sys
from pathlib import Path
import storage_kit as kit
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
kit.write(Path(sys.argv[1]), 1)
"""


@pytest.fixture
def public_folder():
    """A folder that other users may look into, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        path.chmod(0o755)
    shutil.rmtree(folder)


def test_a_read_only_folder_is_reported_and_costs_nothing_that_was_finished(public_folder):
    kit.write(public_folder, 0)
    for path in [public_folder, *(path for path in public_folder.rglob("*") if path.is_dir())]:
        path.chmod(0o555)
    failed = kit.run_python(READ_ONLY, public_folder)
    assert f"SeedmaskError: cannot write below {public_folder}/seeds/cam: Permission denied" in failed.stderr
    assert not kit.manifest(public_folder, 1).exists()
    assert kit.partials(public_folder) == []
    assert kit.holds(public_folder, 0)


@pytest.fixture
def catalogue(tmp_path):
    write_index(tmp_path, kit.INDEX.classes, kit.ROWS)
    return Catalogue(tmp_path)


@pytest.fixture
def masks(tmp_path, catalogue):
    """Writes the second shard of masks made from stored seeds; how often a mask was computed."""
    kit.write(tmp_path, 1)

    def write(score=0.3, **changes):
        computed = []

        def compute(row):
            computed.append(row.id)
            return {"mask": np.zeros((row.height, row.width), np.uint8)}

        upstream = {"seeds/cam": kit.job(tmp_path, 1).recipe}
        fields = {"stage": "masks", "variant": "x", "upstream": upstream, "splits": ("train",), **changes}
        job = kit.job(tmp_path, 1, **fields)
        Shard(job).write({"mask": MASK}, compute, lambda _: {"background": score}, {"threshold": score})
        return computed

    return write


def test_a_shard_computes_its_own_pictures_of_its_splits(masks, tmp_path):
    assert masks() == ["p2", "p3"]
    manifest = json.loads((tmp_path / "masks" / "x" / "manifests" / "0001.json").read_text())
    assert (manifest["splits"], manifest["facts"]) == (["train"], {"threshold": 0.3})
    assert masks(variant="y", splits=("val",)) == []


def test_a_shard_made_from_the_same_things_is_kept_whatever_made_them(masks, tmp_path):
    masks()
    kit.write(tmp_path, 1)
    assert masks() == []


@pytest.mark.parametrize("change", ["number", "read", "truth"])
def test_a_shard_is_made_again_when_anything_that_it_depends_on_changes(masks, tmp_path, change):
    masks()
    if change == "read":
        kit.write(tmp_path, 1, how=lambda task: kit.arrays(task.image, "other"), inputs={"classifier": "v"})
    changes = {"number": {"score": 0.4}, "read": {}, "truth": {"pixel_labels": ("segmenters/x: learns from truth",)}}
    assert masks(**changes[change]) == ["p2", "p3"]


def test_a_result_says_how_pixel_labels_went_into_it(masks, tmp_path):
    masks(pixel_labels=("masks/x: threshold chosen with truth masks",))
    stored = StoredVariant(tmp_path, "masks/x", ["0001"])
    assert stored.pixel_labels() == ("masks/x: threshold chosen with truth masks",)


def test_where_a_result_comes_from_stands_in_its_manifest_and_its_store(masks, tmp_path):
    masks(provenance="a network of somebody")
    attributes = zarr.open_group(tmp_path / "masks" / "x" / "data.zarr", mode="r").attrs
    facts = StoredVariant(tmp_path, "masks/x", ["0001"]).facts()
    assert facts["provenance"] == attributes["provenance"] == "a network of somebody"


def test_a_store_has_room_for_every_picture_of_the_set(tmp_path, catalogue):
    job = kit.job(tmp_path)
    Shard(job).write(kit.ARRAYS, kit.arrays)
    cam = zarr.open_group(job.folder / "data.zarr", mode="r")["cam"]
    assert cam.shape == (len(ROWS), kit.INDEX.extent.slots, kit.INDEX.extent.height, kit.INDEX.extent.width)


def test_pictures_that_a_variant_leaves_out_hold_fill(tmp_path):
    kit.write(tmp_path, 0)
    data = read_row(tmp_path / "seeds" / "cam" / "data.zarr", kit.layout(), 4, {"slot": 2, "y": 6, "x": 5})
    assert not data["cam"].any()
    assert np.all(data["classes"] == -1)


def test_another_variants_shards_are_those_that_hold_the_rows(tmp_path):
    kit.write(tmp_path, 0)
    kit.write(tmp_path, 2)
    job = kit.job(tmp_path, upstream={"seeds/cam": kit.job(tmp_path).recipe})
    assert open_variant(job, "seeds/cam", [(0, ROWS[0]), (4, ROWS[4])]).ids == ("p0", "p1", "p4")
