"""Indexes for tests: of a plan, of a data set in memory, and of made-up rows on disk."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.data.gathering import gather
from pipeline.data.index import Row
from pipeline.data.index_files import manifest_path, write_rows
from pipeline.data.listed import kept
from pipeline.data.pictures import Found, Picture
from pipeline.data.shards import SplitRows, name_of
from pipeline.job import Job
from pipeline.plan import Plan
from pipeline.stages import index, index_shard
from pipeline.storage.records import write_record


def run_index(plan: Plan) -> None:
    """Make the index of a plan, as its jobs do."""
    kept(plan.config.dataset, plan.results)
    for shard in plan.shards():
        index_shard.run(Job.model_validate_json(plan.index_shard_job(shard)), "cpu")
    index.run(Job.model_validate_json(plan.index_job()), "cpu")


def write_index(
    results: Path, classes: Sequence[str], rows: Iterable[Row], shard_size: int = 2, root: str = "data"
) -> None:
    """Write an index of some rows."""
    rows = list(rows)
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.split] = counts.get(row.split, 0) + 1
    for first in range(0, len(rows), shard_size):
        shard, some = name_of(first // shard_size), rows[first : first + shard_size]
        more = {"pictures": "", "truth": "", "problems": []}
        write_rows(results, shard, [picture_of(row) for row in some], more)
        write_record(manifest_path(results, shard), {"images": {row.id: row.digest for row in some}})
    gather(results, root, classes, SplitRows(counts, shard_size))


def picture_of(row: Row) -> Picture:
    """The picture of a row, whose files nobody has looked at."""
    found = Found("", row.width, row.height, row.sha256, row.mask_sha256, 0, row.note)
    return Picture(row.id, row.split, row.tags, row.image, "1 1", row.mask, row.mask and "1 1", "", found)
