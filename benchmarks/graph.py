"""A large set before a picture is computed: listing, parsing, planning, and finding nothing to do.

Projects with empty picture files are planned by Snakemake itself; finished results are faked by a `python` that writes
what a job declares and nothing else. Ten variants are cut into shards, and there are four networks.
"""

import sys
import tempfile
from pathlib import Path

from benchmarks.kit.cases import Table
from benchmarks.kit.processes import Used, run_command
from benchmarks.kit.projects import VARIANTS, Size, parse_of, with_first_on_path, write_project
from seedmask.config.stages import STAGES, is_sharded

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
LINE = 900
"""Bytes of a picture with a truth mask in listing and index, as counted on the procedural set."""
LISTING = """
from pathlib import Path
from seedmask.config.graph import load_file
from seedmask.dataset.listing import update_listing
from seedmask.plan import Plan
Plan(load_file(Path("config.yaml")), update_listing).listing
"""
VOC = Size("VOC", 10_582, 1_449, 256, 500 * 375)
COCO = Size("COCO", 118_287, 5_000, 256, 640 * 480)
TEN_MILLION = Size("10 million", 9_990_000, 10_000, 2048, 640 * 480)
JOBS_12000 = Size("12,000 jobs", 1_081, 10, 1, 500 * 375)
SHARDS_OF_TEN_MILLION = Size("10 million", TEN_MILLION.shards - 5, 5, 1, 640 * 480)
"""A picture in each shard: the graph is that of ten million."""
SMALL = Size("small", 40, 10, 8, 64 * 48)
COLUMNS = ("", "s", "s of the processor", "MB", "wanted")
Row = tuple[str, float, float, float, str]


def tables(quick: bool) -> list[Table]:
    """Every step, and what the graph of whole sets comes to."""
    sizes = (SMALL,) if quick else (VOC, COCO, JOBS_12000, SHARDS_OF_TEN_MILLION)
    rows: list[Row] = []
    planned: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for size in sizes:
            project = write_project(Path(temporary) / size.name.replace(" ", "-").replace(",", ""), size)
            steps = _planning(project, size)
            planned[size.name] = steps[-1][2]
            rows += steps
            if size is sizes[0]:
                rows += _nothing_to_do(project, size)
    whole = (SMALL,) if quick else (VOC, COCO, TEN_MILLION)
    return [Table("Steps", COLUMNS, rows), _sets(whole, planned)]


def _planning(project: Path, size: Size) -> list[Row]:
    """Listing, the parse of one job on a cluster, and a dry run of everything."""
    jobs, pictures = 11 * size.shards, size.train + size.val
    wanted = "at most 30 s, 400 MB" if size is JOBS_12000 else ""
    dry = run_command(["-m", "snakemake", "-n", "-q", "all", "--cores", "1"], project)
    return [
        _row(f"{size.name}: listing {pictures:,} pictures", run_command(["-c", LISTING], project)),
        _row(f"{size.name}: parse of one job", run_command(parse_of("net"), project), "at most 3 s"),
        _row(f"{size.name}: planning {jobs:,} shard jobs", dry, wanted),
    ]


def _nothing_to_do(project: Path, size: Size) -> list[Row]:
    """A run that finds everything made."""
    fake = project / "bin" / "python"
    fake.parent.mkdir()
    fake.write_text(FAKE)
    fake.chmod(0o755)
    command = ["-m", "snakemake", "-q", "all", "--cores", "2", "--logger", "seedmask"]
    return [
        _row(f"{size.name}: all jobs, faked", run_command(command, project, with_first_on_path(fake.parent))),
        _row(f"{size.name}: nothing to do", run_command(command, project), "at most 5 s"),
    ]


def _row(what: str, used: Used, wanted: str = "") -> Row:
    return what, used.seconds, used.processor, used.megabytes, wanted


def _sets(sizes: tuple[Size, ...], planned: dict[str, float]) -> Table:
    """Jobs, files and bytes of whole sets."""
    sharded = [f"{stage}/{name}" for stage in VARIANTS for name in VARIANTS[stage]]
    stages = [name.split("/")[0] for name in sharded if is_sharded(name)]
    rows = []
    for size in sizes:
        pictures = size.train + size.val
        files = size.shards * (FILES_OF_INDEX + sum(FILES_OF_SHARD + ARRAYS[stage] for stage in stages))
        stored = pictures * (LINE + size.pixels * sum(STAGES[stage].bytes_per_pixel for stage in stages))
        jobs = size.shards * (1 + len(stages)) + 24
        rows.append((size.name, pictures, size.shard_size, jobs, files, stored / 1e9, planned[size.name]))
    columns = ("set", "pictures", "`shard_size`", "jobs", "files", "GB at most", "s of planning")
    return Table("Whole sets", columns, rows)
