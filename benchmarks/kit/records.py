"""What was measured, as JSON: one file a benchmark."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "recorded"
Record = dict[str, Any]
"""Machine, cases, quick ratios and tables; see `benchmarks.kit.measuring.measure`."""


def read_record(name: str, folder: Path = FOLDER) -> Record | None:
    """The record of a benchmark, None where it was never recorded."""
    path = folder / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def write_record(name: str, record: Record, folder: Path = FOLDER) -> None:
    """Write the record of a benchmark."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
