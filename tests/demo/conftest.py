"""A tiny library of cut-outs and backgrounds, and machines with and without a package manager."""

import itertools
import os
import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seedmask.demo.cutouts import BackgroundPhoto, Cutout, Pictures
from seedmask.demo.scene import KINDS


@pytest.fixture
def library(tmp_path):
    """Cut-outs (two of each class and two distractors), backgrounds and the reader for them."""
    rng = np.random.default_rng(0)
    cutouts = []
    for name, number in itertools.product([*(kind.name for kind in KINDS), None], range(2)):
        height, width = rng.integers(90, 160, size=2)
        rgba = np.zeros((height, width, 4), np.uint8)
        rgba[..., :3] = rng.integers(0, 255, size=3)
        rgba[5:-5, 5:-5, 3] = 255
        path = f"{name}_{number}.png"
        Image.fromarray(rgba).save(tmp_path / path)
        cutouts.append(Cutout("parts", path, name, "train", ""))
    Image.fromarray(rng.integers(0, 255, (300, 400, 3), dtype=np.uint8)).save(tmp_path / "ground.png")
    contexts = tuple(sorted({context for kind in KINDS for context in kind.contexts}))
    areas = [BackgroundPhoto("parts", "ground.png", contexts, (0.0, 0.0, 1.0, 1.0), "train", "")]
    return cutouts, areas, Pictures({"parts": tmp_path})


@pytest.fixture
def bare_machine(tmp_path, monkeypatch):
    """No apt and no cache; returns the folder in which programs are looked for."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("SEEDMASK_CACHE", str(tmp_path / "cache"))
    return programs


@pytest.fixture
def program(bare_machine, monkeypatch):
    """Adds a shell script to the machine: `program("apt-get", "exit 1")`."""
    monkeypatch.setenv("PATH", f"{bare_machine}{os.pathsep}/usr/bin{os.pathsep}/bin")

    def add(name: str, script: str) -> Path:
        path = bare_machine / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return add
