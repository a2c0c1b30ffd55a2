"""How busy a GPU is kept by a job with several images in hand, and by one that takes them one after the other.

No card has measured this: a network that sleeps stands for one, as long for each picture as a ResNet-50 in several
views may take, and for one picture at a time. All else is as in a job of seeds: JPEG of 500 x 375 decoded and checked,
three maps rounded and hashed, one shard written. What counts is the share of the whole job's time that the network
works. A shard is written when its last picture is done, and while it is, about 10 ms a picture, the network waits; so
the 85 % that are wanted need about 80 ms of network a picture.
"""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from unittest.mock import patch

import numpy as np
from PIL import Image

from benchmarks.kit.cases import Table
from benchmarks.kit.pictures import SIZE, grainy_picture, smooth
from seedmask.config.dataset import FolderDataset
from seedmask.dataset.index import Row
from seedmask.job import Job
from seedmask.storage import shard as shards
from seedmask.storage.at_once import IN_HAND
from seedmask.storage.canvas import CLASSES, cam_spec, encode
from seedmask.storage.shard import Shard
from seedmask.testing.indexing import build, write_index

SECONDS = (0.02, 0.04, 0.08)
"""Of the network, for a picture."""
TAGS = ("cow", "dog", "sheep")


def tables(quick: bool) -> list[Table]:
    """One image in hand, and as many as with a GPU."""
    pictures = 4 if quick else 64
    with tempfile.TemporaryDirectory() as name:
        results = _indexed(Path(name), pictures)
        rows = [
            (
                f"{1000 * seconds:.0f} ms a picture, {at_once} in hand",
                *_run(results, seconds, at_once, pictures),
                wanted,
            )
            for seconds in SECONDS
            for at_once, wanted in ((1, ""), (IN_HAND["cuda"], "at least 85"))
        ]
    return [Table("A network that sleeps", ("", "s", "% of the time at work", "wanted"), rows)]


def _indexed(folder: Path, pictures: int) -> Path:
    """Results with the index of some JPEG files."""
    random, root = np.random.default_rng(0), folder / "pictures"
    root.mkdir()
    for number in range(pictures):
        Image.fromarray(grainy_picture(random, SIZE)).save(root / f"{number:03d}.jpg", quality=90)
    (root / "classes.txt").write_text("\n".join(TAGS) + "\n")
    (root / "tags.csv").write_text("".join(f"{number:03d},{','.join(TAGS)}\n" for number in range(pictures)))
    index = build(FolderDataset(name="busy", root=str(root)))
    write_index(folder / "results", index.classes, index.rows, pictures, str(root))
    return folder / "results"


def _run(results: Path, seconds: float, at_once: int, pictures: int) -> tuple[float, float]:
    """Seconds of the job, and the percentage of them in which the network works."""
    job = Job(stage="seeds", variant=f"in_hand_{at_once}", shard="0000", results=results, splits=("train",),
              settings={"seconds": seconds}, basis={}, shard_size=pictures)  # fmt: skip
    shard, network, spec = Shard(job), Lock(), cam_spec("uint8")
    maps = smooth(np.random.default_rng(0), len(TAGS), 20)

    def compute(row: Row) -> Mapping[str, np.ndarray]:
        image = shard.catalogue.image(row)
        with network:
            time.sleep(seconds)
        return {"cam": encode(maps * (image.mean() / 255), spec), "classes": np.array(row.tags, CLASSES.dtype)}

    started = time.perf_counter()
    with patch.dict(shards.IN_HAND, cpu=at_once):
        shard.write({"cam": spec, "classes": CLASSES}, compute)
    whole = time.perf_counter() - started
    return whole, 100 * seconds * pictures / whole
