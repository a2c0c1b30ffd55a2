"""Python, the libraries that are needed, and the extras that the configuration asks for."""

import importlib.metadata
import platform
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from seedmask.runs.doctor.diagnosis import Diagnosis, Finding, ok, problem, warning
from seedmask.runs.workflow import workflow_folder

SOURCE = Path(__file__).parents[4]
DISTRIBUTION = "seedmask"
COMPILED = {"pydensecrf2": ("cc", "gcc", "clang")}
"""Distributions without wheels, with the compilers that one of must be there to install them."""


def check_libraries(diagnosis: Diagnosis) -> Iterator[Finding]:
    """Versions out of range, extras that are missing, differences to the lock files."""
    python, needs, extras = _project()
    version = platform.python_version()
    if Version(version) in SpecifierSet(python):
        yield ok("python", version)
    else:
        yield problem(
            "python", f"{version}, expected {python}", "set up again with another: make setup PYTHON=python3.12"
        )
    wrong = [(need, found) for need in needs if (found := _unfit(need)) is not None]
    for need, found in wrong:
        yield problem("library", f"{need.name} {found}, expected {need.specifier or 'any'}", f"pip install '{need}'")
    if not wrong:
        yield ok("libraries", f"{len(needs)} in the expected versions")
    yield from _extras(diagnosis, extras)
    yield from _locks()


def _project() -> tuple[str, list[Requirement], dict[str, list[Requirement]]]:
    """Python's range, what is always needed, and what each extra adds: of the source tree, or of what is installed."""
    if (SOURCE / "pyproject.toml").is_file():
        project = tomllib.loads((SOURCE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        extras = {name: list(map(Requirement, needs)) for name, needs in project["optional-dependencies"].items()}
        return project["requires-python"], list(map(Requirement, project["dependencies"])), extras
    metadata = importlib.metadata.metadata(DISTRIBUTION)
    every = [Requirement(text) for text in importlib.metadata.requires(DISTRIBUTION) or ()]
    needs = [need for need in every if need.marker is None or need.marker.evaluate({"extra": ""})]
    extras = {
        name: [need for need in every if need not in needs and need.marker and need.marker.evaluate({"extra": name})]
        for name in metadata.get_all("Provides-Extra") or ()
    }
    return metadata["Requires-Python"], needs, extras


def _unfit(need: Requirement) -> str | None:
    """The version that is there and does not fit, `not installed`, or None where all is well."""
    try:
        found = importlib.metadata.version(need.name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
    return None if need.specifier.contains(found.split("+")[0], prereleases=True) else found


def _extras(diagnosis: Diagnosis, extras: dict[str, list[Requirement]]) -> Iterator[Finding]:
    requested: dict[str, list[str]] = {}
    for reference, options in diagnosis.plan.variants.items():
        for extra in sorted(options.extras()):
            requested.setdefault(extra, []).append(reference)
    for extra, references in requested.items():
        wrong = [f"{need.name} {found}" for need in extras.get(extra, ()) if (found := _unfit(need)) is not None]
        for_whom = references[0] + (f" and {len(references) - 1} more" if len(references) > 1 else "")
        if not wrong:
            yield ok(f"extra {extra}", f"is there, for {for_whom}")
            continue
        yield problem(f"extra {extra}", f"{', '.join(wrong)}, for {for_whom}", f"pip install 'seedmask[{extra}]'")
        yield from _compilers(need.name for need in extras[extra])


def _compilers(names: Iterator[str]) -> Iterator[Finding]:
    for name in names:
        if name in COMPILED and not any(map(shutil.which, COMPILED[name])):
            yield problem("compiler", f"none, and {name} is compiled", "Debian: apt-get install gcc python3-dev")


def _locks() -> Iterator[Finding]:
    """Libraries in other versions than the lock files have; results may differ in their last digits."""
    files = sorted((workflow_folder() / "envs").glob("requirements-*.txt"))
    pins = re.findall(r"(?m)^([\w.-]+)==([^\s=]+)$", "\n".join(file.read_text() for file in files))
    needs = [(name, Requirement(f"{name}=={version}")) for name, version in pins]
    others = [f"{n} {found}" for n, need in needs if (found := _unfit(need)) not in (None, "not installed")]
    if others:
        listed = ", ".join(others[:3]) + f" and {len(others) - 3} more" * (len(others) > 3)
        yield warning("lock files", f"other versions of {listed}", "`make setup` for results that repeat exactly")
    elif pins:
        yield ok("lock files", "every library that is there has the version of the lock files")
