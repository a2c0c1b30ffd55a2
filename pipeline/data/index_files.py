"""Where the index lies, and how what lies there is proved.

rows/0000.csv        pictures of a shard with all that was found in them
tables/0000.json     SHA-256 of these rows, digests of their pictures and truth masks, and what is wrong with them
sealed/0000.json     the same; Snakemake deletes the first before it runs a job again
manifests/0000.json  a digest for each picture, which never depends on the truth
set.json             what jobs need of the whole: classes, splits, sizes
pictures.json        what changes when a picture or its tags do, for jobs that look at all of them
truth.json           what changes when a truth mask does
dataset.json         where the pictures are
index.csv, classes.csv   for people
"""

from pathlib import Path
from typing import Any

from pipeline.data.pictures import Picture, read_table
from pipeline.storage.records import read_record

REMEDY = "delete it and run snakemake, which makes it again"


def index_folder(results: Path) -> Path:
    """Folder of the index of a data set's results."""
    return results / "index"


def rows_path(results: Path, shard: str) -> Path:
    """Rows of a shard."""
    return index_folder(results) / "rows" / f"{shard}.csv"


def table_path(results: Path, shard: str) -> Path:
    """Declared output: what is known of the rows of a shard."""
    return index_folder(results) / "tables" / f"{shard}.json"


def sealed_path(results: Path, shard: str) -> Path:
    """The same, which stays while a job is run again."""
    return index_folder(results) / "sealed" / f"{shard}.json"


def manifest_path(results: Path, shard: str) -> Path:
    """Declared output: what results that are made from pictures and tags depend on."""
    return index_folder(results) / "manifests" / f"{shard}.json"


def set_path(results: Path) -> Path:
    """What jobs need of the whole."""
    return index_folder(results) / "set.json"


def read_facts(path: Path) -> dict[str, Any]:
    """What is known of the rows of a shard, from its declared output or the sealed one.

    Raises:
        SeedmaskError: it is missing or damaged.
    """
    return read_record(path, REMEDY)


def read_rows(results: Path, shard: str, facts: Path | None = None) -> list[Picture]:
    """Pictures of a shard, proved by what is known of them.

    Args:
        results: folder of all results of the data set.
        shard: the shard.
        facts: what proves them; the declared output when not given.

    Raises:
        SeedmaskError: they are missing, or not what was written.
    """
    proof = facts or table_path(results, shard)
    remedy = f"delete {table_path(results, shard)} and run snakemake, which makes both again"
    return read_table(rows_path(results, shard), read_facts(proof)["rows"], remedy)
