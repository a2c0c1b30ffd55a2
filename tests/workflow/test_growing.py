"""Pictures that are added to a finished set cost their own shards, and the trainings that learn from them."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from PIL import Image
from workflow_kit import Workspace

from seedmask.storage.manifest import Manifest
from seedmask.storage.verify import verify


def add(workspace: Workspace, split: str, names: Iterable[str], side: int = 64) -> None:
    """Copies of the first picture of a split, as pictures of some side."""
    root = workspace.folder / "shapes"
    lists = root / "ImageSets" / "Segmentation" / f"{split}.txt"
    first = lists.read_text().split()[0]
    for name in names:
        for path in root.rglob(f"{first}.*"):
            target = path.with_name(f"{name}{path.suffix}")
            if path.suffix == ".xml":
                target.write_text(path.read_text().replace(first, name))
            else:
                Image.open(path).resize((side, side), Image.Resampling.NEAREST).save(target)
    lists.write_text(lists.read_text() + "".join(f"{name}\n" for name in names))


def made(workspace: Workspace) -> dict[str, int]:
    """When each shard and network was computed, by its sealed manifest."""
    sealed = [*workspace.results.rglob("sealed/*.json"), *workspace.results.rglob("sealed.json")]
    return {path.relative_to(workspace.results).as_posix(): path.stat().st_mtime_ns for path in sealed}


def test_pictures_added_for_testing_make_their_own_shards_alone(copied):
    before, digests = made(copied), copied.digests()
    add(copied, "val", ["added", "larger"], side=80)
    copied.run()
    kept = {name: time for name, time in before.items() if not name.startswith("index/")}
    assert {name: made(copied)[name] for name in kept} == kept
    assert {path.rsplit("/", 1)[1] for path in made(copied).keys() - before.keys()} == {"0003.json"}
    now = copied.digests()
    images = [name for name in digests if not name.endswith(".json")]
    assert {name: now[name] for name in images} == {name: digests[name] for name in images}
    assert {"predictions/crf added", "predictions/crf larger"} <= now.keys()
    assert verify(copied.results) == []


@pytest.mark.thorough
def test_results_do_not_depend_on_when_a_picture_was_added(copied, tmp_path):
    # Before all others by name, so that they are in other rows and shards than in a new set.
    add(copied, "train", ["a_first", "a_second"])
    copied.run()
    manifest = Manifest.read(copied.results / "seeds" / "cam" / "manifests" / "0003.json")
    assert [image.id for image in manifest.images] == ["a_first", "a_second"]
    fresh = Workspace(tmp_path / "fresh")
    add(fresh, "train", ["a_first", "a_second"])
    fresh.run()
    assert copied.digests() == fresh.digests()


@pytest.mark.thorough
def test_a_picture_that_is_gone_costs_its_own_shard(copied):
    root = copied.folder / "shapes"
    lists = root / "ImageSets" / "Segmentation" / "val.txt"
    _, *others = lists.read_text().split()
    lists.write_text("".join(f"{name}\n" for name in others))
    before = made(copied)
    copied.run()
    changed = {name for name, time in made(copied).items() if before[name] != time and not name.startswith("index/")}
    assert changed == {"predictions/crf/sealed/0002.json"}
    assert verify(copied.results) == []
    shutil.rmtree(Path(copied.results / "listing"))  # the index knows the rows too
    copied.run()
    assert len(copied.planned()) == 0
