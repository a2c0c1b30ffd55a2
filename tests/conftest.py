"""The same examples and the same threads in every run of the tests; and what they counted."""

import os
import sys
from collections import Counter

import pytest
from hypothesis import settings

# Set before torch is imported: waiting threads that spin make a busy machine ten times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

ANSWERED = "hostile input answered"
"""Name of the property of a passed test that counts; its value is the kind of input."""

SLOWER = "slower than recorded"
"""Name of the property of a passed test that found a way to be much slower than `benchmarks/recorded` says."""

LONGEST = (
    "test_interruptions.py",
    "test_newcomer.py",
    *("test_sfc.py", "test_pmm.py", "test_agmm.py", "test_i2crc.py"),
    *("test_replicates.py", "test_many_variants.py", "test_docs.py", "test_tolerances.py"),
    *("test_named.py", "test_outside.py", "test_wheel.py", "test_own_data.py"),
)
"""Modules whose tests begin before all others, the longest first."""

settings.register_profile("seedmask", derandomize=True, deadline=None)
settings.load_profile("seedmask")


@pytest.fixture(autouse=True)
def threads_of_torch():
    """Stages set the number of threads of their process, on which the last bits of sums depend."""
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else None
    yield
    if torch:
        torch.set_num_threads(before)


def pytest_addoption(parser):
    parser.addoption("--thorough", action="store_true", help="run what a make target of its own runs")


def pytest_collection_modifyitems(config, items):
    """The longest tests first, lest one process has them left at the end; the thorough ones when asked for."""
    if not config.getoption("--thorough"):
        for item in items:
            if item.get_closest_marker("thorough"):
                item.add_marker(pytest.mark.skip(reason="thorough: a make target runs it"))
    rank = {name: number for number, name in enumerate(LONGEST)}

    def order(item):
        is_run = "workflow" in item.path.parts
        return (not is_run, rank.get(item.path.name, len(LONGEST)) if is_run else 0)

    items.sort(key=order)


def pytest_terminal_summary(terminalreporter):
    """Say what tests have counted with `record_property`; it reaches the process that prints, however many run."""
    kinds, counts, slower = Counter(), Counter(), []
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties if report.when == "call" else ():
            if name == ANSWERED:
                kinds[value] += 1
            elif name == SLOWER:
                slower.append(value)
            else:
                counts[name] += value
    if kinds:
        each = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
        terminalreporter.write_line(f"hostile or broken inputs answered by a clear message: {kinds.total()} ({each})")
    for line in slower:
        terminalreporter.write_line(f"{SLOWER}: {line}", yellow=True)
    for what, count in counts.items():
        terminalreporter.write_line(f"{count} {what}")
