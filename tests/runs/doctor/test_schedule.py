import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.runs.doctor.schedule import Step, finished_after


def test_jobs_share_the_cores():
    steps = {str(n): Step(10.0) for n in range(4)}
    assert [finished_after(steps, cores) for cores in (1, 2, 4, 8)] == [40, 20, 10, 10]


def test_a_job_waits_for_what_it_reads_and_for_cores():
    steps = {"a": Step(5.0), "b": Step(3.0, after=["a"]), "c": Step(4.0, threads=2)}
    assert finished_after(steps, 2) == 12
    assert finished_after(steps, 3) == 8


def test_what_is_not_there_is_done():
    assert finished_after({"a": Step(5.0, after=["gone"])}, 1) == 5
    assert finished_after({}, 1) == 0


def test_a_job_with_more_threads_than_cores_takes_all():
    assert finished_after({"a": Step(5.0, threads=8)}, 2) == 5


def test_jobs_that_wait_for_each_other_are_an_error():
    with pytest.raises(ValueError, match="wait for each other: a, b"):
        finished_after({"a": Step(1.0, after=["b"]), "b": Step(1.0, after=["a"])}, 1)


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=12), st.integers(1, 4))
def test_it_takes_no_less_than_the_longest_job_and_no_more_than_all_of_them(seconds, cores):
    steps = {str(n): Step(s, after=[str(n - 1)] if n % 3 else ()) for n, s in enumerate(seconds)}
    found = finished_after(steps, cores)
    assert max(seconds) <= found <= sum(seconds) + 1e-6
    assert found >= sum(seconds) / cores - 1e-6
