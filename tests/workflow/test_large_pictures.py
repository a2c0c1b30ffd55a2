"""Twelve pictures of 8000 x 6000, from `init` to exported masks, in 6 GB."""

import re
import subprocess
import sys

import numpy as np
import pytest
from benchmarks.kit.memory import most_held
from PIL import Image, ImageDraw

COUNT, SIZE, MOST = 12, (8000, 6000), 6 << 30


def write_pictures(folder):
    """Photographs with a thing of their class, in a folder of its name."""
    rng = np.random.default_rng(0)
    for number in range(COUNT):
        name = ("cow", "sheep")[number % 2]
        ground = rng.integers(60, 120, (SIZE[1] // 40, SIZE[0] // 40, 3), np.uint8)
        picture = Image.fromarray(ground).resize(SIZE, Image.Resampling.BILINEAR)
        box, colour = (2000, 1500, 5000, 4500), (220, 60, 40) if number % 2 else (40, 60, 220)
        ImageDraw.Draw(picture).ellipse(box, fill=colour)
        (folder / "farm" / name).mkdir(parents=True, exist_ok=True)
        picture.save(folder / "farm" / name / f"p{number:02d}.jpg", quality=90)


@pytest.fixture
def held():
    """Most bytes that `seedmask` and all its jobs held at once, measured as the benchmarks do."""
    return lambda folder, *arguments: most_held([sys.executable, "-m", "seedmask", *arguments], folder)


@pytest.mark.thorough
def test_large_pictures_are_made_and_exported_at_their_size_in_six_gigabytes(tmp_path, held):
    write_pictures(tmp_path)
    peaks = {"init": held(tmp_path, "init", "farm")}
    config = (tmp_path / "config.yaml").read_text()
    assert "working_side: 2048" in config
    short = re.sub(r"epochs: \d+", "epochs: 1", re.sub(r"least_steps: \d+", "least_steps: 1", config))
    (tmp_path / "config.yaml").write_text(short.replace("# any timm model", "\n    weights: none  # any timm model"))
    peaks["run"] = held(tmp_path, "run", "config.yaml", "--cores", "2")
    for variant in ("masks/crf", "predictions/crf"):
        peaks[variant] = held(tmp_path, "export", "config.yaml", variant, "--out", f"out/{variant}")
        files = sorted((tmp_path / "out" / variant).rglob("*.png"))
        assert len(files) == COUNT
        for file in files:
            with Image.open(file) as mask:
                assert mask.size == SIZE
    sys.stdout.write(f"{peaks}\n")
    assert max(peaks.values()) <= MOST, peaks


@pytest.mark.thorough
def test_the_index_of_large_pictures_reads_one_at_a_time(tmp_path, held):
    """Its peak is that of a picture, however many a shard has."""
    write_pictures(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "seedmask", "init", "farm"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert "are read at 2048 and exported at their size" in done.stdout
    assert held(tmp_path, "run", "config.yaml", "--until", "index", "--cores", "2") <= 2 << 30
