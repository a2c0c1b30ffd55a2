"""What a large set costs before a picture is computed: parsing, planning, nothing to do, index, people's labels.

Projects with empty picture files are planned by Snakemake itself; finished results are faked by a `python` that writes
what a job declares and nothing else. The table at the end goes into docs/cluster.md.

Run: python benchmarks/graph.py [folder]   (a new folder for the projects, temporary by default)
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml

from seedmask.config.graph import load_file
from seedmask.config.stages import STAGES, is_sharded
from seedmask.dataset import listing as listed
from seedmask.dataset import reading
from seedmask.dataset.images import ImageFacts
from seedmask.job import Job
from seedmask.jobs import index, index_shard
from seedmask.plan import Plan

ROOT = Path(__file__).resolve().parents[1]
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
FAKE = f"""#!{sys.executable} -IS
import json, os, sys
job = json.loads(sys.argv[sys.argv.index("--job") + 1])
folder = os.path.join(job["results"], job["stage"], job["variant"])
shard, name = job.get("shard"), job["module"].rsplit(".", 1)[1]
names = {{
    "index_shard": [f"manifests/{{shard}}.json", f"tables/{{shard}}.json"],
    "index": ["set.json", "pictures.json", "dataset.json", "truth.json", "index.csv", "classes.csv"],
    "evaluation": ["scores.json"],
    "tags": ["tags.json"],
    "images": ["images.csv", "classes.csv"],
    "report": ["../report.html", "overview.png", "scores.csv"],
}}.get(name, [f"manifests/{{shard}}.json" if shard else "fit.json" if "fits" in job["module"] else "manifest.json"])
for name in names:
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "w").write(json.dumps([job["module"], job["variant"], shard]))
"""
FILES_OF_SHARD, FILES_OF_INDEX = 6, 8
"""Manifest, its second copy, lock, log, time and Snakemake's memory of it, beside an array's one; of an index shard."""
ARRAYS = {"saliency": 1, "seeds": 2, "masks": 1, "predictions": 2}
CLICKS = "weak_labels/clicks"
LINE = 900
"""Bytes of a picture with a truth mask in listing and index, as counted on the procedural set."""


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


VOC = Size("VOC", 10_582, 1_449, 256, 500 * 375)
COCO = Size("COCO", 118_287, 5_000, 256, 640 * 480)
TEN_MILLION = Size("10 million", 9_990_000, 10_000, 2048, 640 * 480)
JOBS_12000 = Size("12,000 jobs", 1_081, 10, 1, 500 * 375)
SHARDS_OF_TEN_MILLION = Size("10 million", TEN_MILLION.shards - 5, 5, 1, 640 * 480)
"""A picture in each shard: the graph is that of ten million."""
MANY = Size("100,000 pictures", 100_000, 0, 256, 0)


def main() -> None:
    """Print what was measured, and the table."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        planned: dict[str, float] = {}
        for size in (VOC, COCO, JOBS_12000, SHARDS_OF_TEN_MILLION):
            project = write_project(folder / size.name.replace(" ", "-").replace(",", ""), size)
            planned[size.name] = measure_planning(project, size)
            if size is VOC:
                measure_nothing_to_do(project)
        measure_labels(write_project(folder / "labels", MANY))
        measure_more_pictures(write_project(folder / "more", MANY))
        print_table(planned)


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


def measure_planning(project: Path, size: Size) -> float:
    """Listing, the parse of one job on a cluster, and a dry run of everything; its seconds of the processor."""
    plan = [
        "-c",
        "from pathlib import Path; from seedmask.config.graph import load_file; from seedmask.dataset import ",
    ]
    plan[1] += (
        "listed; from seedmask.plan import Plan; Plan(load_file(Path('config.yaml')), listed.update_listing).listing"
    )
    say(f"{size.name}: listing {size.train + size.val} pictures", run(project, plan))
    say(f"{size.name}: parse of one job (wanted: at most 3 s)", run(project, parse_of("saliency_shard", "net")))
    jobs = 11 * size.shards
    found = run(project, ["-m", "snakemake", "-n", "-q", "all", "--cores", "1"])
    say(f"{size.name}: planning {jobs} shard jobs (wanted of 12,000: at most 30 s, 400 MB)", found)
    return found[1]


def parse_of(rule: str, variant: str) -> list[str]:
    """What the process of one job on a cluster does before the job begins."""
    target = ["--target-jobs", f"{rule}:variant={variant},shard=0001", "--allowed-rules", rule]
    return ["-m", "snakemake", "--mode", "remote", "-n", "-q", "all", "--nolock", "--cores", "1", *target]


def measure_nothing_to_do(project: Path) -> None:
    """A run that finds everything made."""
    fake = project / "bin" / "python"
    fake.parent.mkdir()
    fake.write_text(FAKE)
    fake.chmod(0o755)
    command = ["-m", "snakemake", "-q", "all", "--cores", "2", "--logger", "seedmask"]
    say("VOC: all jobs, faked", run(project, command, f"{fake.parent}:{os.environ['PATH']}"))
    say("VOC: nothing to do (wanted: at most 5 s)", run(project, command))


def measure_more_pictures(project: Path) -> None:
    """How many pictures are read when 1,000 come to 100,000; those are not really read."""
    os.chdir(project)
    counts = []
    for more in (0, 1000):
        if more:
            add_pictures(project / DATA, more, prefix="0000")
        started = time.perf_counter()
        read, pictures = make_index()
        counts.append(f"{read} read of {pictures} in {time.perf_counter() - started:.0f} s")
    sys.stdout.write(f"index of 100,000 pictures, then 1,000 more among them: {'; '.join(counts)}\n")


def make_index() -> tuple[int, int]:
    """Run the jobs of the index; how many pictures were read, which is not really done, and how many there are."""
    plan, read = Plan(load_file(Path("config.yaml")), listed.update_listing), []
    reading.inspect_image = lambda path, *_: read.append(path) or ImageFacts(8, 6, "0" * 64, "")
    for shard in plan.shards():
        index_shard.run(Job.model_validate_json(plan.index_shard_job(shard)), "cpu")
    index.run(Job.model_validate_json(plan.index_job()), "cpu")
    return len(read), plan.listing.split_rows.images


def measure_labels(project: Path) -> None:
    """What a job pays where people labelled 100,000 pictures: in one file with three points each, and in a folder."""
    os.chdir(project)
    Path("data/drawn").mkdir()
    with Path("data/clicks.csv").open("w") as file:
        file.write("image,x,y,class\n")
        for number in range(MANY.train):
            Path(f"data/drawn/{number:08d}.png").touch()
            file.writelines(f"{number:08d},{x},2,cow\n" for x in (1, 3, 5))
    dataset = yaml.safe_load(Path("config.yaml").read_text())["dataset"]
    saliency = {"drawn": {"method": "folder", "folder": "data/drawn", "origin": "drawn by hand"}}
    labels = {"clicks": {"method": "points", "file": "data/clicks.csv"}}
    Path("config.yaml").write_text(yaml.safe_dump({"dataset": dataset, "saliency": saliency, "weak_labels": labels}))
    with ProcessPoolExecutor(1) as child:  # what this process holds would count as memory of those that it starts
        child.submit(make_index).result()
    plan = Plan(load_file(Path("config.yaml")), listed.update_listing)
    say("labels: parse of one job (wanted: at most 3 s)", run(project, parse_of("saliency_shard", "drawn")))
    for what, job in (("one job cuts the file", plan.fit_job(CLICKS)), ("job of a shard", plan.job(CLICKS, "0001"))):
        say(f"labels: {what}", run(project, ["-m", "seedmask.jobs", "weak_labels", "--job", job]))


def print_table(planned: dict[str, float]) -> None:
    """What docs/cluster.md shows."""
    lines = ["| set | pictures | `shard_size` | jobs | files | bytes | planning |", "|---|---|---|---|---|---|---|"]
    for size in (VOC, COCO, TEN_MILLION):
        pictures, sharded = size.train + size.val, [f"{stage}/{name}" for stage in VARIANTS for name in VARIANTS[stage]]
        stages = [name.split("/")[0] for name in sharded if is_sharded(name)]
        jobs = size.shards * (1 + len(stages)) + 24
        files = size.shards * (FILES_OF_INDEX + sum(FILES_OF_SHARD + ARRAYS[stage] for stage in stages))
        stored = pictures * (LINE + size.pixels * sum(STAGES[stage].bytes_per_pixel for stage in stages))
        cells = [f"{pictures:,}", str(size.shard_size), f"{jobs:,}", f"{files:,}", f"{stored / 1e9:,.0f} GB"]
        lines.append(f"| {size.name} | {' | '.join(cells)} | {planned[size.name]:.0f} s |")
    sys.stdout.write("\n".join(lines) + "\n")


def run(folder: Path, arguments: Sequence[str], path: str | None = None) -> tuple[float, float, float]:
    """Seconds, seconds of the processor, and megabytes of a Python process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "pipeline"), **({"PATH": path} if path else {})}
    started = time.perf_counter()
    with (folder / "output.txt").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=folder, env=environment, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit((folder / "output.txt").read_text()[-3000:])
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def say(what: str, found: tuple[float, float, float]) -> None:
    """Print one measurement."""
    sys.stdout.write(f"{what}: {found[0]:.1f} s, {found[1]:.1f} s of the processor, {found[2]:.0f} MB\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
