import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile
from index_kit import run_index
from PIL import Image

from seedmask.config.graph import load
from seedmask.dataset import reading
from seedmask.dataset.catalogue import Catalogue, class_counts
from seedmask.dataset.images import save_mask
from seedmask.dataset.index import manifest_path, rows_path, table_path
from seedmask.dataset.listing import update_listing
from seedmask.errors import InputError, SeedmaskError
from seedmask.job import Job
from seedmask.jobs import index, index_shard
from seedmask.plan import Plan
from seedmask.storage.verify import verify
from seedmask.testing.indexing import build

RESULTS = Path("results/cows")


@pytest.fixture
def cows(tmp_path, monkeypatch):
    """Two training pictures, one with a truth mask, and one picture that nothing is known of, in two shards."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "cows"
    root.mkdir()
    for name in "abc":
        Image.new("RGB", (8, 6), "green").save(root / f"{name}.png")
    (root / "tags.csv").write_text("a,cow\nb,\n")
    (root / "classes.txt").write_text("sheep\ncow\n")
    (root / "splits.csv").write_text("a,train\nb,train\nc,val\n")
    save_mask(root / "masks" / "a.png", np.array([[0, 1, 2, 255]] * 6, np.uint8).repeat(2, axis=1))
    return root


@pytest.fixture
def read(monkeypatch):
    """Names of the pictures that are read."""
    names = []
    plain = reading.inspect_image
    monkeypatch.setattr(reading, "inspect_image", lambda path, *how: names.append(path.name) or plain(path, *how))
    return names


def planned(**dataset):
    """The plan of a run that starts now."""
    values = {"dataset": {"name": "cows", "format": "folder", "root": "cows", "shard_size": 2, **dataset}}
    plan = Plan(load(values, []), update_listing)
    assert plan.listing
    return plan


def refusal(**dataset):
    with pytest.raises(InputError) as caught:
        run_index(planned(**dataset))
    return str(caught.value)


def files(*names):
    return {name: (RESULTS / "index" / name).read_bytes() for name in names}


def test_the_written_tables_are_what_people_expect_to_read(cows):
    run_index(planned())
    a, b, _ = build(planned().config.dataset).rows
    assert (RESULTS / "index" / "index.csv").read_text() == (
        "row,id,image,split,width,height,tags,sha256,mask,mask_sha256,note,training_mask,training_mask_sha256\n"
        f"0,a,a.png,train,8,6,cow,{a.sha256},masks/a.png,{a.mask_sha256},,,\n"
        f"1,b,b.png,train,8,6,,{b.sha256},,,,,\n"
        f"2,c,c.png,val,8,6,?,{b.sha256},,,,,\n"
    )
    assert (RESULTS / "index" / "classes.csv").read_text() == "mask_value,class,train,val\n1,sheep,0,0\n2,cow,1,0\n"


def test_a_job_says_what_it_changed_by_the_name_of_the_picture(cows, caplog):
    (cows.parent / "elsewhere/barn").mkdir(parents=True)
    rotation = Image.Exif()
    rotation[0x0112] = 6
    for name in ("a", "b", "c"):
        Image.new("RGB", (6, 8)).save(cows.parent / f"elsewhere/barn/{name}.jpg", exif=rotation)
    (cows / "masks/a.png").unlink()
    with caplog.at_level("INFO", "seedmask"):
        run_index(planned(pictures="../elsewhere"))
    assert "barn/a.jpg: turned upright (EXIF orientation 6)" in caplog.messages


def test_jobs_get_what_was_read_shard_by_shard(cows):
    run_index(planned())
    whole, found = build(planned().config.dataset), Catalogue(RESULTS)
    assert found.index.rows == whole.rows
    facts = ("classes", "images", "counts", "splits", "extent")
    assert [getattr(found.index, name) for name in facts] == [getattr(whole, name) for name in facts]
    assert found.index.rows_of("val") == whole.rows_of("val")
    assert class_counts(found.index.rows, 2).tolist() == [0, 1]


def test_a_shard_job_reads_its_own_part_alone(cows):
    run_index(planned())
    rows_path(RESULTS, "0000").unlink()
    assert [row.id for _, row in Catalogue(RESULTS).rows(("val",), "0001")] == ["c"]
    with pytest.raises(SeedmaskError, match=r"rows/0000\.csv: cannot be read.*delete .*tables/0000\.json and run"):
        list(Catalogue(RESULTS).rows(("train",)))


def test_damaged_rows_are_refused_and_found_by_verify(cows):
    run_index(planned())
    path = rows_path(RESULTS, "0000")
    path.write_bytes(path.read_bytes().replace(b"8,6", b"8,7", 1))
    with pytest.raises(SeedmaskError, match=r"rows/0000\.csv: is not what was written"):
        _ = Catalogue(RESULTS).index.rows
    assert [problem.where for problem in verify(RESULTS)] == [str(path)]


def test_making_it_twice_writes_equal_bytes(cows):
    names = ("set.json", "pictures.json", "truth.json", "index.csv", "classes.csv", "manifests/0000.json")
    run_index(planned())
    first = files(*names)
    shutil.rmtree(RESULTS)
    run_index(planned())
    assert files(*names) == first


def test_every_problem_of_all_shards_is_listed_at_once(cows):
    (cows / "a.png").write_bytes(b"")
    (cows / "tags.csv").write_text("a,cow\nb,coww\n")
    save_mask(cows / "masks" / "c.png", np.full((6, 8), 9, np.uint8))
    message = refusal()
    assert message.startswith("data set `cows` in cows: 3 problems\n")
    assert 'cows/tags.csv line 2: tag "coww" is not in classes.txt' in message
    assert "cows/a.png: the file is empty" in message
    assert "cows/masks/c.png: mask has values 9" in message


def test_after_problems_only_those_pictures_are_read_again(cows, read):
    (cows / "c.png").write_bytes(b"")
    refusal()
    assert table_path(RESULTS, "0000").exists()
    assert not table_path(RESULTS, "0001").exists()
    assert not manifest_path(RESULTS, "0001").exists()
    read.clear()
    shutil.copy(cows / "b.png", cows / "c.png")
    run_index(planned())
    assert read == ["c.png"]


def test_adding_a_picture_reads_it_alone_and_no_row_moves(cows, read):
    run_index(planned())
    before = {row.id: row.digest for row in Catalogue(RESULTS).index.rows}
    read.clear()
    Image.new("RGB", (9, 6)).save(cows / "aa.png")
    (cows / "tags.csv").write_text("a,cow\nb,\naa,sheep\n")
    (cows / "splits.csv").write_text("a,train\naa,train\nb,train\nc,val\n")
    run_index(planned())
    assert read == ["aa.png"]
    after = {row.id: row.digest for row in Catalogue(RESULTS).index.rows}
    assert list(after) == ["a", "b", "c", "aa"]
    assert before.items() <= after.items()


def test_what_was_found_survives_a_run_that_ended_before_its_index(cows, read):
    run_index(planned())
    Image.new("RGB", (9, 6)).save(cows / "0.png")
    (cows / "splits.csv").write_text("0,train\na,train\nb,train\nc,val\n")
    (cows / "tags.csv").write_text("0,\na,cow\nb,\n")
    plan = planned()
    index_shard.run(Job.model_validate_json(plan.index_shard_job("0001")), "cpu")
    (cows / "tags.csv").write_text("0,sheep\na,cow\nb,\n")
    read.clear()
    run_index(planned())
    assert read == []


def test_a_data_set_that_moved_is_not_read_again_and_nothing_else_changes(cows, read):
    names = ("set.json", "pictures.json", "truth.json", "manifests/0000.json")
    run_index(planned())
    before = files(*names)
    read.clear()
    cows.rename(cows.with_name("herd"))
    run_index(planned(root="herd"))
    assert read == []
    assert files(*names) == before
    assert Catalogue(RESULTS).root == Path("herd")


def test_a_changed_mask_changes_what_waits_for_truth_alone(cows):
    names = ("set.json", "pictures.json", "manifests/0000.json", "manifests/0001.json")
    run_index(planned())
    before, truth = files(*names), files("truth.json")
    save_mask(cows / "masks" / "a.png", np.ones((6, 8), np.uint8))
    run_index(planned())
    assert files(*names) == before
    assert files("truth.json") != truth


def test_pictures_that_are_known_are_held_to_new_limits(cows):
    run_index(planned())
    assert "8 x 6 pixels, but `max_side` is 7" in refusal(max_side=7)
    (cows / "classes.txt").write_text("cow\n")
    assert "a.png: mask has values 2, expected 0 to 1" in refusal()


def test_a_data_set_without_background_has_no_pixel_of_it(cows):
    before = indexed().index
    assert "a.png: mask has values 0, expected 1 to 2 and 255" in refusal(background=False)
    save_mask(cows / "masks" / "a.png", np.array([[1, 1, 2, 255]] * 6, np.uint8).repeat(2, axis=1))
    after = indexed(background=False).index
    assert after.labels.names == ("sheep", "cow")
    assert before.labels.names == ("background", "sheep", "cow")
    assert all(old.digest != new.digest for old, new in zip(before.rows, after.rows, strict=True))


def test_a_data_set_that_changes_under_a_run_is_refused(cows):
    plan = planned()
    (cows / "splits.csv").write_text("a,train\nb,train\nc,test\n")
    planned()
    for job in (plan.index_shard_job("0001"), plan.index_job()):
        with pytest.raises(SeedmaskError, match="the data set has changed since this run was planned; run snakemake"):
            (index_shard if json.loads(job)["shard"] else index).run(Job.model_validate_json(job), "cpu")


def test_shards_of_a_longer_index_are_removed(cows):
    run_index(planned())
    (cows / "c.png").unlink()
    (cows / "splits.csv").write_text("a,train\nb,train\n")
    run_index(planned())
    assert sorted(path.stem for path in (RESULTS / "index").glob("*/0*.[cj]*")) == ["0000"] * 4
    assert verify(RESULTS) == []


@pytest.fixture
def fields(tmp_path, monkeypatch):
    """Values of three pictures with four bands of 16 bits, in two shards."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cows").mkdir()
    values = np.random.default_rng(0).integers(0, 4000, (3, 6, 8, 4)).astype(np.uint16)
    for name, picture in zip("abc", values, strict=True):
        tifffile.imwrite(f"cows/{name}.tif", picture, photometric="rgb", extrasamples=["unspecified"])
    Path("cows/tags.csv").write_text("a,cow\nb,\nc,\n")
    Path("cows/classes.txt").write_text("sheep\ncow\n")
    return values


def indexed(**dataset):
    run_index(planned(**dataset))
    return Catalogue(RESULTS)


def test_bands_and_range_of_the_data_set_decide_the_pixels_of_every_job(fields):
    message = refusal()
    assert message.count("4 bands of uint16, of which the file names 3 as colours") == 3
    assert "set `bands: [3, 2, 1]`" in message
    found = indexed(bands=[3, 2, 1], range=[0, 4000])
    expected = np.rint(fields[..., [2, 1, 0]] / 4000 * 255)
    for row, pixels in zip(found.index.rows, expected, strict=True):
        np.testing.assert_array_equal(found.image(row), pixels)
    assert str(found.reading) == "pictures of 4 bands of uint16: bands 3, 2, 1, 0 to 4000 become 0 to 255"


def test_other_bands_or_another_range_change_every_digest(fields):
    settings = ({"bands": [3, 2, 1]}, {"bands": [4]}, {"bands": [3, 2, 1], "range": {"percentiles": [2, 98]}})
    digests = [row.digest for own in settings for row in indexed(**{"range": [0, 4000], **own}).index.rows]
    assert len(set(digests)) == len(digests)


def test_percentiles_are_found_over_all_shards_and_do_not_depend_on_them(fields):
    settings = {"bands": [3, 2, 1], "range": {"percentiles": [2, 98]}}
    small = indexed(**settings)
    low, high = np.percentile(fields[..., :3], [2, 98], method="inverted_cdf")
    low, high = float(low), float(high)
    assert small.reading.limits == (low, high)
    expected = np.rint(np.clip((fields[1][..., [2, 1, 0]] - low) / (high - low), 0, 1) * 255)
    np.testing.assert_array_equal(small.image(small.index.rows[1]), expected)
    rows = small.index.rows
    shutil.rmtree(RESULTS)
    assert indexed(**settings, shard_size=9).index.rows == rows


def test_a_new_picture_changes_the_percentiles_of_all(fields):
    settings = {"bands": [1], "range": {"percentiles": [0, 100]}}
    before = indexed(**settings)
    rows = before.index.rows
    tifffile.imwrite("cows/d.tif", np.full((6, 8, 4), 9000, np.uint16), photometric="rgb")
    Path("cows/tags.csv").write_text("a,cow\nb,\nc,\nd,\n")
    after = indexed(**settings)
    assert after.reading.limits == (before.reading.limits[0], pytest.approx(9000, rel=1 / 2048))
    assert not {row.digest for row in rows} & {row.digest for row in after.index.rows}


def test_pictures_of_several_kinds_under_one_range_are_named(fields):
    tifffile.imwrite("cows/c.tif", fields[2].astype(np.float32) / 4000, photometric="rgb")
    message = refusal(bands=[3, 2, 1], range=[0, 4000])
    assert "cows/a.tif: 4 bands of uint16, as 2 pictures have" in message
    assert "cows/c.tif: 4 bands of float32, as 1 pictures have" in message
    assert not (RESULTS / "index/set.json").exists()


def test_ordinary_pictures_leave_no_settings_in_the_index(cows):
    found = indexed()
    assert found.reading.is_plain
    assert "pictures" not in json.loads((RESULTS / "index/set.json").read_text())
    assert "values" not in json.loads(table_path(RESULTS, "0000").read_text())
    row = found.index.rows[0]
    facts = [row.id, row.sha256, row.width, row.height, row.split, row.tags]
    assert row.digest == hashlib.sha256(json.dumps(facts).encode()).hexdigest()
