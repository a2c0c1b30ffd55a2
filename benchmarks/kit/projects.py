"""Projects of large sets whose pictures are empty files, for what happens before a picture is computed."""

import os
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.kit.memory import ROOT

DATA = "data/set"
"""Not in the project's folder itself: Python lists each folder there when it starts, and looks for packages."""
SPLITS = ["train", "val"]
FIXED = {"method": "crf", "threshold": {"mode": "fixed", "value": 0.3}}
VARIANTS = {
    "saliency": {"net": {"splits": SPLITS}},
    "classifiers": {"a": {}, "b": {}},
    "seeds": {name: {"from": f"classifiers/{name}", "splits": SPLITS} for name in "ab"},
    "masks": {
        **{name: {"from": f"seeds/{name}", **FIXED} for name in "ab"},
        "free": {"from": "seeds/a", "method": "threshold"},
        "par": {"from": "seeds/b", "method": "par"},
    },
    "segmenters": {name: {"from": f"masks/{name}"} for name in "ab"},
    "predictions": {
        **{name: {"from": f"segmenters/{name}"} for name in "ab"},
        "plain": {"from": "segmenters/b", "flip": False},
    },
}
"""Ten variants that are cut into shards, and four networks."""


@dataclass(frozen=True)
class Size:
    """A data set's size."""

    name: str
    train: int
    val: int
    shard_size: int
    pixels: int
    """Of a picture, usually."""

    @property
    def shards(self) -> int:
        """Shards of every variant."""
        return -(-(self.train + self.val) // self.shard_size)


def write_project(folder: Path, size: Size) -> Path:
    """A project with empty pictures, whose Snakefile and package are these."""
    root = folder / DATA
    root.mkdir(parents=True)
    for name in ("Snakefile", "rules", "envs", "profiles"):
        (folder / name).symlink_to(ROOT / name)
    add_pictures(root, size.train, size.val)
    dataset = {"name": "set", "format": "folder", "root": DATA, "shard_size": size.shard_size}
    (folder / "config.yaml").write_text(yaml.safe_dump({"dataset": dataset, **VARIANTS}, sort_keys=False))
    return folder


def add_pictures(root: Path, train: int, val: int = 0, prefix: str = "") -> None:
    """Empty pictures with a tag each."""
    names = [f"{prefix}{number:08d}" for number in range(train + val)]
    for name in names:
        (root / f"{name}.jpg").touch()
    (root / "classes.txt").write_text("cow\nsheep\n")
    for table, cells in (("tags", ["cow"] * len(names)), ("splits", ["train"] * train + ["val"] * val)):
        with (root / f"{table}.csv").open("a") as file:
            file.writelines(f"{name}.jpg,{cell}\n" for name, cell in zip(names, cells, strict=True))


def parse_of(variant: str) -> list[str]:
    """Arguments of Python for what the process of one job of saliency does on a cluster before the job begins."""
    rule = "saliency_shard"
    target = ["--target-jobs", f"{rule}:stage=saliency,variant={variant},shard=0001", "--allowed-rules", rule]
    return ["-m", "snakemake", "--mode", "remote", "-n", "-q", "all", "--nolock", "--cores", "1", *target]


def with_first_on_path(folder: Path) -> dict[str, str]:
    """Environment in which programs of a folder are found before all others."""
    return {"PATH": f"{folder}:{os.environ['PATH']}"}
