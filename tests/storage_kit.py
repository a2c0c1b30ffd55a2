"""A few small pictures and their arrays, to try the storage with; no picture exists on disk."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seedmask.dataset.index import Index, Row
from seedmask.job import Job
from seedmask.storage.canvas import CLASSES, ArraySpec, Layout, StoreSize, cam_spec
from seedmask.storage.reader import StoredVariant
from seedmask.storage.shard import ShardTask, write_shard

TESTS = Path(__file__).parent
CAM = cam_spec("uint8")
ARRAYS: dict[str, ArraySpec] = {"cam": CAM, "classes": CLASSES}
ROWS = tuple(
    Row(f"p{number}", f"p{number}.png", "train", width, height, tags, f"hash {number}", None, None)
    for number, (height, width, tags) in enumerate(
        [(3, 4, (0,)), (4, 3, (1, 2)), (6, 5, ()), (2, 2, (0, 2)), (6, 2, (1,))]
    )
)
INDEX = Index(("ant", "bee", "cow"), ROWS)


def job(results: Path, shard: int | None = 0, size: int = 2, **changes: Any) -> Job:
    """The job of a shard, or of none; `changes` replace fields."""
    fields = {
        "stage": "seeds",
        "variant": "cam",
        "shard": None if shard is None else f"{shard:04d}",
        "results": results,
        "module": "seedmask.seeds.any",
        "made_by": "method any",
        "settings": {"flip": True},
        "basis": {"code": "a"},
        "shard_size": size,
    }
    return Job(**fields | changes)


def layout(size: int = 2) -> Layout:
    """Layout of the variant's store."""
    return Layout(ARRAYS, INDEX.extent, size)


def tasks(shard: int = 0, size: int = 2, inputs: Mapping[str, str] | None = None) -> list[ShardTask]:
    """The pictures of a shard."""
    numbered = list(enumerate(ROWS))[shard * size : (shard + 1) * size]
    return [ShardTask(number, row, inputs or {"classifier": "w"}) for number, row in numbered]


def arrays(row: Row, salt: str = "") -> dict[str, np.ndarray]:
    """Arrays of a picture, always the same for the same salt."""
    seed = int.from_bytes(hashlib.sha256(f"{row.id}{salt}".encode()).digest()[:4], "little")
    cam = np.random.default_rng(seed).integers(0, 256, (len(row.tags), row.height, row.width))
    return {"cam": cam.astype(np.uint8), "classes": np.array(row.tags, np.int16)}


def compute(task: ShardTask) -> dict[str, np.ndarray]:
    """What the stage would compute."""
    return arrays(task.image)


def forbidden(task: ShardTask) -> dict[str, np.ndarray]:
    """For shards that must not be computed again."""
    raise AssertionError(f"{task.image.id} was computed again")


def write(
    results: Path,
    shard: int = 0,
    size: int = 2,
    how: Callable[[ShardTask], Mapping[str, np.ndarray]] = compute,
    inputs: Mapping[str, str] | None = None,
    **changes: Any,
) -> None:
    """Run the job of a shard."""
    store = layout(size), StoreSize.of(INDEX)
    write_shard(job(results, shard, size, **changes), *store, tasks(shard, size, inputs), how)


def manifest(results: Path, shard: int = 0) -> Path:
    """Declared output of the job."""
    return results / "seeds" / "cam" / "manifests" / f"{shard:04d}.json"


def chunk(results: Path, array: str = "cam", shard: int = 0) -> Path:
    """File of a shard of an array."""
    folder = results / "seeds" / "cam" / "data.zarr" / array / "c" / str(shard)
    return next(path for path in folder.rglob("*") if path.is_file())


def partials(results: Path) -> list[Path]:
    """Files that were not renamed into place."""
    return list(results.rglob("*.partial"))


def stored(results: Path, *shards: int, **more: Any) -> StoredVariant:
    """A reader of some shards."""
    return StoredVariant(results, "seeds/cam", [f"{shard:04d}" for shard in shards], **more)


def holds(results: Path, *shards: int, size: int = 2, salt: str = "") -> bool:
    """Whether a reader gives exactly the arrays of all pictures in the shards."""
    reader = stored(results, *shards)
    return all(
        np.array_equal(np.rint(reader.read(task.image.id)["cam"] * 255), arrays(task.image, salt)["cam"])
        and np.array_equal(reader.read(task.image.id)["classes"], arrays(task.image, salt)["classes"])
        for shard in shards
        for task in tasks(shard, size)
    )


def run_python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run some code in a fresh process, with this module at hand and the arguments in `sys.argv`."""
    environment = {**os.environ, "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent / 'pipeline'}"}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
