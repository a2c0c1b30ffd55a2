"""Measuring a benchmark: its cases in turns, their memory, its tables."""

import gc
from collections.abc import Callable
from dataclasses import asdict
from types import ModuleType
from typing import Any

import torch

from benchmarks.kit.cases import Case, Table
from benchmarks.kit.machine import OtherWork, machine_facts
from benchmarks.kit.memory import peak_of_side
from benchmarks.kit.names import benchmark
from benchmarks.kit.records import Record
from benchmarks.kit.sides import Timing, timings

QUICK_ROUNDS = 5
MEGABYTE = 1e6


def measure(name: str, say: Callable[[str], object], *, quick: bool = False) -> Record:
    """Measure all of a benchmark.

    Args:
        name: the benchmark.
        say: gets the lines to print, as they come.
        quick: small forms of everything, for a look at whether it works.

    Returns:
        `machine`, `other_work` (0..1), `cases` and `tables`, ready for JSON.
    """
    module, others = benchmark(name), OtherWork()
    use_threads(module)
    cases = []
    if hasattr(module, "cases"):
        for case, make in module.cases(quick).items():
            cases.append(_measured(name, case, make(), quick=quick))
            say(case_text(name, cases[-1]))
            gc.collect()
    tables = []
    if hasattr(module, "tables"):
        for table in module.tables(quick):
            tables.append(asdict(table))
            say(table_text(table))
    facts = machine_facts() | {"threads": getattr(module, "THREADS", 1)}
    return {"machine": facts, "other_work": round(others.share(), 2), "cases": cases, "tables": tables}


def quick_ratios(name: str) -> dict[str, float]:
    """Ratios of the small forms of the cases whose sides make the same; tests compare them with those recorded."""
    module = benchmark(name)
    use_threads(module)
    made = {case: make() for case, make in module.cases(True).items()} if hasattr(module, "cases") else {}
    return {case: round(quick_ratio(one), 3) for case, one in made.items() if one.difference is not None}


def quick_ratio(case: Case) -> float:
    """Ratio of a small form of a case."""
    return ratio_of(case, timings({"ours": case.ours, "plain": case.plain}, QUICK_ROUNDS))


def ratio_of(case: Case, times: dict[str, Timing]) -> float:
    """How many times as fast as the plain side, or how many times as long where the goal is said so."""
    ours, plain = times["ours"].best, times["plain"].best
    return ours / plain if case.at_most is not None else plain / ours


def use_threads(module: ModuleType) -> None:
    """Both sides get the threads that the benchmark names, one if it names none."""
    torch.set_num_threads(getattr(module, "THREADS", 1))


def _measured(name: str, case_name: str, case: Case, *, quick: bool) -> dict[str, Any]:
    difference = None
    if case.difference is not None:
        difference = case.difference(case.ours(), case.plain())
    # Where a plain side takes minutes it is not warmed up: the comparison of the results has done that.
    times = timings({"ours": case.ours, "plain": case.plain}, case.rounds, warm=difference is None)
    found = {
        "name": case_name,
        "sides": list(case.names),
        "seconds": {side: asdict(timing) for side, timing in times.items()},
        "ratio": ratio_of(case, times),
        "at_least": case.at_least,
        "at_most": case.at_most,
        "difference": difference,
        "tolerance": case.tolerance,
    }
    if case.memory is not None and not quick:  # of small inputs it would be noise
        bytes_of = {side: peak_of_side(name, case_name, side) for side in ("ours", "plain")}
        found["memory"] = {
            "megabytes": {side: held / MEGABYTE for side, held in bytes_of.items()},
            "ratio": bytes_of["plain"] / max(bytes_of["ours"], 1),
            "at_least": case.memory or None,
        }
    return found


def is_same(case: dict[str, Any]) -> bool:
    """Whether both sides of a measured case gave the same."""
    return case["difference"] is None or case["difference"] <= case["tolerance"]


def is_reached(case: dict[str, Any]) -> bool:
    """Whether the goals of a measured case are reached."""
    memory = case.get("memory", {"ratio": 0, "at_least": None})
    return (
        (case["at_least"] is None or case["ratio"] >= case["at_least"])
        and (case["at_most"] is None or case["ratio"] <= case["at_most"])
        and (memory["at_least"] is None or memory["ratio"] >= memory["at_least"])
    )


def case_text(name: str, case: dict[str, Any]) -> str:
    """Lines of a measured case, the ratio first."""
    lines = [f"ratio {case['ratio']:.3f}", f"  {name}, {case['name']}: {goal_text(case)}"]
    for side, called in zip(("ours", "plain"), case["sides"], strict=True):
        seconds = case["seconds"][side]
        lines.append(f"  {called}: best {seconds['best']:.4g} s, median {seconds['median']:.4g} s")
    if "memory" in case:
        memory = case["memory"]
        held = ", ".join(f"{value:.1f} MB" for value in memory["megabytes"].values())
        wanted = f", at least {memory['at_least']:g} wanted" if memory["at_least"] else ""
        lines.append(f"  peak memory: {held}: ratio {memory['ratio']:.1f}{wanted}")
    if case["difference"] is not None:
        words = "the same" if is_same(case) else "NOT THE SAME"
        lines.append(f"  results: {words}, difference {case['difference']:.1e} of {case['tolerance']:.0e}")
    return "\n".join(lines)


def goal_text(case: dict[str, Any]) -> str:
    """What the ratio is, and what it should be."""
    ours, plain = case["sides"]
    if case["at_most"] is not None:
        return f"{ours} takes so many times as long as {plain}, at most {case['at_most']:g} wanted"
    wanted = f", at least {case['at_least']:g} wanted" if case["at_least"] else ""
    return f"{ours} is so many times as fast as {plain}{wanted}"


def table_text(table: Table) -> str:
    """A table in columns."""
    cells = [[str(column) for column in table.columns], *([number_text(cell) for cell in row] for row in table.rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(table.columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join([table.title, *(f"  {line}" for line in lines), *([table.note] if table.note else [])])


def number_text(cell: Any) -> str:
    """A cell: numbers with three digits that count."""
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
