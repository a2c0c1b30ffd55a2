"""Results of variants that a configuration does not name."""

from pathlib import Path

from pipeline.job import SHARDED, TRAINED
from pipeline.plan import Plan
from pipeline.storage.variants import variants


def unnamed(plan: Plan) -> dict[str, int]:
    """Variants that have a folder and that the configuration does not name, with their bytes on disk."""
    made = variants(plan.results, (*SHARDED, *TRAINED))
    return {name: _bytes(plan.results / name) for name in made if name not in plan.variants}


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
