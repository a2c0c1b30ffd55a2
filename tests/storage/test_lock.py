import fcntl
import logging
import os
import platform
import subprocess
import sys
import threading
import time

import pytest

from seedmask.storage.lock import only_writer

HOLDER = """
import sys
import threading
from pathlib import Path
from seedmask.storage.lock import only_writer
with only_writer(Path(sys.argv[1]), "x"):
    print("held", flush=True)
    sys.stdin.readline()
    Path(sys.argv[1]).with_name("released").touch()
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock until a line is sent to it."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "lock")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_writer_waits_for_the_first_and_says_for_whom(holder, tmp_path, caplog):
    caplog.set_level(logging.INFO, "seedmask")
    sender = subprocess.Popen(["sh", "-c", "sleep 0.8; echo"], stdout=holder.stdin)
    with only_writer(tmp_path / "lock", "seeds/cam shard 0003"):
        assert (tmp_path / "released").exists()
    assert f"seeds/cam shard 0003 is being written by process {holder.pid} on {platform.node()}" in caplog.text
    assert [record.levelname for record in caplog.records] == ["NOTE"]
    assert f"waiting until it has ended (`kill {holder.pid}` there ends it)" in caplog.text
    sender.wait()


def test_a_writer_that_takes_no_longer_than_usual_is_not_told_of(holder, tmp_path, caplog):
    caplog.set_level(logging.INFO, "seedmask")
    sender = subprocess.Popen(["sh", "-c", "sleep 0.8; echo"], stdout=holder.stdin)
    with only_writer(tmp_path / "lock", "x", usual_seconds=30):
        assert (tmp_path / "released").exists()
    assert caplog.text == ""
    sender.wait()


def test_a_writer_that_gives_up_waiting_leaves_the_lock_with_its_holder(holder, tmp_path):
    waiting = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path / "lock")], stdout=subprocess.PIPE)
    time.sleep(0.3)
    assert waiting.poll() is None
    waiting.kill()
    assert waiting.communicate()[0] == b""
    assert (tmp_path / "lock").read_text() == f"{holder.pid} {platform.node()}"


def test_the_kernel_gives_the_lock_back_when_its_holder_is_killed(holder, tmp_path):
    holder.kill()
    holder.wait()
    with only_writer(tmp_path / "lock", "x"):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()} {platform.node()}"


def test_an_error_of_its_holder_releases_the_lock(tmp_path):
    with pytest.raises(KeyError), only_writer(tmp_path / "new" / "lock", "x"):
        raise KeyError
    with only_writer(tmp_path / "new" / "lock", "x"):
        pass


def test_two_writers_of_one_process_exclude_each_other(tmp_path):
    order = []

    def second():
        with only_writer(tmp_path / "lock", "x"):
            order.append("second")

    with only_writer(tmp_path / "lock", "x"):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_look_at_the_lock_keeps_no_writer_out(tmp_path):
    (tmp_path / "lock").touch()
    with (tmp_path / "lock").open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        threading.Timer(0.1, fcntl.flock, (looking, fcntl.LOCK_UN)).start()
        with only_writer(tmp_path / "lock", "seeds/cam"):
            assert (tmp_path / "lock").read_text() == f"{os.getpid()} {platform.node()}"
