"""Small forms of the comparisons: both sides give the same, and none has become much slower than was recorded."""

import pytest
from benchmarks.kit.measuring import quick_ratio, use_threads
from benchmarks.kit.names import FOLDER, GROUPS, benchmark
from benchmarks.kit.records import read_record

SLOWER = "slower than recorded"
FACTOR = 3
"""A ratio that is so much worse than the recorded one is mentioned; tests beside each other disturb it."""
WITHOUT_RESULTS = {"forwards", "seeds_shard"}
"""What is compared with bare forwards, which make something else."""
COMPARED = [
    name
    for name in GROUPS["short"]
    if name not in WITHOUT_RESULTS and "\ndef cases(" in (FOLDER / f"{name}.py").read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", COMPARED)
def test_both_sides_give_the_same(name, record_property):
    module, recorded = benchmark(name), (read_record(name) or {}).get("quick", {})
    use_threads(module)
    for case_name, make in module.cases(True).items():
        case = make()
        assert case.difference is not None, case_name
        assert case.difference(case.ours(), case.plain()) <= case.tolerance, case_name
        if case_name in recorded:
            found = quick_ratio(case)
            worse = found / recorded[case_name] if case.at_most is not None else recorded[case_name] / found
            if worse > FACTOR:
                record_property(SLOWER, f"{name}, {case_name}: ratio {found:.3g}, {recorded[case_name]:.3g} recorded")
