import importlib.metadata
import re

import pytest

from seedmask import fingerprint
from seedmask.errors import SeedmaskError
from seedmask.fingerprint import LIBRARIES, code_of, definitions_of, digest

PACKAGE = {
    "__init__.py": '"""A package."""\n',
    "stages/__init__.py": "",
    "stages/seeds.py": '''\
"""Seeds."""

import json

import numpy as np

import pkg.side
from pkg import maths
from pkg.maths import scale


class Settings:
    """What can be set."""

    size: int = 3
    """Pixels."""


def run(job):
    """Run."""
    # a comment
    return scale(np.zeros(Settings.size)) + 1
''',
    "side.py": "import pkg.deep.inner\n\nSIDE = 1\n",
    "deep/__init__.py": "DEEP = 1\n",
    "deep/inner.py": "INNER = 1\n",
    "maths/__init__.py": "from pkg.maths.scaling import scale\n",
    "maths/scaling.py": "import torch\n\nFACTOR = 2\n\n\ndef scale(x):\n    return torch.tensor(x) * FACTOR\n",
    "unrelated.py": "import zarr\n\nCONSTANT = 1\n",
}


@pytest.fixture
def code(tmp_path):
    """What the stage depends on, after an edit of one module; each version lies in a folder of its own."""
    versions = iter(range(100))

    def of(module="side.py", old="", new=""):
        root = tmp_path / str(next(versions)) / "pkg"
        assert old in PACKAGE[module]
        for name, text in {**PACKAGE, module: PACKAGE[module].replace(old, new) if old else PACKAGE[module]}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return code_of(["pkg.stages.seeds"], {"pkg": root.parent})

    return of


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("stages/seeds.py", "    # a comment\n", ""),
        ("stages/seeds.py", "# a comment", "# another comment"),
        ("stages/seeds.py", '"""Run."""', '"""Run it."""'),
        ("stages/seeds.py", '    """Run."""\n', ""),
        ("stages/seeds.py", '"""Pixels."""', '"""Side in pixels."""'),
        ("stages/seeds.py", '"""What can be set."""', '"""Choices."""'),
        ("stages/seeds.py", '"""Seeds."""', '"""CAM seeds."""'),
        ("stages/seeds.py", "Settings.size)) + 1", "Settings.size) )  +  1"),
        ("__init__.py", '"""A package."""', '"""The package."""'),
        ("maths/scaling.py", "FACTOR = 2\n\n\n", "FACTOR = 2  # twice\n\n"),
        ("unrelated.py", "1", "2"),
    ],
)
def test_what_changes_no_number_changes_no_fingerprint(code, module, old, new):
    assert code(module, old, new) == code()


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("stages/seeds.py", "+ 1", "+ 2"),
        ("stages/seeds.py", "+ 1", "- 1"),
        ("stages/seeds.py", "size: int = 3", "size: int = 4"),
        ("stages/seeds.py", "scale(np.zeros(Settings.size)) + 1", "1 + scale(np.zeros(Settings.size))"),
        ("side.py", "1", "2"),
        ("deep/__init__.py", "1", "2"),
        ("deep/inner.py", "1", "2"),
        ("maths/scaling.py", "FACTOR = 2", "FACTOR = 3"),
        ("maths/__init__.py", "scale\n", "scale\nMORE = 1\n"),
        ("__init__.py", "\n", "\nCONSTANT = 1\n"),
    ],
)
def test_what_may_change_a_number_changes_the_fingerprint(code, module, old, new):
    assert code(module, old, new)["code"] != code()["code"]


def test_versions_of_the_libraries_that_decide_numbers_are_part_of_it(code):
    found = code()
    assert set(found) == {"code", "numpy", "torch"}
    assert found["numpy"] == importlib.metadata.version("numpy")


def test_another_version_of_a_library_is_another_fingerprint(code, monkeypatch):
    before = code()
    monkeypatch.setattr(fingerprint, "_version", lambda library: "99")
    assert code() == {**before, "numpy": "99", "torch": "99"}


def test_a_library_that_is_not_installed_is_said_to_be_so(code, monkeypatch):
    monkeypatch.setitem(LIBRARIES, "numpy", "no-such-distribution")
    assert code()["numpy"] == "not installed"


def test_modules_that_import_each_other_are_counted_once(code):
    assert code("maths/scaling.py", "import torch", "import torch\n\nimport pkg.stages.seeds")["torch"]


def test_several_modules_count_together(tmp_path, code):
    root = {"pkg": tmp_path / "0"}
    assert code()["code"] == code_of(["pkg.stages.seeds"], root)["code"]
    both = code_of(["pkg.stages.seeds", "pkg.unrelated"], root)
    assert both["code"] != code_of(["pkg.stages.seeds"], root)["code"]
    assert set(both) == {"code", "numpy", "torch", "zarr"}


def test_a_module_that_does_not_exist_is_named():
    with pytest.raises(SeedmaskError, match=r"no module seedmask\.masks\.none\.job; reinstall"):
        code_of(["seedmask.masks.none.job"])
    with pytest.raises(SeedmaskError, match="no package no_such_package; reinstall"):
        code_of(["no_such_package.stages"])


def test_every_library_of_an_outside_module_counts(tmp_path, monkeypatch):
    (tmp_path / "outside.py").write_text("import json, yaml\nfrom seedmask.methods import cams\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = code_of(["outside"])
    assert set(found) == {"code", "numpy", "yaml"}
    assert found["yaml"] == importlib.metadata.version("pyyaml")


METHODS = {
    "seedmask.masks.crf.job": {"pydensecrf", "seedmask_lattice", "numpy", "zarr", "PIL"},
    "seedmask.masks.par.job": {"torch", "numpy", "zarr", "PIL"},
    "seedmask.seeds.multi_scale.job": {"torch", "numpy", "zarr", "PIL"},
    "seedmask.jobs.evaluation": {"numpy", "zarr", "PIL"},
}


@pytest.mark.parametrize(("module", "libraries"), METHODS.items())
def test_the_real_methods_know_their_libraries(module, libraries):
    found = code_of([module])
    assert re.fullmatch(r"[0-9a-f]{64}", found["code"])
    assert libraries <= set(found)


def test_masks_of_seeds_and_scores_depend_on_no_network():
    for module in ("seedmask.masks.crf.job", "seedmask.jobs.evaluation"):
        assert not {"torch", "timm"} & set(code_of([module]))


def test_a_digest_is_independent_of_the_order_of_keys_and_follows_that_of_lists():
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})
    assert digest([1, 2]) != digest([2, 1])
    assert digest({"a": None}) != digest({})


DEFINITIONS = '''\
A = 1


class Scale:
    """It scales."""

    by: int = 2

    def run(self, x):
        return x * self.by
'''


def test_each_definition_of_the_code_has_a_hash_of_its_own(tmp_path):
    def of(text):
        root = tmp_path / digest(text)
        (root / "pkg").mkdir(parents=True)
        (root / "pkg" / "__init__.py").write_text("")
        (root / "pkg" / "maths.py").write_text(text)
        return definitions_of(["pkg.maths"], {"pkg": root})["pkg.maths"]

    text = DEFINITIONS
    before = of(text)
    assert list(before) == ["A", "Scale.by", "Scale.run", "Scale"]

    def changed(new):
        after = of(new)
        return {name for name in {*before, *after} if before.get(name) != after.get(name)}

    assert changed(text.replace("It scales.", "Scales.") + "# a comment\n") == set()
    assert changed(text.replace("A = 1", "A = 2")) == {"A"}
    assert changed(text.replace("x * self.by", "x + self.by")) == {"Scale.run"}
    assert changed(text.replace("class Scale:", "class Scale(dict):")) == {"Scale"}
    assert changed("import os\n" + text) == {"imports and statements"}
