import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
import storage_kit as kit
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from storage_kit import ROWS

from seedmask.errors import SeedmaskError
from seedmask.storage.reader import arrays_digest
from seedmask.storage.records import read_record, write_record

SHARDS = range(-(-len(ROWS) // 2))


@pytest.fixture
def results(tmp_path):
    """Two of three shards."""
    kit.write(tmp_path, 0)
    kit.write(tmp_path, 1)
    return tmp_path


def test_scaled_maps_are_read_as_shares_and_labels_as_stored(results):
    read = kit.stored(results, 0, 1).read("p3")
    assert read["cam"].dtype == np.float32
    assert read["cam"].shape == (2, 2, 2)
    np.testing.assert_array_equal(read["cam"], kit.arrays(ROWS[3])["cam"].astype(np.float32) * np.float32(1 / 255))
    assert read["classes"].dtype == np.int16
    assert read["classes"].tolist() == [0, 2]


def test_images_come_in_the_order_of_the_index_with_digests_of_their_arrays(results):
    reader = kit.stored(results, 0, 1)
    assert reader.ids == ("p0", "p1", "p2", "p3")
    assert "p3" in reader
    assert "p4" not in reader
    assert reader.digest("p3") == arrays_digest(kit.arrays(ROWS[3]))


def test_an_image_without_a_class_has_no_slots(results):
    assert kit.stored(results, 1).read("p2")["cam"].shape == (0, 6, 5)


def test_a_shard_without_manifest_is_refused(results):
    with pytest.raises(SeedmaskError, match=r"manifests/0002.json: is missing, .*run snakemake"):
        kit.stored(results, 0, 2)


def test_a_shard_of_another_recipe_is_refused(results):
    assert len(kit.stored(results, 0, recipe=kit.job(results).recipe).ids) == 2
    with pytest.raises(SeedmaskError, match=r"seeds/cam shard 0000 was made with other settings or code"):
        kit.stored(results, 0, recipe=kit.job(results, settings={"flip": False}).recipe)


def test_a_manifest_that_is_none_is_refused(results):
    write_record(kit.manifest(results), {"stage": 3})
    with pytest.raises(SeedmaskError, match=r"manifests/0000.json: is not a manifest"):
        kit.stored(results, 0)


def test_an_image_outside_the_shards_is_refused(results):
    with pytest.raises(SeedmaskError, match=r"seeds/cam: holds no image p4; check the splits"):
        kit.stored(results, 0, 1).read("p4")


@pytest.mark.parametrize("array", ["cam", "classes"])
@pytest.mark.parametrize("damage", ["gone", "cut", "empty", "flipped"])
def test_a_damaged_shard_is_refused_by_name_and_others_are_read(results, array, damage):
    path = kit.chunk(results, array)
    data = path.read_bytes()
    damaged = {"cut": data[:-3], "empty": b"", "flipped": bytes([data[0] ^ 1]) + data[1:]}
    path.write_bytes(damaged[damage]) if damage in damaged else path.unlink()
    remedy = r"delete .*seeds/cam/manifests/0000.json and run snakemake"
    with pytest.raises(SeedmaskError, match=rf"^seeds/cam shard 0000: image p0 (cannot be read|is not what).*{remedy}"):
        kit.stored(results, 0, 1).read("p0")
    assert kit.holds(results, 1)


def test_a_shard_of_other_images_is_refused(results):
    """As after a picture was added: the manifest names an image in whose row lies another."""
    value = read_record(kit.manifest(results))
    first, second = value["images"]
    value["images"] = [{**first, "row": second["row"]}, {**second, "row": first["row"]}]
    write_record(kit.manifest(results), value)
    with pytest.raises(SeedmaskError, match=r"seeds/cam shard 0000: image p0 is not what the manifest says"):
        kit.stored(results, 0).read("p0")


def test_a_store_of_another_layout_is_refused(results):
    kit.write(results, 0, size=3)
    with pytest.raises(SeedmaskError, match=r"seeds/cam shard 0001: image p3 (cannot be read|is not what)"):
        kit.stored(results, 1).read("p3")


@pytest.mark.parametrize(
    ("array", "other"),
    [
        (np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8)),
        (np.zeros(2, np.uint8), np.zeros(2, np.int8)),
        (np.zeros(2, np.uint8), np.zeros(1, np.uint16)),
        (np.zeros(2, np.uint8), np.array([0, 1], np.uint8)),
    ],
)
def test_the_digest_tells_shapes_types_and_numbers_apart(array, other):
    assert arrays_digest({"mask": array}) != arrays_digest({"mask": other})
    assert arrays_digest({"mask": array}) != arrays_digest({"seed": array})
    assert arrays_digest({"mask": array}) == arrays_digest({"mask": np.asfortranarray(array)})


class Killed(BaseException):
    """What a writer is stopped by."""


class Store(RuleBasedStateMachine):
    """Writers that are killed, disks that rot, settings that change; readers in between."""

    def __init__(self):
        super().__init__()
        self.results = Path(tempfile.mkdtemp())
        self.version = "a"
        self.whole: set[int] = set()
        """Shards of the present settings that were written and not touched since."""

    def teardown(self):
        shutil.rmtree(self.results)

    def compute(self, task):
        made = kit.arrays(task.image, self.version)
        if self.version == "zero":
            made["cam"] = np.zeros_like(made["cam"])
        return made

    @rule(shard=st.sampled_from(SHARDS))
    def write(self, shard):
        kit.write(self.results, shard, how=self.compute, settings={"version": self.version})
        self.whole.add(shard)

    @rule(shard=st.sampled_from(SHARDS), after=st.integers(0, 1))
    def killed_writer(self, shard, after):
        def compute(task):
            if task.row - 2 * shard == after:
                raise Killed
            return self.compute(task)

        try:
            kit.write(self.results, shard, how=compute, settings={"version": self.version})
            self.whole.add(shard)
        except Killed:
            self.whole.discard(shard)

    @rule(version=st.sampled_from(["a", "b", "zero"]))
    def change_settings(self, version):
        if version != self.version:
            self.whole.clear()
        self.version = version

    def files(self, pattern):
        folder = self.results / "seeds" / "cam"
        return sorted(path for path in folder.glob(pattern) if path.is_file())

    @precondition(lambda self: self.files("data.zarr/*/c/**/*"))
    @rule(data=st.data())
    def damage(self, data):
        path = data.draw(st.sampled_from(self.files("data.zarr/*/c/**/*")))
        content = bytearray(path.read_bytes())
        kind = data.draw(st.sampled_from(["gone", "cut", "flipped", "swapped"]))
        if kind == "gone":
            path.unlink()
        elif kind == "cut":
            path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
        elif kind == "flipped" and content:
            content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
            path.write_bytes(content)
        elif kind == "swapped":
            path.write_bytes(data.draw(st.sampled_from(self.files("data.zarr/*/c/**/*"))).read_bytes())
        self.whole.clear()

    @precondition(lambda self: self.files("[ms]*/*.json"))
    @rule(data=st.data())
    def lose_manifest(self, data):
        path = data.draw(st.sampled_from(self.files("[ms]*/*.json")))
        path.unlink()
        if path.parent.name == "manifests":
            self.whole.discard(int(path.stem))

    @rule()
    def lose_store(self):
        shutil.rmtree(self.results / "seeds" / "cam" / "data.zarr", ignore_errors=True)
        self.whole.clear()

    @invariant()
    def readers_get_exact_data_or_an_error(self):
        recipe = kit.job(self.results, settings={"version": self.version}).recipe
        for shard in SHARDS:
            for task in kit.tasks(shard):
                try:
                    read = kit.stored(self.results, shard, recipe=recipe).read(task.image.id)
                except SeedmaskError:
                    assert shard not in self.whole
                    continue
                expected = self.compute(task)
                np.testing.assert_array_equal(np.rint(read["cam"] * 255), expected["cam"])
                np.testing.assert_array_equal(read["classes"], expected["classes"])


TestStore = Store.TestCase
TestStore.settings = settings(max_examples=12, stateful_step_count=15, deadline=None)


def test_a_reader_knows_rows_layout_and_splits(results):
    reader = kit.stored(results, 1)
    assert [reader.row(image) for image in reader.ids] == [2, 3]
    assert reader.layout() == kit.layout()
    assert reader.splits() == ()
    with pytest.raises(SeedmaskError, match="no shard is finished; run snakemake"):
        kit.stored(results).layout()


def test_a_reader_tells_shards_of_different_recipes(results):
    assert kit.stored(results, 0, 1).is_of_one_recipe()
    kit.write(results, 1, settings={"flip": False})
    assert not kit.stored(results, 0, 1).is_of_one_recipe()
