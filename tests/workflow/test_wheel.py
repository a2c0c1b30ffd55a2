"""What a stranger does who has the wheel and nothing of this project: in an empty folder, and from another workflow."""

import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.request import urlopen

import pytest
import yaml
from filelock import FileLock
from warm_kit import warm_python
from workflow_kit import ROOT

from seedmask.storage.manifest import read_manifest

PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
WORKFLOW = "seedmask/workflow"
USERS = ("numpy", "pipeline", "seedmask", "torch", "types", "yaml")
"""Modules of the user's own, which nothing of ours may take for a library."""
CONFIG = {
    "dataset": {"name": "shapes", "format": "voc", "root": "data/shapes"},
    "classifiers": {"cam": {"frozen_stages": "all", "epochs": 1, "least_steps": 0, "threads": 1}},
    "seeds": {"cam": {"from": "classifiers/cam", "scales": [1.0]}},
    "masks": {"threshold": {"from": "seeds/cam", "method": "threshold"}},
}


class Stranger:
    """A folder of somebody who has installed the wheel into `site`."""

    def __init__(self, site: Path, folder: Path):
        self.site, self.folder = site, folder
        programs = os.pathsep.join([str(site / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
        self.environment = {**os.environ, "PYTHONPATH": str(site), "PATH": programs}

    def start(self, *command: str) -> subprocess.Popen:
        """Start a program; the project's own folder is not on its path."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, text=True, **pipes)

    def run(self, *command: str, status: int = 0) -> str:
        """Run a program to its end; what it printed."""
        process = self.start(*command)
        output = process.communicate()[0]
        assert process.returncode == status, output[-6000:]
        return output

    def draw(self) -> None:
        """Make a few small pictures."""
        counts = ("--train", "8", "--val", "4", "--size", "64")
        self.run("python", "-m", "seedmask.demo", "--out", "data", "--set", "shapes", *counts)


@pytest.fixture(scope="session")
def site(tmp_path_factory, worker_id):
    """A folder of packages with the wheel of this project, which is built once."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "wheel"
    with FileLock(f"{folder}.lock"):
        if not (folder / "site").exists():
            copy = folder / "project"  # a build leaves files in its folder
            shutil.copytree(
                ROOT, copy, ignore=shutil.ignore_patterns(".*", "results", "build", "data", "tests", "*.egg-info")
            )
            subprocess.run([*PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, copy], check=True)
            (wheel,) = folder.glob("*.whl")
            target = ("--no-deps", "--no-index", "--target", folder / "made")
            subprocess.run([*PIP, "install", *target, wheel], check=True)
            (folder / "made").rename(folder / "site")
    return folder / "site"


@pytest.fixture(scope="session")
def ran(site, tmp_path_factory, worker_id):
    """Somebody's folder after one small run, beside whose pictures lie programs of their own; never changed.

    All but its last jobs, one of which needs torch, are forks, before the programs are there.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "stranger"
    with FileLock(f"{folder}.lock"):
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            stranger = Stranger(site, folder)
            stranger.draw()
            stranger.run("seedmask", "init", "data/shapes", "--out", "cows.yaml", "--name", "cows")
            shorten(folder / "cows.yaml")
            warmed(stranger).run("python", "-m", "seedmask", "run", "cows.yaml", "--cores", "2")
            for made in ("report.html", "evaluation/classifiers/cam/tags.json"):
                (folder / "results/cows" / made).unlink()
            for name in USERS:
                (folder / f"{name}.py").write_text("raise SystemExit('a module of the user')")
            (folder / "done").write_text(stranger.run("seedmask", "run", "cows.yaml", "--cores", "2"))
    return Stranger(site, folder)


def warmed(stranger: Stranger) -> Stranger:
    """The same one, whose `python` is forks of a warm process."""
    other = Stranger(stranger.site, stranger.folder)
    other.environment["PATH"] = os.pathsep.join([str(warm_python().parent), stranger.environment["PATH"]])
    return other


def shorten(path: Path) -> None:
    """Make the trainings of a configuration as short as they can be."""
    config = yaml.safe_load(path.read_text())
    short = {"epochs": 1, "least_steps": 0, "threads": 1}
    config["classifiers"]["cam"] |= short
    config["seeds"]["cam"] |= {"scales": [1.0], "flip": False}
    config["segmenters"]["crf"] |= {**short, "arch": "FPN", "augmentation": {"crop": 64}}
    path.write_text(yaml.safe_dump(config, sort_keys=False))


def test_the_package_of_the_wheel_is_imported_and_not_the_project(site, tmp_path):
    code = "import seedmask, snakemake_logger_plugin_seedmask as plugin; "
    code += "print(seedmask.__file__, plugin.__file__, seedmask.__version__, sep='\\n')"
    *files, version = Stranger(site, tmp_path).run("python", "-c", code).splitlines()
    assert [Path(file).parents[1] for file in files] == [site, site]
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text()
    assert (site / "seedmask" / "py.typed").exists()


def test_the_wheel_holds_every_file_of_the_workflow_and_nothing_of_an_earlier_build(site):
    (wheel,) = site.parent.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    names = ("Snakefile", "config.yaml", "config.schema.json", "rules", "profiles", "recipes", "envs")
    listed = subprocess.run(["git", "ls-files", *names], cwd=ROOT, capture_output=True, text=True, check=False)
    files = listed.stdout.split() or [
        str(p.relative_to(ROOT)) for n in names for p in (ROOT / n).rglob("*") if p.is_file()
    ]
    assert {f"{WORKFLOW}/{file}" for file in files} == {name for name in packed if name.startswith(WORKFLOW)}
    assert {name.split("/")[0] for name in packed} - {"seedmask", "snakemake_logger_plugin_seedmask"} == {
        name.split("/")[0] for name in packed if ".dist-info" in name
    }


def test_a_run_makes_masks_and_the_report_whatever_the_users_programs_are_called(ran):
    assert (ran.folder / "results/cows/report.html").exists()
    assert read_manifest(ran.folder / "results/cows", "segmenters/crf").stage == "segmenters"


def test_nothing_is_left_to_do_after_a_run(ran):
    assert "Nothing to be done" in ran.run("seedmask", "run", "cows.yaml", "--cores", "2", "-n")


def test_results_are_shown_in_the_browser(ran):
    process = ran.start("seedmask", "view", "results/cows", "--no-browser")
    address = process.stdout.readline().split()[1]
    with urlopen(address, timeout=20) as answer:
        assert b"<html" in answer.read()
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 0


def test_masks_are_exported(ran, tmp_path):
    ran.run("seedmask", "export", "results/cows", "masks/crf", "--out", str(tmp_path / "masks"))
    assert len(list((tmp_path / "masks").rglob("*.png"))) == 8


def test_a_segmenter_predicts_pictures(ran, tmp_path):
    pictures = "data/shapes/JPEGImages"
    ran.run("seedmask", "predict", "results/cows", "segmenters/crf", pictures, "--out", str(tmp_path / "new"))
    assert len(list((tmp_path / "new").rglob("*.png"))) == 12


@pytest.fixture(scope="session")
def importing(site, tmp_path_factory):
    """A workflow of somebody's own that uses this one as a module, with the results in a folder of its own."""
    stranger = warmed(Stranger(site, tmp_path_factory.mktemp("importing")))
    stranger.draw()
    (stranger.folder / "mine.yaml").write_text(yaml.safe_dump({"masks": CONFIG}))
    (stranger.folder / "Snakefile").write_text("""
from seedmask.runs.workflow import workflow_folder

configfile: "mine.yaml"

module seedmask:
    snakefile: str(workflow_folder() / "Snakefile")
    config: config["masks"]
    prefix: "sub"

use rule * from seedmask as seedmask_*

rule mine:
    default_target: True
    input: "sub/results/shapes/report.html"
    output: "mine.html"
    shell: "cp {input} {output}"
""")
    return stranger


@pytest.mark.thorough
def test_another_workflow_uses_this_one_below_a_folder_of_its_own(importing):
    planned = importing.run("snakemake", "-n")
    assert "seedmask_masks_shard" in planned
    assert not (importing.folder / "sub").exists()
    importing.run("snakemake", "--cores", "2")
    assert (importing.folder / "mine.html").exists()
    assert not (importing.folder / "results").exists()
    importing.run("snakemake", "--report", "report.html")  # captions and pages are found
    assert "Nothing to be done" in importing.run("snakemake", "-n")


def test_a_fault_in_the_modules_part_of_a_configuration_is_named(importing, tmp_path):
    stranger = Stranger(importing.site, tmp_path)
    shutil.copy(importing.folder / "Snakefile", tmp_path)
    wrong = {**CONFIG, "masks": {"threshold": {"from": "seeds/none", "method": "threshold"}}}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"masks": wrong}))
    output = stranger.run("snakemake", "-n", status=1)
    assert "seeds/none" in output
    assert "Traceback" not in output
