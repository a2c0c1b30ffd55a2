"""Messages to a user who lacks a tool, and versions that have to be the same."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import snakemake
from packaging.requirements import Requirement

from seedmask.saliency.network.options import PACKAGED

ROOT = Path(__file__).resolve().parents[1]


def pins(name: str) -> dict[str, str]:
    """Exact versions of a lock file or of a conda environment."""
    found = re.findall(
        r"^\s*(?:- )?([A-Za-z0-9_.-]+)={2,3}([^\s=]+)$", (ROOT / "envs" / name).read_text(), re.MULTILINE
    )
    return {package.lower().replace("_", "-"): pin for package, pin in found}


def check_tools(path: Path, *programs: str, crf: str = "yes") -> subprocess.CompletedProcess:
    """The check before pip, on a machine that has only some programs."""
    path.mkdir()
    for program in programs:
        (path / program).symlink_to(shutil.which(program))
    command = [shutil.which("sh"), ROOT / "envs" / "check-tools.sh", sys.executable, crf]
    return subprocess.run(command, env={"PATH": str(path)}, capture_output=True, text=True, check=False)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc to show the difference")
def test_without_a_compiler_set_up_says_what_to_do(tmp_path):
    result = check_tools(tmp_path / "bin")
    assert result.returncode == 1
    assert "no C compiler, which the dense CRF needs" in result.stderr
    assert "make setup CRF=no" in result.stderr
    assert check_tools(tmp_path / "with", "gcc").returncode == 0
    assert check_tools(tmp_path / "without", crf="no").returncode == 0


def test_a_missing_python_is_named(tmp_path):
    command = [shutil.which("sh"), ROOT / "envs" / "check-tools.sh", "python3.99", "no"]
    result = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "python3.99 is not there" in result.stderr


def test_the_conda_environment_has_the_versions_of_the_lock_files():
    locked = pins("requirements-common.txt") | pins("requirements-cpu.txt") | pins("requirements-crf.txt")
    conda = pins("seedmask.yaml")
    conda.pop("seedmask")
    assert len(conda) > 10
    assert conda.items() <= locked.items()


def test_the_conda_environment_holds_this_release():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert pins("seedmask.yaml")["seedmask"] == project["version"]
    assert f"\n## {project['version']}\n" in (ROOT / "CHANGELOG.md").read_text()


def test_ranges_are_the_packages_and_exact_versions_the_lock_files():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needs = [*project["dependencies"], *(need for extra in project["optional-dependencies"].values() for need in extra)]
    assert not [need for need in needs if "==" in need]


def test_without_the_package_snakemake_says_in_one_line_what_to_do(tmp_path):
    for name in ("Snakefile", "rules", "profiles", "config.yaml"):
        (tmp_path / name).symlink_to(ROOT / name)
    environment = {**os.environ, "PYTHONPATH": str(Path(snakemake.__file__).parents[1])}
    command = [sys.executable, "-S", "-m", "snakemake", "--cores", "2"]  # without the paths that an installation adds
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("Seedmask is not installed for this Python: run `make setup` here")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("lock", "model"), [("requirements-saliency.txt", "u2netp"), ("requirements-u2net.txt", "u2net")]
)
def test_the_file_of_a_saliency_network_is_the_one_that_an_error_names(lock, model):
    ((package, pin),) = pins(lock).items()
    assert PACKAGED[model].package == f"{package}=={pin}"
    assert model == "u2net" or version(package) == pin


def test_both_kinds_of_torch_are_the_same_version():
    assert pins("requirements-cpu.txt")["torch"] == pins("requirements-cuda.txt")["torch"]


def test_the_lock_file_of_slurm_holds_what_its_extra_asks_for():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    locked = pins("requirements-slurm.txt")
    assert all(Requirement(need).specifier.contains(locked[Requirement(need).name]) for need in extras["slurm"])


def test_everything_the_package_needs_is_locked_and_installed_so():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [
        need
        for name in ("crf", "weights", "saliency", "onnx", "coco", "grabcut", "xarray", "plots", "test")
        for need in project["optional-dependencies"][name]
    ]
    needs = [re.match(r"[\w-]+", need).group().lower() for need in project["dependencies"] + extras]
    locked = pins("requirements-common.txt") | pins("requirements-cpu.txt") | pins("requirements-crf.txt")
    assert not [need for need in needs if need not in locked]
    assert not [need for need in needs if version(need).split("+")[0] != locked[need]]


def test_make_help_names_the_two_main_targets():
    result = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "make demo" in result.stdout
    assert "make test" in result.stdout
