"""The page of performance, and what it is written from."""

from benchmarks.kit.names import FOLDER, benchmark_names, sentence_of
from benchmarks.kit.page import PAGE, page_text
from benchmarks.kit.records import FOLDER as RECORDED
from benchmarks.kit.records import read_record, write_record

FACTS = {"cores", "processor", "python", "libraries", "date", "threads"}
"""What a record says of its machine, whose name is not among it."""


def test_the_page_is_what_the_records_say():
    assert PAGE.read_text(encoding="utf-8") == page_text(), "stale: run `python -m benchmarks --page`"


def test_every_benchmark_is_in_one_group_and_says_what_it_is():
    names = benchmark_names()
    assert sorted(names) == sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    assert all(sentence_of(name).endswith((".", ":", ";")) for name in names)


def test_records_are_of_benchmarks_that_exist_and_name_no_machine():
    recorded = {path.stem for path in RECORDED.glob("*.json")}
    assert recorded <= set(benchmark_names())
    assert all(set(read_record(name)["machine"]) == FACTS for name in recorded)


def test_goals_and_a_busy_machine_are_on_the_page(tmp_path):
    record = read_record("seeds_shard")
    write_record("seeds_shard", record | {"other_work": 0.5}, tmp_path)
    text = page_text(tmp_path)
    assert "(at most 1.15)" in text
    assert "Other work took 50 % of the cores" in text
    write_record("seeds_shard", record | {"other_work": 0.0}, tmp_path)
    assert "Other work" not in page_text(tmp_path)
