import os
import platform

import pytest

from seedmask.runs.progress.job_log import Epoch, JobLog, runs

TRAINING = """classifiers/cam: process 4242 on node17
classifiers/cam: note: no GPU here: computing on the CPU
features:   0%|      | 0/240 [00:00<?, ?it/s]\rfeatures: 100%|######| 240/240 [00:25<00:00,  9.24it/s]
/somewhere/timm/models.py:12: UserWarning: overwriting
  warnings.warn(
classifiers/cam: epoch 2 of 40: loss 0.108, miou 0.310, 0.2 s
classifiers/cam: epoch 4 of 40: loss 0.022, miou 0.330, 0.3 s
"""


def test_the_last_epoch_comes_with_its_loss_and_time():
    assert JobLog.of(TRAINING).epoch() == Epoch(4, 40, 0.022, 0.3)
    assert JobLog.of("segmenters/crf: epoch 1 of 2: accuracy 0.5, 1.0 s").epoch() == Epoch(1, 2, None, 1.0)
    assert JobLog.of("seeds/cam shard 0001: 32 images in 4.1 s, 0.13 s each").epoch() is None


def test_notes_warnings_and_what_libraries_write_are_told_and_bars_are_not():
    assert JobLog.of(TRAINING).notes() == [
        "classifiers/cam: note: no GPU here: computing on the CPU",
        "/somewhere/timm/models.py:12: UserWarning: overwriting\n  warnings.warn(",
    ]
    assert JobLog.of("weak_labels/tags.1 shard 0000: warning: 3 of 6 images").notes()
    assert JobLog.of("index/: note: tags.csv has no header").notes()


def test_an_error_is_told_with_all_its_lines():
    text = "index/: process 1 on a\nindex/: error: data set cows: 2 problems\n  a.png: torn; mend it\n  b.png: gone\n"
    assert JobLog.of(text).failure() == text[len("index/: process 1 on a\n") :].rstrip()
    assert JobLog.of(TRAINING).failure() == ""


def test_a_traceback_is_an_error_and_an_interruption_is_none():
    traceback = 'masks/crf shard 0001: process 7 on a\nTraceback (most recent call last):\n  File "x.py"\n'
    assert JobLog.of(traceback + "ValueError: 3").failure().endswith("ValueError: 3")
    assert JobLog.of(traceback + "KeyboardInterrupt").failure() == ""
    assert JobLog.of(traceback + "ValueError: 3").notes() == []
    assert len(JobLog.of(traceback + "ValueError: 3\nmasks/crf shard 0001: finished").notes()) == 2


@pytest.mark.parametrize("text", ["", "\n\n", "\r", "  indented\n", "\0\ufffd"])
def test_any_text_can_be_read(text):
    log = JobLog.of(text)
    assert (log.epoch(), log.process(), log.failure(), log.ended(), log.kept()) == (None, None, "", False, False)


def test_a_log_that_is_not_there_is_empty(tmp_path):
    assert JobLog.read(tmp_path / "none.txt") == JobLog(())


def test_a_process_that_is_gone_does_not_run():
    assert not runs(JobLog.of(f"seeds/cam shard 0000: process {2**22 + 1} on {platform.node()}"))


def test_another_process_of_the_same_number_is_not_the_job():
    assert not runs(JobLog.of(f"seeds/cam shard 0000: process {os.getpid()} on {platform.node()}"))


def test_a_job_on_another_machine_runs_until_its_log_has_an_error():
    log = "seeds/cam shard 0000: process 12 on far-away\n"
    assert runs(JobLog.of(log))
    assert not runs(JobLog.of(log + "seeds/cam shard 0000: error: image a: is torn; mend it"))
