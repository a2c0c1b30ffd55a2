import os
import shutil
from pathlib import Path

import pytest
import yaml
from index_kit import run_index
from results_kit import make_run

from seedmask.config.graph import load_file
from seedmask.plan import Plan
from seedmask.runs.provenance.history import history
from seedmask.runs.provenance.reruns import Reason, Rerun, grouped, stale, unnamed
from seedmask.storage.records import read_record, write_record


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A finished run to change, in the working directory."""
    monkeypatch.chdir(tmp_path)
    make_run()


def plan(**changes):
    """The configuration, with other settings of some variants: `masks_crf={...}`."""
    values = yaml.safe_load(Path("config.yaml").read_text())
    for name, settings in changes.items():
        stage, variant = name.split("_")
        values[stage][variant] = settings and {**values[stage].get(variant, {}), **settings}
        if settings is None:
            del values[stage][variant]
    Path("config.yaml").write_text(yaml.safe_dump(values, sort_keys=False))
    return Plan(load_file(Path("config.yaml")))


def reasons(rerun, *result):
    return list(map(str, rerun.reasons(*result)))


def test_nothing_is_made_again_where_nothing_changed(here):
    now = plan()
    assert stale(now, now.variants) == {}


def test_a_changed_setting_is_named_in_each_shard(here):
    found = Rerun(plan(masks_crf={"threshold": {"mode": "fixed", "value": 0.5}})).of_variant("masks/crf")
    assert list(found) == ["masks/crf shard 0000", "masks/crf shard 0001"]
    assert all(str(why[0]) == "setting `threshold.value`: 0.4, now 0.5" for why in found.values())


def test_what_depends_on_a_changed_variant_says_so(here):
    rerun = Rerun(plan(seeds_cam={"scales": [2.0]}))
    assert any(str(reason).startswith("setting `scales`") for reason in reasons(rerun, "seeds/cam", "0000"))
    assert "source: seeds/cam would be made again itself" in reasons(rerun, "masks/crf", "0000")


def test_a_source_with_a_new_result_is_named(here):
    path = Path("results/tiny/seeds/cam/manifests/0001.json")
    made = read_record(path)
    made["images"][0]["digest"] = "0" * 64
    write_record(path, made)
    rerun = Rerun(plan())
    assert "input: seeds/cam changed" in reasons(rerun, "masks/crf", "0001")
    assert reasons(rerun, "masks/crf", "0000") == []
    assert reasons(rerun, "segmenters/crf") == ["source: masks/crf would be made again itself"]


def test_a_changed_function_of_a_fit_is_named(here):
    """The code of the threshold's fit is none of the code of its masks."""
    path = Path("results/tiny/masks/threshold/fit.json")
    made = read_record(path)
    kept = Path(f"results/tiny/code/{made['basis']['code']}.json")
    code = read_record(kept)
    code["definitions"]["seedmask.methods.label_free"]["cross_entropy_threshold"] = "another"
    write_record(kept.with_name("before.json"), code)
    write_record(path, {**made, "basis": {**made["basis"], "code": "before"}})
    reason = "fit over the whole set: code: seedmask.methods.label_free.cross_entropy_threshold changed"
    rerun = Rerun(plan())
    assert reasons(rerun, "masks/threshold", "0001") == [reason]
    assert reasons(rerun, "masks/crf", "0001") == []
    now = plan()
    assert stale(now, now.variants) == {}  # it may come out as it was


def test_a_fit_over_the_whole_set_depends_on_every_shard_of_its_source(here):
    path = Path("results/tiny/seeds/cam/manifests/0001.json")
    made = read_record(path)
    write_record(path, {**made, "basis": {**made["basis"], "numpy": "1.0"}})
    rerun = Rerun(plan())
    assert reasons(rerun, "masks/threshold", "0000") == ["source: seeds/cam would be made again itself"]
    assert reasons(rerun, "masks/crf", "0000") == []


def test_seeds_that_were_made_anew_since_something_was_found_in_them_are_reasons(here):
    path = Path("results/tiny/seeds/cam/manifests/0001.json")
    made = read_record(path)
    made["images"][0]["digest"] = "0" * 64
    write_record(path, made)
    assert reasons(Rerun(plan()), "masks/threshold", "0000") == ["fit over the whole set: input: seeds/cam changed"]


def test_a_missing_fit_is_reasons(here):
    Path("results/tiny/masks/threshold/fit.json").unlink()
    (reason,) = reasons(Rerun(plan()), "masks/threshold", "0000")
    assert "masks/threshold/fit.json: is missing" in reason


def test_a_result_that_is_missing_is_made_but_not_called_stale(here):
    Path("results/tiny/masks/crf/manifests/0001.json").unlink()
    assert "0001.json: is missing" in str(Rerun(plan()).reasons("masks/crf", "0001")[0])
    now = plan()
    assert "masks/crf shard 0001" not in stale(now, now.variants)


def test_the_history_of_a_result_goes_back_to_the_network(here):
    lines = list(history(Path("results/tiny"), "masks/crf"))
    assert lines[0].startswith("masks/crf, 2 shards: made on cpu, digest ")
    assert "threshold.value 0.4" in lines[1]
    assert "numpy " in lines[2]
    (found,) = [line for line in history(Path("results/tiny"), "masks/threshold") if "fit over" in line]
    assert found.startswith("  fit over the whole set: mode label_free, kind constant, value 0.")
    assert [line.strip().split(",")[0].split(":")[0] for line in lines if ": made on" in line] == [
        "masks/crf", "seeds/cam", "classifiers/cam",
    ]  # fmt: skip
    network = next(line for line in lines if "classifiers/cam: made" in line)
    assert network.startswith("    classifiers/cam: made on cpu")
    assert "seed 0" in lines[lines.index(network) + 1]


def test_the_history_of_one_shard_stays_with_that_shard(here):
    lines = list(history(Path("results/tiny"), "masks/crf", "0001"))
    assert lines[0].startswith("masks/crf, shard 0001: ")
    assert any(line.strip().startswith("seeds/cam, shard 0001: ") for line in lines)


def test_variants_that_are_not_named_are_found_with_their_size(here):
    assert unnamed(plan()) == {}
    found = unnamed(plan(masks_threshold=None))
    folder = Path("results/tiny/masks/threshold")
    assert found == {"masks/threshold": sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())}


def test_pictures_that_changed_since_they_were_indexed_are_reasons(here):
    os.utime("pictures/p4.png", (0, 0))
    rerun = Rerun(plan())
    changed = "pictures: their files or tags have changed since they were indexed"
    assert changed in reasons(rerun, "seeds/cam", "0001")
    assert changed not in reasons(rerun, "seeds/cam", "0000")
    assert changed in reasons(rerun, "classifiers/cam")


def retag(name, tag):
    """Give a picture another tag."""
    path = Path("pictures/tags.csv")
    lines = path.read_text().splitlines()
    path.write_text("".join(f"{name},{tag}\n" if line.startswith(f"{name},") else f"{line}\n" for line in lines))


def test_a_tag_of_a_validation_picture_is_no_reason_for_what_learns_from_training_pictures(here):
    retag("p8", "sheep")
    now = plan()
    assert list(stale(now, now.variants)) == ["predictions/crf shard 0002"]
    assert reasons(Rerun(now), "classifiers/cam") == []
    run_index(now)  # with the new tag in it, the digest of what the classifier learned from is the same
    assert reasons(Rerun(plan()), "classifiers/cam") == []


def test_a_tag_of_a_training_picture_is_a_reason_for_what_learns_from_it(here):
    retag("p4", "sheep")
    assert "pictures: their files or tags have changed since they were indexed" in reasons(
        Rerun(plan()), "classifiers/cam"
    )


def rename_a_class():
    for name in ("tags.csv", "classes.txt"):
        path = Path("pictures") / name
        path.write_text(path.read_text().replace("cow & calf", "cattle"))


def test_a_renamed_class_is_named_and_all_that_was_made_from_it_is_stale(here):
    rename_a_class()
    now = plan()
    change = "the list of classes changed: cow & calf, sheep, now cattle, sheep"
    assert reasons(Rerun(now), "classifiers/cam") == [change]
    assert reasons(Rerun(now), "seeds/cam", "0000") == [change, "source: classifiers/cam would be made again itself"]
    found = stale(now, now.variants)
    assert list(map(str, found["index"])) == [change]
    assert {name.split(" ")[0] for name in found} == {"index", *now.variants}


def test_an_index_of_another_folder_is_stale(here):
    shutil.copytree("pictures", "elsewhere")
    Path("elsewhere/p5.png").write_bytes(b"another picture")
    Path("config.yaml").write_text(Path("config.yaml").read_text().replace("root: pictures", "root: elsewhere"))
    now = plan()
    (reason,) = stale(now, now.variants)["index"]
    assert str(reason).startswith("results/tiny was made from another folder")


def test_other_bands_or_another_range_are_reasons(here):
    values = yaml.safe_load(Path("config.yaml").read_text())
    values["dataset"]["range"] = [0, 200]
    Path("config.yaml").write_text(yaml.safe_dump(values, sort_keys=False))
    changed = "pictures: `bands` or `range` of the data set have changed since they were indexed"
    assert changed in reasons(Rerun(plan()), "seeds/cam", "0000")


def test_a_background_that_is_no_more_is_a_reason(here):
    values = yaml.safe_load(Path("config.yaml").read_text())
    values["dataset"]["background"] = False
    del values["masks"]["crf"]["threshold"]
    Path("config.yaml").write_text(yaml.safe_dump(values, sort_keys=False))
    rerun = Rerun(plan())
    changed = "masks: `background` of the data set has changed since they were indexed"
    assert changed in map(str, rerun.of_index())
    for result in (("seeds/cam", "0000"), ("segmenters/crf",)):
        assert changed in reasons(rerun, *result)
        assert not any("list of classes" in reason for reason in reasons(rerun, *result))


def test_shards_with_the_same_reasons_are_grouped():
    one, other = Reason("setting"), Reason("code")
    found = {f"masks/crf shard {shard:04d}": [one] if shard else [one, other] for shard in range(3)}
    assert grouped({**found, "segmenters/crf": [other]}) == {
        "masks/crf shard 0000": (one, other),
        "masks/crf, 2 shards from 0001": (one,),
        "segmenters/crf": (other,),
    }
