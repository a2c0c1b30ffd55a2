"""How much the rows of the encoder's own head help when pictures are few: `recipes/small-ablation.yaml` on ever fewer.

Run: python benchmarks/studies/small_sets.py   (an hour on two cores; what is made already stays)
"""

import argparse
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import yaml

RECIPE = Path("recipes/small-ablation.yaml")
ROOT = Path("data/stamps")
LISTS = Path("results/small_sets")
COUNTS = (40, 80, 160, 240)
DRAWS = (0, 1, 2)
HEADS = ("drawn", "named", "started")
SCORES = (("seeds", "train"), ("masks", "train"), ("predictions", "train"), ("predictions", "val"))


def main() -> None:
    """Run what is missing and print the table in Markdown."""
    parser = argparse.ArgumentParser(description="Seeds, masks and segmenters from few pictures.")
    parser.add_argument("--cores", default="all")
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS)
    options = parser.parse_args()
    for count in options.counts:
        for draw in DRAWS:
            run(configuration(count, draw), options.cores)
    sys.stdout.write(table(options.counts))


def drawn_ids(count: int, draw: int) -> list[str]:
    """Training pictures of a draw: the first of a permutation in which the smallest subset shows every class."""
    ids = (ROOT / "ImageSets/Segmentation/train.txt").read_text().split()
    generator = np.random.default_rng(draw)
    wanted = _classes(ids)
    while True:
        order = [ids[number] for number in generator.permutation(len(ids))]
        if _classes(order[: min(COUNTS)]) == wanted:
            return sorted(order[:count])


def configuration(count: int, draw: int) -> Path:
    """A file with what differs from the recipe: the pictures, and the seeds of all trainings."""
    LISTS.mkdir(parents=True, exist_ok=True)
    recipe = yaml.safe_load(RECIPE.read_text())
    name = f"small_{count}_{draw}"
    pictures = LISTS / f"{name}.txt"
    pictures.write_text("".join(f"{image}\n" for image in drawn_ids(count, draw)))
    splits = {"train": str(pictures.resolve()), "val": "ImageSets/Segmentation/val.txt"}
    trained = ("classifiers/drawn", "classifiers/started", *(f"segmenters/{head}" for head in HEADS))
    seeds = {stage: {} for stage in ("classifiers", "segmenters")}
    for reference in trained:
        stage, variant = reference.split("/")
        seeds[stage][variant] = {"seed": draw}
    settings = LISTS / f"{name}.yaml"
    settings.write_text(yaml.safe_dump({"dataset": {**recipe["dataset"], "name": name, "splits": splits}, **seeds}))
    return settings


def run(settings: Path, cores: str) -> None:
    """Make all scores of a data set."""
    name = settings.stem
    scores = [str(_scores(name, stage, head)) for stage in ("seeds", "masks", "predictions") for head in HEADS]
    command = ["snakemake", "--profile", "profiles/default", "--cores", cores]
    subprocess.run([*command, "--configfile", str(RECIPE), str(settings), "--", *scores], check=True)


def table(counts: Sequence[int]) -> str:
    """Mean and standard deviation over the draws, a line for each number of pictures and stage."""
    lines = ["| pictures | mIoU of | drawn | named | named and trained |", "|---|---|---|---|---|"]
    for count in counts:
        for stage, split in SCORES:
            cells = []
            for head in HEADS:
                values = [_miou(f"small_{count}_{draw}", stage, head, split) for draw in DRAWS]
                cells.append(f"{fmean(values):.3f} ± {stdev(values):.3f}")
            lines.append(f"| {count} | {stage}, {split} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _miou(name: str, stage: str, head: str, split: str) -> float:
    """The score whose threshold used no pixel labels."""
    results = json.loads(_scores(name, stage, head).read_bytes())["results"]
    honest = [r for r in results if r["protocol"]["split"] == split and r["protocol"]["threshold_mode"] != "oracle"]
    (result,) = honest
    return result["miou"]


def _scores(name: str, stage: str, head: str) -> Path:
    return Path("results") / name / "evaluation" / stage / head / "scores.json"


def _classes(ids: Sequence[str]) -> set[str]:
    """Classes that occur in some pictures."""
    return {line for image in ids for line in _objects(image)}


def _objects(image: str) -> list[str]:
    root = ElementTree.parse(ROOT / "Annotations" / f"{image}.xml").getroot()
    return [name.text or "" for name in root.iterfind("object/name")]


if __name__ == "__main__":
    main()
