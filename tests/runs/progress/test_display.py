import io
import os
import re

import pytest
from rich.console import Console

from seedmask.events import Epoch
from seedmask.runs.progress import display
from seedmask.runs.progress.display import LineDisplay, LiveTable, as_line, clock, display_on, table_of
from seedmask.runs.progress.state import ProgressRow, State

SEEDS = ProgressRow("seeds/cam", State.running, 4, 10, images_done=128, images=320, running=2, rate=3.65, left=26.3)
EPOCH = Epoch(number=12, of=40, loss=0.4123, seconds=0.2)
TRAINING = ProgressRow("classifiers/cam", State.running, 0, 1, running=1, epoch=EPOCH, left=5.6)


def waiting(count):
    return [ProgressRow(f"masks/m{number}", State.waiting, 0, 10, images=320) for number in range(count)]


def printed(rows, width, height=None, caption=""):
    console = Console(file=io.StringIO(), width=width)
    console.print(table_of(rows, width, height, caption))
    return [line.rstrip() for line in console.file.getvalue().rstrip().splitlines()]


def test_a_row_says_all_that_is_known():
    heading, seeds, training = printed([SEEDS, TRAINING], 100)
    assert heading.split() == ["variant", "state", "done", "images", "images/s", "left", "loss"]
    assert seeds.split() == ["seeds/cam", "running", "4/10", "128/320", "7.3", "0:26"]
    assert training.split() == ["classifiers/cam", "running", "epoch", "12/40", "0:06", "0.412"]


def test_eighty_columns_hold_every_number_of_a_long_name():
    row = ProgressRow(
        "weak_labels/" + "a" * 40, State.running, 40, 42, images_done=10, images=10_582, rate=88.0, left=7509.0
    )
    heading, line = printed([row], 80)
    assert max(map(len, (heading, line))) <= 80
    assert line.startswith("weak_labels/")
    assert line.split()[1:] == ["running", "40/42", "88", "2:05:09"]


def test_what_does_not_fit_is_counted_and_what_happens_is_shown():
    done = [ProgressRow(f"seeds/s{number}", State.done, 1, 1) for number in range(20)]
    failed = ProgressRow("predictions/last", State.failed, 0, 3)
    lines = printed([*done, SEEDS, *waiting(20), failed], 100, height=10)
    assert len(lines) == 10
    assert lines[1].startswith("seeds/cam")
    assert lines[-2].startswith("predictions/last")
    assert lines[-1] == "and 20 done, 14 waiting"
    assert len(printed(waiting(9), 100, height=10)) == 10


def test_names_and_numbers_are_not_taken_for_markup():
    assert "[red]" in printed([ProgressRow("[red]", State.waiting, 0, 1)], 100)[1]


@pytest.mark.parametrize(("seconds", "shown"), [(0.2, "0:00"), (59.6, "1:00"), (7509.0, "2:05:09")])
def test_a_clock_has_hours_only_where_there_are_any(seconds, shown):
    assert clock(seconds) == shown


def test_rows_as_lines():
    assert as_line(SEEDS) == "4 of 10 shards, 7.3 images/s, 0:26 left"
    assert as_line(TRAINING) == "epoch 12 of 40, loss 0.412, 0.2 s an epoch, 0:06 left"
    assert as_line(ProgressRow("report", State.running, 0, 1)) == ""
    assert as_line(ProgressRow("evaluation", State.running, 3, 4)) == "3 of 4"


class Clock:
    now = 1000.0

    def monotonic(self):
        return self.now


def test_lines_are_printed_at_starts_steps_and_ends(monkeypatch):
    time, console = Clock(), Console(file=io.StringIO())
    monkeypatch.setattr(display, "time", time)
    lines = LineDisplay(console)
    lines.update([ProgressRow("seeds/cam", State.waiting, 1, 10, images=320)])
    for done in range(1, 10):
        lines.update([ProgressRow("seeds/cam", State.running, done, 10, 32 * done, 320, running=1, rate=7.3)])
        time.now += 25
    lines.update([ProgressRow("seeds/cam", State.done, 10, 10, 320, 320, rate=7.3)])
    lines.update([ProgressRow("seeds/cam", State.done, 10, 10, 320, 320, rate=7.3)])
    assert console.file.getvalue().splitlines() == [
        "seeds/cam: started, 10 shards, 1 of them there",
        "seeds/cam: 4 of 10 shards, 7.3 images/s",
        "seeds/cam: 7 of 10 shards, 7.3 images/s",
        "seeds/cam: done, 10 of 10 shards, 7.3 images/s",
    ]


def test_no_line_is_printed_for_variants_that_were_done_before():
    console = Console(file=io.StringIO())
    lines = LineDisplay(console)
    lines.update([ProgressRow("seeds/cam", State.done, 10, 10), ProgressRow("report", State.stale, 1, 1)])
    lines.update([ProgressRow("seeds/cam", State.done, 10, 10), ProgressRow("report", State.done, 1, 1)])
    assert console.file.getvalue() == ""


def test_a_table_is_drawn_over_and_leaves_the_cursor():
    console = Console(file=io.StringIO(), force_terminal=True, width=100, height=12, _environ={})
    table = LiveTable(console)
    table.update([SEEDS, *waiting(30)], "3 of 19 jobs in 0:05")
    first = console.file.getvalue()
    assert first.rindex("\x1b[?25h") > first.rindex("\x1b[?25l"), "the cursor is hidden, and stays so after a kill"
    table.update([SEEDS, *waiting(30)])
    table.close()
    text = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", console.file.getvalue())
    assert text.count("seeds/cam") == 3  # the last update, and the last of all
    assert max(map(len, text.splitlines())) <= 100
    assert "3 of 19 jobs in 0:05" in text


def test_only_a_terminal_gets_a_table(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert isinstance(display_on(Console(file=io.StringIO())), LineDisplay)
    master, slave = os.openpty()
    with open(slave, "w") as stream, open(master, "rb"):  # noqa: PTH123  no path, but descriptors
        assert isinstance(display_on(Console(file=stream, _environ={"TERM": "xterm"})), LiveTable)
        assert isinstance(display_on(Console(file=stream, _environ={"TERM": "dumb"})), LineDisplay)


def test_watching_ends_when_all_is_done(monkeypatch):
    slept, console = [], Console(file=io.StringIO())
    monkeypatch.setattr(display.time, "sleep", slept.append)
    looks = iter([[SEEDS], [SEEDS], [ProgressRow("seeds/cam", State.done, 10, 10, images=320)]])
    display.watch_on(console, lambda: next(looks), 0.5)
    assert slept == [0.5, 0.5]
    assert console.file.getvalue().endswith("seeds/cam: done, 10 of 10 shards\n")


def test_watching_ends_with_ctrl_c(monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(display.time, "sleep", interrupted)
    display.watch_on(Console(file=io.StringIO()), lambda: [SEEDS], 0.5)
