"""Format `auto` lists a folder as `seedmask init` reads it."""

import shutil
from pathlib import Path

import pytest
from intake_kit import pictures, read, text

from seedmask.config.dataset import AutoDataset
from seedmask.config.graph import load_file
from seedmask.dataset.formats import list_images
from seedmask.dataset.states import dataset_stamp
from seedmask.errors import SeedmaskError

CASES = [path.parent for path in sorted(Path(__file__).parent.glob("cases/*/expect.json"))]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def auto(**settings):
    return AutoDataset(name="set1", root="input", **settings)


def said(listing):
    names = listing.classes
    return {e.id: (e.split, None if e.tags is None else [names[n] for n in e.tags]) for e in listing.entries}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_lists_what_init_writes(case):
    shutil.copytree(case / "input", "input")
    try:
        read("input")
    except SeedmaskError:
        try:
            assert list_images(auto()).problems
        except SeedmaskError:
            return
        return
    written = list_images(load_file(Path("c.yaml")).dataset)
    if not written.classes or "class_1" in written.classes:
        with pytest.raises(SeedmaskError, match=r"classes\.txt|no labels"):
            list_images(auto())
        return
    found = list_images(auto())
    assert found.problems == ()
    assert found.classes == written.classes
    assert said(found) == said(written)
    assert {e.id for e in found.entries if e.mask} == {e.id for e in written.entries if e.mask}


def test_what_is_not_clear_names_the_settings_that_decide():
    pictures("input/{0..3}.jpg")
    text("input/labels.csv", "image,dx,sex,place\n0,mel,m,ear\n1,nv,m,back\n2,nv,f,ear\n3,mel,f,ear\n")
    (problem,) = list_images(auto()).problems
    assert "`label_column: [dx]` (tags mel, nv)" in str(problem)
    assert said(list_images(auto(label_column=("dx",))))["0"] == ("train", ["mel"])
    text("input/labels.csv", "image,tags\n0,cow sheep\n1,cow dog\n2,dog\n3,sheep\n")
    assert said(list_images(auto(separator=" ")))["1"] == ("train", ["cow", "dog"])


def test_a_change_of_the_labels_is_seen():
    pictures("input/{0..1}.jpg")
    text("input/labels.csv", "image,tags\n0,cow\n1,\n")
    before = dataset_stamp(auto())
    assert dataset_stamp(auto()) == before
    text("input/labels.csv", "image,tags\n0,cow\n1,calf\n")
    assert dataset_stamp(auto()) != before
