"""Results of which Snakemake remembers nothing: `.snakemake` was deleted, or they were brought from elsewhere.

Snakemake makes a result again when its settings, code or inputs have changed, but knows the old ones from its memory
alone; what it does not remember it takes as it is. So what says that such a result is made is removed, and its job,
which keeps a second manifest, looks whether it still is what it would make.
"""

from base64 import urlsafe_b64decode
from binascii import Error
from collections.abc import Iterator
from pathlib import Path

from pipeline.plan import Plan

MEMORY = Path(".snakemake/metadata")
OF_A_VARIANT = ("manifests/*.json", "manifest.json", "fit.json")
OF_ALL = (
    *("index/manifests/*.json", "index/tables/*.json", "index/set.json", "index/pictures.json"),
    *("index/dataset.json", "index/truth.json", "index/index.csv", "index/classes.csv"),
    *("report/*.csv", "report.html"),
)
"""Declared outputs, by patterns that nothing else has."""


def forget(plan: Plan, *, remove: bool) -> list[str]:
    """Let the jobs of a configuration look at what Snakemake does not remember.

    Args:
        plan: the configuration's plan.
        remove: whether a run begins; otherwise it is only said.

    Returns:
        What people should know of it.
    """
    if MEMORY.with_name("metadata.db").exists():  # a memory of another kind
        return []
    known = _remembered()
    unknown = [path for path in declared(plan) if str(path) not in known]
    if not unknown:
        return []
    if remove:
        for path in unknown:
            path.unlink(missing_ok=True)
    look = "their jobs look" if remove else "in the next run their jobs look"
    return [f"note: Snakemake does not remember the making of {len(unknown)} results: {look} whether they are right"]


def declared(plan: Plan) -> Iterator[Path]:
    """What is there of the configuration's results, by the files that Snakemake looks at."""
    folders = {plan.results / reference: OF_A_VARIANT for reference in plan.variants}
    folders |= {plan.results / "evaluation" / reference: ("*.json",) for reference in plan.variants}
    for folder, patterns in [*folders.items(), (plan.results, OF_ALL)]:
        for pattern in patterns:
            yield from sorted(folder.glob(pattern))


def _remembered() -> set[str]:
    """Every file that Snakemake knows the making of; it names its records by them, long names in several parts."""
    found = set()
    for path in MEMORY.rglob("*"):
        name = "".join(part.removeprefix("@") for part in path.relative_to(MEMORY).parts)
        try:
            found.add(urlsafe_b64decode(name).decode())
        except (Error, UnicodeDecodeError):  # a folder with a part of a name
            continue
    return found
