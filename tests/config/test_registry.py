import ast
import importlib
from pathlib import Path

import pytest
from package_kit import install

import seedmask
from seedmask.config import registry as rooms
from seedmask.config.graph import load
from seedmask.errors import InputError

PACKAGE = Path(seedmask.__file__).parent
OPTIONS = """\
from typing import ClassVar, Literal

from seedmask.config.threshold import FromScoredSeeds


class Median(FromScoredSeeds):
    \"\"\"Masks with smoothed outlines.\"\"\"

    runs: ClassVar[str] = "median.wiring"
    method: Literal["median"] = "median"
    \"\"\"Kind of mask.\"\"\"
"""
MINIMAL = {"dataset": {"name": "a", "format": "folder", "root": "a"}}


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Installs a package with one method `median` for masks, its options changed by replacing text; the problems."""
    monkeypatch.syspath_prepend(tmp_path)

    def with_package(*replaced, name="median-masks", point="median", value="median.options:Median", wiring=True):
        text = OPTIONS
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        files = {"median/__init__.py": "", "median/options.py": text} | ({"median/wiring.py": ""} if wiring else {})
        install(tmp_path, name, files, {"masks": {point: value}})
        _forget()
        try:
            load(MINIMAL, [])
        except InputError as error:
            return str(error)
        return ""

    yield with_package
    _forget()


def _forget():
    rooms.rooms.cache_clear()
    rooms._outside.cache_clear()
    for name in [name for name in importlib.sys.modules if name.split(".")[0] == "median"]:
        del importlib.sys.modules[name]
    importlib.invalidate_caches()


def test_a_package_brings_a_method(packages):
    assert packages() == ""
    options = rooms.rooms("masks")["median"]
    assert options.runs == "median.wiring"
    assert rooms.origin(options) == "median-masks 0.1"
    assert list(rooms.rooms("masks"))[-1] == "median"


def test_ours_come_from_no_package():
    assert {rooms.origin(options) for kind in rooms.KEYS for options in rooms.rooms(kind).values()} == {""}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (
            {"value": "median.option:Median"},
            "cannot be imported (ModuleNotFoundError: No module named 'median.op",
        ),
        ({"value": "median.options:Medium"}, "cannot be imported (AttributeError: "),
        (
            {"value": "median.options:Literal"},
            "is no model of options; expected a subclass of seedmask.config.v",
        ),
        ({"point": "crf"}, "the name 'crf' is that of a room of Seedmask itself"),
        ({"point": "other"}, 'does not say its name; expected the field `method: Literal["other"] = "other"`'),
        ({"wiring": False}, "is for the module median.wiring, which does not exist"),
    ],
)
def test_a_package_that_cannot_be_used_is_named_with_what_to_do(packages, changes, found):
    told = packages(**changes)
    assert "methods of installed packages: 1 problem" in told
    assert "package median-masks 0.1, entry point " in told
    assert f" of seedmask.masks: {found}" in told
    assert told.endswith("; mend or uninstall median-masks")


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("import ClassVar", "import NoSuchThing, ClassVar", "cannot be imported (ImportError: cannot import name"),
        ("(FromScoredSeeds)", "", "is no model of options"),
        ('Literal["median"] = "median"', 'str = "median"', "does not say its name"),
        ('Literal["median"] = "median"', 'Literal["median"]', "does not say its name"),
        ("runs: ClassVar[str]", "run: ClassVar[str]", "is for the module median.job, which does not exist"),
        (
            '    """Kind of mask."""',
            '    """Kind of mask."""\n    run: __import__("typing").Callable = len\n    """Anything."""',
            "is no model that can be written as YAML",
        ),
    ],
)
def test_options_that_are_no_valid_model_are_named(packages, old, new, found):
    assert f" of seedmask.masks: {found}" in packages((old, new))


def test_a_name_that_two_packages_bring_is_that_of_neither(packages, tmp_path):
    install(tmp_path, "other", {"medium.py": OPTIONS}, {"masks": {"median": "medium:Median"}})
    assert "the name 'median' is that of a room of package median-masks 0.1" in packages()


def test_unusable_options_do_not_become_part_of_the_configuration(packages):
    packages(point="other")
    assert "other" not in rooms.rooms("masks")


@pytest.mark.parametrize("kind", rooms.KEYS)
def test_every_method_is_a_folder_of_its_kind(kind):
    folder = PACKAGE / rooms.FOLDERS.get(kind, kind)
    assert {path.parent.name for path in folder.glob("*/options.py")} == set(rooms.rooms(kind))


def test_what_the_options_name_is_there():
    for kind in rooms.KEYS:
        entry = {"losses": "of", "architectures": "build"}.get(kind, "run")
        for options in rooms.rooms(kind).values():
            assert callable(getattr(importlib.import_module(options.runs), entry))


def test_wiring_is_short_and_a_stage_not_long():
    for path in [*PACKAGE.glob("*/*/job.py"), *PACKAGE.glob("losses/*/loss.py")]:
        assert len(path.read_text().splitlines()) <= 60, path
    for path in (PACKAGE / "jobs").glob("*.py"):
        assert len(path.read_text().splitlines()) <= 120, path


def test_no_method_is_named_where_all_are_served():
    """The name of a room in a text of the code would be a branch for one method; some name arrays and scores."""
    names = {name for kind in rooms.KEYS for name in rooms.rooms(kind)} - {"cam", "threshold", "confidence", "tags"}
    for path in [*(PACKAGE / "plan").glob("*.py"), *(PACKAGE / "report").glob("*.py")]:
        texts = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
        assert not texts & names, path
    for path in (PACKAGE.parents[1] / "rules").glob("*.smk"):
        assert not [name for name in names if f'"{name}"' in path.read_text()], path
