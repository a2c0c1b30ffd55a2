"""Every command that stands in a block of a page is run, on a finished run under the names that the pages use."""

import shutil
from itertools import groupby
from pathlib import Path

import pytest
import yaml
from docs_kit import commands
from typer.testing import CliRunner
from workflow_kit import ROOT

from seedmask.cli import app

SERVES = "view"
"""Goes on until it is stopped; tests/inspect/viewer and the way of somebody new start it."""
ALIASES = {
    "saliency/u2netp": "saliency/own",
    "seeds/i2crc": "seeds/cam",
    "seeds/seam": "seeds/cam",
    "seeds/plain": "seeds/cam",
    "seeds/sfc": "seeds/cam",
    "weak_labels/points": "weak_labels/clicks",
    "masks/par": "masks/crf",
    "masks/ppg": "masks/crf",
    "masks/clicks": "masks/crf",
    "masks/points": "masks/crf",
    "masks/labels": "masks/crf",
    "masks/refined": "masks/crf",
    "masks/plain_weights": "masks/threshold",
    "masks/sfc_both": "masks/crf",
    "predictions/points": "predictions/crf",
}
"""Variants on the pages, and what stands for each: a copy under that name."""
NEEDS_DATA = "docs/published.md"
"""Its commands need sets that nobody may hand on; `test_recipes` plans them on stand-ins."""
TYPED = [command for command in commands("seedmask", "snakemake") if command.typed and command.page != NEEDS_DATA]


@pytest.fixture(scope="module")
def place(finished, i2crc, agmm, tmp_path_factory):
    """A folder where everything that the pages name is there; all runs are of the same pictures."""
    workspace = finished.copy(tmp_path_factory.mktemp("docs") / "work")
    folder = workspace.folder
    for other, name in ((i2crc, "saliency/own"), (agmm, "weak_labels/clicks")):
        shutil.copytree(other.results / name, workspace.results / name)
    for name, source in ALIASES.items():
        shutil.copytree(workspace.results / source, workspace.results / name, dirs_exist_ok=True)
        scores = workspace.results / "evaluation" / source
        if scores.exists():
            shutil.copytree(scores, workspace.results / "evaluation" / name, dirs_exist_ok=True)
    for name in ("stamps", "stamps_sfc", "cows"):
        shutil.copytree(workspace.results, folder / "results" / name)
    (folder / "data").mkdir()
    shutil.copytree(folder / "shapes", folder / "data" / "stamps")
    shutil.copytree(ROOT / "recipes", folder / "recipes")
    pictures = sorted((folder / "shapes" / "JPEGImages").iterdir())
    for name, count in (("path/to/cows", 6), ("holiday", 2)):
        (folder / name).mkdir(parents=True)
        for picture in pictures[:count]:
            shutil.copy(picture, folder / name)
    (folder / "path/to/cows/tags.csv").write_text("".join(f"{picture.stem},cow\n" for picture in pictures[:6]))
    (folder / "more").mkdir()
    shutil.copy(pictures[-1], folder / "more" / "cow.jpg")
    (folder / "config.yaml").write_text(yaml.safe_dump(workspace.config, sort_keys=False))
    return workspace


@pytest.mark.parametrize("page", [page for page, _ in groupby(TYPED, key=lambda command: command.page)])
def test_the_commands_of_a_page_run(place, page, monkeypatch):
    monkeypatch.chdir(place.folder)
    made: list[Path] = []
    for command in [command for command in TYPED if command.page == page]:
        program, *words = command.words
        if program == "snakemake":
            place.run("--dry-run", "--quiet", *words)
        elif words[0] == "run":
            place.run("--dry-run", "--quiet", *["--configfile"] * len(words[1:2]), *words[1:])
        elif words[0] != SERVES and "--watch" not in words:
            result = CliRunner().invoke(app, ["train_0001" if word.startswith("NAME_OF") else word for word in words])
            assert result.exit_code == 0, f"{command}\n{result.output}"
            if "--out" in words:  # another page may write there too
                made.append(Path(words[words.index("--out") + 1]))
    for path in made:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
