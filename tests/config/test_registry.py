import ast
import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Literal

import pytest
from package_kit import install

import seedmask
from seedmask.classifiers.file.options import ClassifierFileOptions
from seedmask.config import registry
from seedmask.config.graph import Config, load
from seedmask.config.threshold import FromScoredSeeds
from seedmask.config.variant import Loss
from seedmask.errors import InputError, SeedmaskError
from seedmask.segmenters.file.options import SegmenterFileOptions, StoredNetworkOptions
from seedmask.segmenters.options import SegmenterNetworkOptions
from seedmask.segmenters.trained.options import SegmenterOptions

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
WIRING = "def run(job, device):\n    pass\n"
MINIMAL = {"dataset": {"name": "a", "format": "folder", "root": "a"}}


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Installs a package with one method `median` for masks, its options changed by replacing text; the problems."""
    monkeypatch.syspath_prepend(tmp_path)

    def with_package(*replaced, name="median-masks", point="median", value="median.options:Median", wiring=WIRING):
        text = OPTIONS
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        files = {"median/__init__.py": "", "median/options.py": text} | ({"median/wiring.py": wiring} if wiring else {})
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
    registry._entries.cache_clear()
    registry._entry_points.cache_clear()
    for name in [name for name in importlib.sys.modules if name.split(".")[0] in ("median", "soft")]:
        del importlib.sys.modules[name]
    importlib.invalidate_caches()


def test_a_package_brings_a_method(packages):
    assert packages() == ""
    options = registry.methods("masks")["median"]
    assert options.runs == "median.wiring"
    assert registry.package_of(options) == "median-masks 0.1"
    assert list(registry.methods("masks"))[-1] == "median"


def test_ours_come_from_no_package():
    found = {registry.package_of(options) for kind in registry.KINDS for options in registry.methods(kind).values()}
    assert found == {""}


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
            "is not a class of options; expected a subclass of seedmask.config.v",
        ),
        ({"point": "crf"}, "the name 'crf' is taken by seedmask/masks/crf"),
        ({"point": "other"}, 'does not hold its name; expected the field `method: Literal["other"] = "other"`'),
        ({"wiring": False}, "is for the module median.wiring, which does not exist"),
        ({"wiring": "RUN = 1\n"}, "is for the module median.wiring, which has no function `run`"),
    ],
)
def test_a_package_that_cannot_be_used_is_named_with_what_to_do(packages, changes, found):
    message = packages(**changes)
    assert "methods: 1 problem" in message
    assert "package median-masks 0.1, entry point " in message
    assert f" of seedmask.masks: {found}" in message
    assert message.endswith("; fix or uninstall median-masks")


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("import ClassVar", "import NoSuchThing, ClassVar", "cannot be imported (ImportError: cannot import name"),
        ("(FromScoredSeeds)", "", "is not a class of options"),
        ('Literal["median"] = "median"', 'str = "median"', "does not hold its name"),
        ('Literal["median"] = "median"', 'Literal["median"]', "does not hold its name"),
        ("runs: ClassVar[str]", "run: ClassVar[str]", "is for the module median.job, which does not exist"),
        (
            '    """Kind of mask."""',
            '    """Kind of mask."""\n    run: __import__("typing").Callable = len\n    """Anything."""',
            "its options cannot be written as YAML",
        ),
    ],
)
def test_options_that_are_no_valid_model_are_named(packages, old, new, found):
    assert f" of seedmask.masks: {found}" in packages((old, new))


def test_a_name_that_two_packages_bring_is_that_of_neither(packages, tmp_path):
    install(tmp_path, "other", {"medium.py": OPTIONS}, {"masks": {"median": "medium:Median"}})
    assert "the name 'median' is taken by package median-masks 0.1" in packages()


def test_unusable_options_do_not_become_part_of_the_configuration(packages):
    packages(point="other")
    assert "other" not in registry.methods("masks")


MEDIAN = OPTIONS.replace('    runs: ClassVar[str] = "median.wiring"\n', "")
TWO = MEDIAN + MEDIAN[MEDIAN.index("class Median") :].replace("Median", "Mean")


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"__init__.py": "", "job.py": WIRING}, "is a folder without options.py"),
        ({"options.py": MEDIAN, "job.py": WIRING}, "is a folder without __init__.py"),
        (
            {"__init__.py": "", "options.py": TWO, "job.py": WIRING},
            'options.py: expected one class with `method: Literal["median"] = "median"`, found Median, Mean',
        ),
        (
            {"__init__.py": "", "options.py": "", "job.py": WIRING},
            'options.py: expected one class with `method: Literal["median"] = "median"`, found none',
        ),
        (
            {"__init__.py": "", "options.py": MEDIAN, "job.py": "def made(job, device):\n    pass\n"},
            "is for the module own.masks.median.job, which has no function `run`",
        ),
        ({"__init__.py": "", "options.py": MEDIAN}, "is for the module own.masks.median.job, which does not exist"),
    ],
)
def test_a_method_s_folder_that_is_not_whole_is_named(tmp_path, monkeypatch, files, found):
    package = tmp_path / "own"
    for kind in registry.KINDS.values():
        (package / kind.folder).mkdir(parents=True, exist_ok=True)
    for name, text in {"__init__.py": "", "masks/__init__.py": ""}.items():
        (package / name).write_text(text)
    (package / "masks" / "median").mkdir()
    for name, text in files.items():
        (package / "masks" / "median" / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "PACKAGE", package)
    registry._entries.cache_clear()
    try:
        (problem,) = registry.problems()
    finally:
        registry._entries.cache_clear()
        for name in [name for name in importlib.sys.modules if name.split(".")[0] == "own"]:
            del importlib.sys.modules[name]
    assert problem.where == "seedmask/masks/median".replace("seedmask", "own")
    assert problem.found.startswith(found)
    assert problem.remedy == "complete the folder as docs/add-a-method.md says, or remove it"


@pytest.mark.parametrize(
    ("text", "found"), [("", "which has no function `build`"), ("from operator import neg as build\n", "")]
)
def test_the_module_of_a_loss_has_a_function_that_builds_it(packages, tmp_path, text, found):
    options = OPTIONS.replace("FromScoredSeeds", "Loss").replace("config.threshold", "config.variant")
    options = options.replace("method", "name").replace("median", "soft").replace("soft.wiring", "soft")
    install(tmp_path, "soft", {"soft.py": options + text}, {"losses": {"soft": "soft:Median"}})
    message = packages()
    assert (f" of seedmask.losses: is for the module soft, {found}" in message) if found else message == ""


class Plain(FromScoredSeeds):
    """Masks of a notebook."""

    method: Literal["plain"] = "plain"
    """Kind of mask."""


class Softer(Loss):
    """A loss of a notebook."""

    name: Literal["softer"] = "softer"
    """Kind of loss."""


@pytest.fixture
def job(tmp_path, monkeypatch):
    """Writes a module that has a function; its name."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(function):
        name = f"notebook_{function}"
        (tmp_path / f"{name}.py").write_text(f"def {function}(job, device=None):\n    pass\n")
        importlib.invalidate_caches()
        return name

    yield write
    for kind, name in list(registry._registered):
        registry.unregister(kind, name)


def test_a_registered_method_is_part_of_the_configuration_at_once(job):
    registry.register("masks", "plain", Plain, job("run"))
    registry.register("losses", "softer", Softer, job("build"))
    assert registry.methods("masks")["plain"] is Plain
    values = {
        **MINIMAL,
        "classifiers": {"cam": {}},
        "seeds": {"cam": {"from": "classifiers/cam"}},
        "masks": {"a": {"from": "seeds/cam", "method": "plain"}},
        "segmenters": {"a": {"from": "masks/a", "loss": {"name": "softer"}}},
    }
    config = load(values, [])
    assert isinstance(config.variant("masks/a"), Plain)
    assert config.variant("masks/a").runs == "notebook_run"
    assert isinstance(config.variant("segmenters/a").loss, Softer)
    registry.unregister("masks", "plain")
    with pytest.raises(InputError, match="there is no method 'plain'"):
        load(values, [])


def test_a_registered_method_is_replaced_by_the_next_of_its_name(job):
    registry.register("masks", "plain", Plain, job("run"))

    class Changed(Plain):
        """The cell of the notebook once more."""

    registry.register("masks", "plain", Changed, importlib.import_module(job("run")))
    assert registry.methods("masks")["plain"] is Changed


@pytest.mark.parametrize(
    ("arguments", "function", "found"),
    [
        (("mask", "plain", Plain), "run", "unknown kind; expected one of saliency, classifiers, seeds, masks, "),
        (("masks", "crf", Plain), "run", "the name is taken by seedmask/masks/crf; choose another name"),
        (("masks", "other", Plain), "run", 'does not hold its name; expected the field `method: Literal["other"]'),
        (("losses", "plain", Plain), "build", "expected a subclass of seedmask.config.variant.Loss"),
        (("masks", "plain", Plain), "build", "is for the module notebook_build, which has no function `run`"),
        (("losses", "softer", Softer), "run", "is for the module notebook_run, which has no function `build`"),
    ],
)
def test_what_cannot_be_registered_is_named(job, arguments, function, found):
    with pytest.raises(SeedmaskError, match=re.escape(found)):
        registry.register(*arguments, job(function))
    assert not registry._registered


def test_a_module_without_a_file_cannot_be_registered(job):
    with pytest.raises(SeedmaskError, match="is for the module made_up, which does not exist"):
        registry.register("masks", "plain", Plain, ModuleType("made_up"))


def test_models_with_methods_are_rebuilt_from_the_inside_out():
    """Modules are imported in any order, but each after those that it builds on."""
    order = registry._models
    assert {ClassifierFileOptions, SegmenterNetworkOptions, StoredNetworkOptions, SegmenterOptions} < set(order)
    inner = [SegmenterNetworkOptions, StoredNetworkOptions, SegmenterFileOptions, Config]
    assert [model for model in order if model in inner] == inner
    assert order[-1] is Config


@pytest.mark.parametrize("kind", registry.KINDS.values(), ids=lambda kind: kind.name)
def test_every_method_is_a_folder_of_its_kind(kind):
    folders = (PACKAGE / kind.folder).glob("*/options.py")
    assert {path.parent.name for path in folders} == set(registry.methods(kind.name))


def test_what_the_options_name_is_there():
    for name, kind in registry.KINDS.items():
        for options in registry.methods(name).values():
            assert callable(vars(importlib.import_module(options.runs))[kind.function])


def test_wiring_is_short_and_a_stage_not_long():
    for path in [*PACKAGE.glob("*/*/job.py"), *PACKAGE.glob("losses/*/loss.py")]:
        assert len(path.read_text().splitlines()) <= 60, path
    for path in (PACKAGE / "jobs").glob("[a-z]*.py"):
        assert len(path.read_text().splitlines()) <= 100, path


def test_no_method_is_named_where_all_are_served():
    """The name of a method in a text of the code would be a branch for one method; some name arrays and scores."""
    names = {name for kind in registry.KINDS for name in registry.methods(kind)} - {
        "agreement",
        "cam",
        "confidence",
        "mean",
        "tags",
        "threshold",
    }
    for path in [*(PACKAGE / "plan").glob("*.py"), *(PACKAGE / "report").glob("*.py")]:
        texts = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
        assert not texts & names, path
    for path in (PACKAGE.parents[1] / "rules").glob("*.smk"):
        assert not [name for name in names if f'"{name}"' in path.read_text()], path
