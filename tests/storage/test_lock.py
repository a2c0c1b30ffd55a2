import fcntl
import os
import subprocess
import sys
import threading
import time

import pytest

from pipeline.errors import SeedmaskError
from pipeline.storage.lock import only_writer

HOLDER = """
import sys
import threading
from pathlib import Path
from pipeline.storage.lock import only_writer
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


def test_a_second_writer_is_refused_and_told_who_holds_the_lock(holder, tmp_path):
    expected = f"seeds/cam shard 0003 is being written by process {holder.pid}, perhaps left over"
    with pytest.raises(SeedmaskError, match=expected), only_writer(tmp_path / "lock", "seeds/cam shard 0003"):
        pass


def test_a_refused_writer_leaves_the_lock_with_its_holder(holder, tmp_path):
    for _ in range(2):
        with pytest.raises(SeedmaskError, match=f"process {holder.pid},"), only_writer(tmp_path / "lock", "x"):
            pass


def test_the_kernel_gives_the_lock_back_when_its_holder_is_killed(holder, tmp_path):
    holder.kill()
    holder.wait()
    with only_writer(tmp_path / "lock", "x"):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_a_patient_writer_gets_the_lock_after_the_first_has_ended(holder, tmp_path):
    sender = subprocess.Popen(["sh", "-c", "sleep 0.2; echo"], stdout=holder.stdin)
    started = time.monotonic()
    with only_writer(tmp_path / "lock", "x", wait=True):
        assert (tmp_path / "released").exists()
    assert time.monotonic() - started > 0.1
    sender.wait()


def test_an_error_of_its_holder_releases_the_lock(tmp_path):
    with pytest.raises(KeyError), only_writer(tmp_path / "new" / "lock", "x"):
        raise KeyError
    with only_writer(tmp_path / "new" / "lock", "x"):
        pass


def test_two_writers_of_one_process_exclude_each_other(tmp_path):
    lock, refused = tmp_path / "lock", pytest.raises(SeedmaskError, match=f"process {os.getpid()}")
    with only_writer(lock, "x"), refused, only_writer(lock, "x"):
        pass


def test_a_look_at_the_lock_keeps_no_writer_out(tmp_path):
    (tmp_path / "lock").touch()
    with (tmp_path / "lock").open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        threading.Timer(0.1, fcntl.flock, (looking, fcntl.LOCK_UN)).start()
        with only_writer(tmp_path / "lock", "seeds/cam"):
            assert (tmp_path / "lock").read_text() == str(os.getpid())
