"""The Snakefile itself: its style, its default configuration, and how long it takes to parse."""

import subprocess
import sys

import yaml


def test_lint_and_format_have_nothing_to_say(finished):
    lint = subprocess.run(
        [sys.executable, "-m", "snakemake", "--lint"], cwd=finished.folder, capture_output=True, text=True, check=False
    )
    assert "your workflow is in a good condition" in lint.stdout + lint.stderr
    style = subprocess.run(
        [sys.executable, "-m", "snakefmt", "--check", "Snakefile", "rules"],
        cwd=finished.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert style.returncode == 0, style.stderr


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
