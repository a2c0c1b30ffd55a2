"""The Snakefile itself: its style, its default configuration, and that parsing it changes nothing."""

import hashlib
import os
import shutil
import subprocess
import sys
import time

import pytest
import yaml
from warm_kit import warm_python
from workflow_kit import ROOT


def test_lint_and_format_have_nothing_to_say(copied):
    lint = subprocess.run(
        [warm_python(), "-m", "snakemake", "--lint"], cwd=copied.folder, capture_output=True, text=True, check=False
    )
    assert "your workflow is in a good condition" in lint.stdout + lint.stderr
    style = subprocess.run(
        [sys.executable, "-m", "snakefmt", "--check", "Snakefile", "rules"],
        cwd=copied.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert style.returncode == 0, style.stderr


def test_the_test_configuration_runs_in_its_own_folder(finished, tmp_path):
    """What it makes, `finished` has made."""
    shutil.copy(ROOT / ".test" / "config.yaml", tmp_path)
    shutil.copytree(finished.folder / "shapes", tmp_path / "shapes")
    command = [
        str(warm_python()),
        "-m",
        "snakemake",
        "--snakefile",
        str(ROOT / "Snakefile"),
        "--directory",
        str(tmp_path),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "pipeline")}
    outcome = subprocess.run([*command, "--dry-run"], env=environment, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr[-3000:]
    assert "rule report:" in outcome.stdout


def test_a_named_configuration_stands_alone(copied):
    alone = {"dataset": copied.config["dataset"], "classifiers": {"other": {"epochs": 1, "frozen_stages": "all"}}}
    (copied.folder / "alone.yaml").write_text(yaml.safe_dump(alone))
    planned = copied.planned("results/shapes/classifiers/other/manifest.json", "--configfile", "alone.yaml")
    assert planned == ["classifiers other"]
    assert copied.planned("--configfile", "alone.yaml") == [
        "classifiers other",
        "images",
        "report",
        "tags classifiers other",
    ]


def test_a_job_takes_the_cores_that_its_settings_name(copied):
    copied.config["seeds"]["cam"]["threads"] = 3
    manifest = "results/shapes/seeds/cam/manifests/0000.json"
    output = copied.run("--dry-run", manifest, cores=4)
    block = output[output.index("rule seeds_shard:") :].split("\n\n")[0]
    assert "threads: 3" in block


def test_a_wrong_configuration_is_told_without_a_traceback(copied):
    copied.config["masks"]["crf"]["iterationz"] = 3
    output = copied.run("--dry-run", succeeds=False)
    assert "config.yaml line" in output
    assert "masks.crf.iterationz: unknown key" in output
    assert "Traceback" not in output


def test_a_file_that_is_no_yaml_is_told_with_its_line(copied):
    (copied.folder / "broken.yaml").write_text("dataset:\n  name: [a\n  root: x\n")
    output = copied.run("--dry-run", "--configfile", "broken.yaml", succeeds=False)
    assert "broken.yaml line 3: is not YAML" in output
    assert "Traceback" not in output


@pytest.fixture(scope="module")
def damaged(finished, tmp_path_factory):
    """A workspace in which there is something of every kind to recover, and a changed image to list."""
    workspace = finished.copy(tmp_path_factory.mktemp("damaged") / "work")
    shutil.rmtree(workspace.folder / ".snakemake")
    locks = workspace.folder / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    (locks / "0.output.lock").write_text("results/shapes/report.html\n")
    run = "from pathlib import Path; from seedmask.runs.active import register; register(Path('results/shapes'))"
    subprocess.run(
        [sys.executable, "-c", f"{run}; import os; os.kill(os.getpid(), 9)"],
        cwd=workspace.folder,
        env={**os.environ, "PYTHONPATH": str(workspace.folder / "pipeline")},
        check=False,
    )
    ahead = time.time() + 3600
    os.utime(workspace.results / "masks" / "crf" / "manifests" / "0000.json", (ahead, ahead))
    min((workspace.folder / "shapes" / "JPEGImages").iterdir()).touch()
    (workspace.folder / "config.yaml").write_text(yaml.safe_dump(workspace.config, sort_keys=False))
    return workspace.folder


def tree(folder):
    """Every file and folder with its time and content; of Snakemake's own, its locks and our list of runs."""
    seen = {}
    for path in sorted([folder, *folder.rglob("*")]):
        name = path.relative_to(folder).as_posix()
        if name.startswith(".snakemake") and not name.startswith((".snakemake/locks", ".snakemake/seedmask")):
            continue
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        seen[name] = (path.stat().st_mtime_ns, path.stat().st_mode, content)
    return seen


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--dry-run", "--cores", "1"], 0),
        (["--cores", "1", "results/shapes/masks/crff/manifests/0000.json"], 1),
        (["--lint"], 0),
        (["--report", "../page.zip"], 0),
        (["--summary"], 0),
        (["--list-rules"], 0),
    ],
    ids=["dry run", "misspelled target", "lint", "report", "summary", "rules"],
)
def test_parsing_changes_nothing(damaged, words, status):
    before = tree(damaged)
    environment = {**os.environ, "PYTHONPATH": str(damaged / "pipeline"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(warm_python()), "-m", "snakemake", *words]
    outcome = subprocess.run(command, cwd=damaged, env=environment, capture_output=True, text=True, check=False)
    assert outcome.returncode == status, outcome.stderr[-3000:]
    assert tree(damaged) == before
    if "--lint" not in words:
        said = outcome.stdout + outcome.stderr
        assert "a lock was left by a run that was killed" in said
        assert "1 results are dated in the future" in said
        assert "does not remember the making of" in said


def test_recover_puts_right_what_parsing_only_mentions(damaged, tmp_path):
    folder = tmp_path / "work"
    shutil.copytree(damaged, folder)
    environment = {**os.environ, "PYTHONPATH": str(folder / "pipeline")}

    def seedmask(*words):
        command = [str(warm_python()), "-m", "seedmask", *words]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout

    output = seedmask("recover")
    assert "a lock was left by a run that was killed" in output
    assert "1 results were dated in the future" in output
    assert "does not remember the making of" in output
    assert not list((folder / ".snakemake" / "locks").iterdir())
    assert not list((folder / ".snakemake" / "seedmask").iterdir())
    assert not (folder / "results" / "shapes" / "report.html").exists()
    assert seedmask("recover") == "there is nothing to recover\n"
