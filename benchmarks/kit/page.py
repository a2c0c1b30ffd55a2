"""`docs/performance.md`, written from what is recorded."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.kit.measuring import number_text
from benchmarks.kit.names import GROUPS, documentation_of
from benchmarks.kit.records import FOLDER, Record, read_record

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
BUSY = 0.1
"""Share of the cores that other work may take before the page says that it did."""
INTRODUCTION = """# Performance

What the pipeline costs in time, memory and disk, each beside a plain way to get the same: formulas as they stand on
paper, with loops, dense matrices and maps of all classes, as released code has them. The plain renderings are in
`benchmarks/reference/`; every comparison first checks that both sides give the same numbers. Both run in one process on
the same inputs, in turns; the best of several rounds counts. Peak memory is that of a process for each side, beside its
inputs.

`make bench` measures what takes a quarter of an hour on two idle cores, `make bench-all` the rest too; both write this
page. `python -m benchmarks` lists what there is and `python -m benchmarks NAME` measures one.
"""


def page_text(folder: Path = FOLDER) -> str:
    """The page from the records in a folder."""
    names = [name for group in GROUPS.values() for name in group]
    records = {name: record for name in names if (record := read_record(name, folder))}
    return "\n".join([INTRODUCTION, *(_section(name, record) for name, record in records.items())])


def _section(name: str, record: Record) -> str:
    heading, *words = documentation_of(name).split("\n\n")
    paragraphs = [" ".join(part.split()) for part in words]
    parts = [f"## {name.replace('_', ' ').capitalize()}", " ".join([heading.replace("\n", " "), *paragraphs])]
    if record["cases"]:
        parts.append(_cases(record["cases"]))
    for table in record["tables"]:
        parts.append(f"**{table['title']}**")
        parts.append(_rows(table["columns"], [[number_text(cell) for cell in row] for row in table["rows"]]))
        if table["note"]:
            parts.append(table["note"])
    parts.append(_circumstances(name, record))
    return "\n\n".join(parts) + "\n"


def _cases(cases: list[dict[str, Any]]) -> str:
    """Best times; memory where some case has it."""
    columns = ["", "ours", "plain", "ratio of times", "median ratio"]
    if any("memory" in case for case in cases):
        columns += ["memory of ours", "of plain", "ratio"]
    rows = []
    for case in cases:
        seconds = case["seconds"]
        ours, plain = case["sides"]
        called = case["name"] if (ours, plain) == ("ours", "plain") else f"{case['name']}: {ours} beside {plain}"
        middle = seconds["ours"]["median"] / seconds["plain"]["median"]
        row = [called, *(seconds_text(seconds[side]["best"]) for side in ("ours", "plain"))]
        row += [_ratio(case, case["ratio"]), _ratio(case, middle if case["at_most"] else 1 / middle, goal=False)]
        if "memory" in case:
            memory = case["memory"]
            wanted = f" (at least {memory['at_least']:g})" if memory["at_least"] else ""
            row += [f"{memory['megabytes'][side]:,.1f} MB" for side in ("ours", "plain")]
            row.append(
                f"1/{memory['ratio']:.2g}{wanted}" if memory["ratio"] < 100 else f"1/{memory['ratio']:.0f}{wanted}"
            )
        rows.append(row + [""] * (len(columns) - len(row)))
    return _rows(columns, rows)


def _ratio(case: dict[str, Any], ratio: float, *, goal: bool = True) -> str:
    if case["at_most"] is not None:
        return f"{ratio:.2f} of it" + (f" (at most {case['at_most']:g})" if goal else "")
    wanted = f" (at least {case['at_least']:g})" if goal and case["at_least"] else ""
    return f"{ratio:.3g} times{wanted}" if ratio < 1000 else f"{ratio:,.0f} times{wanted}"


def seconds_text(seconds: float) -> str:
    """With a unit that suits."""
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def _rows(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = list(columns)
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _circumstances(name: str, record: Record) -> str:
    machine = record["machine"]
    versions = ", ".join(f"{library} {number}" for library, number in machine["libraries"].items())
    day = date.fromisoformat(machine["date"])
    threads = "1 thread" if machine["threads"] == 1 else f"{machine['threads']} threads"
    where = f"{machine['cores']} cores of {machine['processor']}, {threads}, Python {machine['python']}, {versions}"
    busy = ""
    if record["other_work"] > BUSY:
        share = f"{100 * record['other_work']:.0f} %"
        busy = f" **Other work took {share} of the cores meanwhile: the figures are provisional.**"
    return f"`python -m benchmarks {name}`, {day:%d %B %Y}: {where}.{busy}"
