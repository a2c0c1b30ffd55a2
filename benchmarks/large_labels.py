"""The index of 100,000 pictures when a thousand come to it, and labels that people made for as many.

One file holds three points for each picture, and a folder a map of each; pictures and maps are empty files.
"""

import contextlib
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import yaml

from benchmarks.kit.cases import Table
from benchmarks.kit.processes import Used, run_command
from benchmarks.kit.projects import DATA, Size, add_pictures, parse_of, write_project
from seedmask.config.graph import load_file
from seedmask.dataset import listing as listed
from seedmask.dataset import reading
from seedmask.dataset.images import ImageFacts
from seedmask.job import Job
from seedmask.jobs import index, index_shard
from seedmask.plan import Plan

CLICKS = "weak_labels/clicks"


def tables(quick: bool) -> list[Table]:
    """Both."""
    size = Size("large", 300 if quick else 100_000, 0, 256, 0)
    more = size.train // 100
    with tempfile.TemporaryDirectory() as name:
        labels = _labels(write_project(Path(name) / "labels", size), size.train)
        project = write_project(Path(name) / "more", size)
        rows = [_indexed(project)]
        add_pictures(project / DATA, more, prefix="0000")
        rows.append(_indexed(project))
    columns = ("", "s", "s of the processor", "MB", "wanted")
    index_columns = ("pictures", "of which are read", "s")
    return [
        Table(f"Labels of {size.train:,} pictures", columns, labels),
        Table(f"The index, and again with {more:,} more among them", index_columns, rows, "Files are not really read."),
    ]


def _indexed(project: Path) -> tuple[int, int, float]:
    started = time.perf_counter()
    with ProcessPoolExecutor(1) as child:
        read, pictures = child.submit(make_index, project).result()
    return pictures, read, time.perf_counter() - started


def make_index(project: Path) -> tuple[int, int]:
    """Run the jobs of the index; how many pictures were read, which is not really done, and how many there are."""
    read = []
    with contextlib.chdir(project):
        plan = Plan(load_file(Path("config.yaml")), listed.update_listing)
        reading.inspect_image = lambda path, *_: read.append(path) or ImageFacts(8, 6, "0" * 64, "")
        for shard in plan.shards():
            index_shard.run(Job.model_validate_json(plan.index_shard_job(shard)), "cpu")
        index.run(Job.model_validate_json(plan.index_job()), "cpu")
        return len(read), plan.listing.split_rows.images


def _labels(project: Path, count: int) -> list[tuple[str, float, float, float, str]]:
    """What a job pays where people labelled all pictures."""
    (project / "data/drawn").mkdir()
    with (project / "data/clicks.csv").open("w") as file:
        file.write("image,x,y,class\n")
        for number in range(count):
            (project / f"data/drawn/{number:08d}.png").touch()
            file.writelines(f"{number:08d},{x},2,cow\n" for x in (1, 3, 5))
    config = project / "config.yaml"
    dataset = yaml.safe_load(config.read_text())["dataset"]
    saliency = {"drawn": {"method": "folder", "folder": "data/drawn", "origin": "drawn by hand"}}
    weak_labels = {"clicks": {"method": "points", "file": "data/clicks.csv"}}
    config.write_text(yaml.safe_dump({"dataset": dataset, "saliency": saliency, "weak_labels": weak_labels}))
    _indexed(project)
    with contextlib.chdir(project):
        plan = Plan(load_file(Path("config.yaml")), listed.update_listing)
        jobs = {"one job cuts the file": plan.fit_job(CLICKS), "job of a shard": plan.job(CLICKS, "0001")}
    steps = [("parse of one job", run_command(parse_of("drawn"), project), "at most 3 s")]
    for what, job in jobs.items():
        steps.append((what, run_command(["-m", "seedmask.jobs", "weak_labels", "--job", job], project), ""))
    return [_row(*step) for step in steps]


def _row(what: str, used: Used, wanted: str) -> tuple[str, float, float, float, str]:
    return what, used.seconds, used.processor, used.megabytes, wanted
