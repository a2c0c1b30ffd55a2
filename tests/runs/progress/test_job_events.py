import os
import platform

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.events import Ended, Epoch, EventFile, Failed, Interrupted, Kept, Note, Started, Warned
from seedmask.runs.progress.job_events import JobEvents

STARTED = Started(process=4242, machine="node17", time=1.5)
TRAINING = (
    STARTED,
    Note(text="no GPU here: computing on the CPU"),
    Warned(text="/somewhere/timm/models.py:12: UserWarning: overwriting\n  warnings.warn("),
    Epoch(number=2, of=40, loss=0.108, metrics={"miou": 0.31}, seconds=0.2),
    Epoch(number=4, of=40, loss=0.022, metrics={"miou": 0.33}, seconds=0.3),
)
EVENTS = st.one_of(
    st.builds(Started, process=st.integers(1, 2**22), machine=st.text(), time=st.floats(0, 2e9)),
    st.builds(Epoch, number=st.integers(1), of=st.just(9), loss=st.floats(0, 1e3) | st.none(), seconds=st.just(1.0)),
    st.builds(Note, text=st.text()),
    st.builds(Warned, text=st.text()),
    st.builds(Failed, message=st.text()),
    st.sampled_from([Kept(), Interrupted(), Ended()]),
)


def written(path, *events):
    file = EventFile(path)
    for event in events:
        file.write(event)
    return path.read_bytes()


def is_running(*events):
    return JobEvents(events).is_running()


def test_the_last_epoch_comes_with_its_loss_metrics_and_time():
    assert JobEvents(TRAINING).epoch == TRAINING[-1]
    assert JobEvents((STARTED,)).epoch is None


def test_notes_and_warnings_are_what_people_should_read():
    assert JobEvents(TRAINING).notes == [
        "note: no GPU here: computing on the CPU",
        "warning: /somewhere/timm/models.py:12: UserWarning: overwriting\n  warnings.warn(",
    ]


def test_an_error_keeps_all_its_lines():
    message = "index/: error: data set cows: 2 problems\n  a.png: torn; mend it\n  b.png: gone"
    assert JobEvents((STARTED, Failed(message=message))).failure == message
    assert JobEvents(TRAINING).failure == ""


@given(events=st.lists(EVENTS), cut=st.integers(0))
def test_a_file_that_a_kill_cut_off_has_its_whole_lines(tmp_path_factory, events, cut):
    path = tmp_path_factory.mktemp("events") / "log.jsonl"
    data = written(path, *events)
    assert JobEvents.read(path) == JobEvents(tuple(events))
    kept = data[: cut % (len(data) + 1)]
    path.write_bytes(kept)
    assert JobEvents.read(path).events == tuple(events[: kept.count(b"\n")])


@given(before=st.lists(EVENTS), damage=st.binary().filter(lambda line: b"\n" not in line), after=st.lists(EVENTS))
def test_a_damaged_line_is_named_and_hides_no_other(tmp_path_factory, before, damage, after):
    path = tmp_path_factory.mktemp("events") / "log.jsonl"
    whole = written(path, *before), written(path, *after)
    path.write_bytes(whole[0] + damage + b"\n" + whole[1])
    found = JobEvents.read(path).events
    assert found[: len(before)] == tuple(before)
    assert found[len(before)] == Note(text=f"{path} line {len(before) + 1}: is damaged; it is ignored")
    assert found[len(before) + 1 :] == tuple(after)


@pytest.mark.parametrize(
    "line", [b"", b"{}", b'{"event": "epoch"}', b'{"event": "kept", "by": 1}', b"[]", b"\0\xff", b'{"event": "told"}']
)
def test_what_is_no_event_is_damage(tmp_path, line):
    (tmp_path / "log.jsonl").write_bytes(line + b"\n")
    assert "line 1: is damaged" in JobEvents.read(tmp_path / "log.jsonl").notes[0]


def test_a_file_that_is_not_there_has_no_events(tmp_path):
    assert JobEvents.read(tmp_path / "none.jsonl") == JobEvents(())


def test_a_process_that_is_gone_does_not_run():
    assert not is_running(Started(process=2**22 + 1, machine=platform.node(), time=0))


def test_another_process_of_the_same_number_is_not_the_job():
    assert not is_running(Started(process=os.getpid(), machine=platform.node(), time=0))


@pytest.mark.parametrize("end", [Ended(), Failed(message="image a: is torn; mend it"), Interrupted()])
def test_a_job_on_another_machine_runs_until_an_event_ends_it(end):
    assert is_running(STARTED)
    assert not is_running(STARTED, end)
