"""Damage of every kind at once is found, repaired, and made again as it was."""

import random
from pathlib import Path

from seedmask.storage.verify import repair, verify

DAMAGED = (
    "index/rows/0000.csv",
    "index/tables/0001.json",
    "index/manifests/0001.json",
    "index/truth.json",
    "index/index.csv",
    "classifiers/cam/weights.safetensors",
    "classifiers/cam/sealed.json",
    "segmenters/crf/metrics.jsonl",
    "seeds/cam/data.zarr/cam/c/0/0/0/0",
    "seeds/cam/data.zarr/classes/zarr.json",
    "masks/crf/data.zarr/zarr.json",
    "masks/crf/manifests/0001.json",
    "masks/threshold/fit.json",
    "masks/threshold/sealed/0000.json",
    "predictions/crf/manifests/0000.json",
    "evaluation/masks/crf/scores.json",
    "evaluation/classifiers/cam/tags.json",
    "report/images.csv",
    "report/overview.png",
    "report.html",
)


def test_what_is_damaged_is_found_repaired_and_made_again_as_it_was(finished, copied):
    chance = random.Random(0)
    for name in DAMAGED:
        path = copied.results / name
        content = bytearray(path.read_bytes())
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
    problems = verify(copied.results)
    told = "\n".join(map(str, problems))
    hidden = {"index/rows/0000.csv", "seeds/cam/data.zarr/cam/c/0/0/0/0"}  # told by shard, or with the metadata
    assert [name for name in DAMAGED if name not in hidden and not _is_told(name, told)] == []
    repair(copied.results, problems)
    repair(copied.results, verify(copied.results))  # of a store whose metadata was damaged the shards too
    copied.run()
    assert verify(copied.results) == []
    assert copied.digests() == finished.digests()


def _is_told(name: str, told: str) -> bool:
    """By its path, or by its variant and shard."""
    parts = Path(name).parts
    variant, shard = "/".join(parts[:2]), Path(name).stem
    return any(what in told for what in (name, f"{variant} shard {shard}", f"{variant}:"))
