"""What no module may do: load what may run code, or open XML, archives and pictures elsewhere than in one place."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "pipeline" / "seedmask"
MODULES = {
    "pickle": {"dataset/pickles.py"},
    "shelve": set(),
    "marshal": set(),
    "dill": set(),
    "joblib": set(),
    "zipfile": {"export/submission/archives.py"},
    "tarfile": {"demo/cache.py", "export/submission/archives.py"},
    "xml": {"dataset/formats/text.py", "demo/writing.py", "export/label_studio.py"},
    "lxml": set(),
}
"""Modules that can do harm, and the files that may import them; of XML all but the first only write it."""
CALLS = {"eval", "exec", "compile", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load", "yaml.full_load"}
FILES = sorted(PACKAGE.rglob("*.py"))


def place(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


def calls(file: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a file: `torch.load`, and the call."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def options(call: ast.Call) -> dict[str | None, str]:
    return {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}


def imports(file: Path) -> set[str]:
    """First parts of the names of all modules that a file imports."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    found |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in found}


def test_modules_that_can_do_harm_are_imported_in_one_place_each():
    found = {(name, place(file)) for file in FILES for name in imports(file) & MODULES.keys()}
    assert found == {(name, file) for name, files in MODULES.items() for file in files}


def test_nothing_loads_or_calls_what_may_run_code():
    faults = []
    for file in FILES:
        for name, call in calls(file):
            given, where = options(call), f"{place(file)} line {call.lineno}: {name}"
            loads = name.endswith(("torch.load", "load_state_dict_from_url")) and given.get("weights_only") != "True"
            starts = name.startswith("subprocess.") and given.get("shell", "False") != "False"
            faults += [where] * (name in CALLS or "allow_pickle" in given or loads or starts)
    assert faults == []


def test_pictures_of_users_are_opened_in_the_kinds_that_are_read():
    """Pillow finds the kind in the bytes: a PostScript file called a.png would be run by Ghostscript."""
    ours = {"demo/cutouts.py", "export/images.py"}  # pinned pictures, and what we wrote ourselves
    opened = [(place(file), call) for file in FILES for name, call in calls(file) if name == "Image.open"]
    assert {name for name, call in opened if "formats" not in options(call)} <= ours
    assert {"dataset/images.py"} <= {name for name, _ in opened}


def test_members_of_archives_are_taken_out_one_by_one():
    for file in FILES:
        for name, call in calls(file):
            assert not name.endswith((".extractall", ".extract", "unpack_archive")), f"{place(file)} {call.lineno}"
