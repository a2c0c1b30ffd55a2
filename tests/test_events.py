import io
import json
import logging
import math
import warnings

import pytest

from seedmask.events import (
    Ended,
    Epoch,
    EventFile,
    EventHandler,
    Kept,
    LogFormatter,
    Note,
    Warned,
    note,
    parse,
    path_beside,
    report,
)
from seedmask.job import log


@pytest.fixture
def path(tmp_path):
    return path_beside(tmp_path / "0003.txt")


@pytest.fixture
def output(path):
    """A log for people and a file of events, of a job that runs in this process."""
    stream, root = io.StringIO(), logging.getLogger()
    printed = logging.StreamHandler(stream)
    printed.setFormatter(LogFormatter("seeds/cam shard 0003"))
    handlers, level = [printed, EventHandler(EventFile(path))], root.level
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    yield stream
    logging.captureWarnings(False)
    root.setLevel(level)
    for handler in handlers:
        root.removeHandler(handler)


def read(path):
    return [parse(line) for line in path.read_bytes().splitlines()]


def test_people_read_a_sentence_and_programs_an_event(output, path):
    log.info("%d images in %.1f s", 3, 2.0)
    note("no GPU here: %s", "computing on the CPU")
    log.warning("the disk is slow")
    report(Kept(), "already there: kept")
    assert output.getvalue().splitlines() == [
        "seeds/cam shard 0003: 3 images in 2.0 s",
        "seeds/cam shard 0003: note: no GPU here: computing on the CPU",
        "seeds/cam shard 0003: warning: the disk is slow",
        "seeds/cam shard 0003: already there: kept",
    ]
    assert read(path) == [Note(text="no GPU here: computing on the CPU"), Warned(text="the disk is slow"), Kept()]


def test_warnings_of_libraries_are_events_too(output, path):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.warn("overwriting", stacklevel=1)
    logging.getLogger("timm").warning("no such layer")
    (first, second) = read(path)
    assert "UserWarning: overwriting" in first.text
    assert second == Warned(text="no such layer")


def test_a_new_job_starts_a_new_file_and_an_earlier_one_does_not_write_into_it(path):
    earlier = EventFile(path)
    earlier.write(Note(text="earlier"))
    later = EventFile(path)
    earlier.write(Ended())
    later.write(Kept())
    EventFile(path, replace=False).write(Ended())
    assert read(path) == [Kept(), Ended()]


def test_events_without_a_file_go_nowhere(tmp_path):
    EventFile(None).write(Ended())
    EventFile(tmp_path / "no" / "such" / "folder.jsonl").write(Ended())
    assert list(tmp_path.iterdir()) == []


def test_any_text_and_number_makes_a_line_that_can_be_read(path):
    file = EventFile(path)
    file.write(Note(text="a\nb \udcff.png"))
    file.write(Epoch(number=1, of=2, loss=math.nan, seconds=1.0))
    text, number = read(path)
    assert text == Note(text="a\nb ?.png")
    assert number.loss is None
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == ["note", "epoch"]
