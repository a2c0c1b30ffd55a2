"""The folder of locks that all users of a machine share."""

import os
import stat
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from seedmask.errors import SeedmaskError
from seedmask.runs.gpus.locks import is_taken, opened, take

OTHER_USER = """
import os, sys
from pathlib import Path
from seedmask.runs.gpus.locks import opened, take
os.umask(0o{umask})
os.setuid(65534)
path = Path(sys.argv[1])
with opened(path) as folder:
    print("taken" if take(folder, "gpu0", path) is not None else "held", flush=True)
    sys.stdin.read()
"""
ONLY_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root can be two users")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def path():
    """In a folder that, unlike those of the tests, the other user gets to."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o1777)
        yield Path(folder) / "locks"


@contextmanager
def other_user(path, umask="022"):
    """A process of somebody else that holds card 0."""
    command = [sys.executable, "-c", OTHER_USER.format(umask=umask), str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "taken\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_folder_and_files_are_everybodys_whatever_the_umask(path, umask):
    before = os.umask(umask)
    try:
        with opened(path) as folder:
            os.close(take(folder, "gpu0", path))
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert (mode(path), mode(path / "gpu0.lock")) == (0o1777, 0o666)


@ONLY_ROOT
@pytest.mark.parametrize("umask", ["022", "077"])
def test_what_another_user_holds_is_not_given_and_is_free_once_it_is_killed(path, umask):
    with other_user(path, umask) as holder, opened(path) as folder:
        assert take(folder, "gpu0", path) is None
        assert is_taken("gpu0", path)
        holder.kill()
        holder.wait()
        os.close(take(folder, "gpu0", path))


@ONLY_ROOT
def test_another_user_can_use_what_we_made_and_cannot_remove_it(path):
    with opened(path) as folder:
        os.close(take(folder, "gpu0", path))
    with other_user(path):
        tried = subprocess.run(["rm", "-f", str(path / "gpu0.lock")], user=65534, capture_output=True, check=False)
        assert tried.returncode != 0


@ONLY_ROOT
def test_a_folder_that_is_closed_to_others_is_named_with_its_owner_and_what_to_do(path):
    path.mkdir(mode=0o700)
    process = subprocess.run(
        [sys.executable, "-c", OTHER_USER.format(umask="022"), str(path)], capture_output=True, text=True, check=False
    )
    assert f"{path}, which belongs to root: Permission denied" in process.stderr
    assert "chmod 1777" in process.stderr


def test_a_link_in_the_place_of_the_folder_is_not_followed(path, tmp_path):
    (tmp_path / "target").mkdir()
    path.symlink_to(tmp_path / "target")
    with pytest.raises(SeedmaskError, match=r"locks, which belongs to \w+: Not a directory"):
        opened(path).__enter__()
    assert not list((tmp_path / "target").iterdir())


def test_a_link_in_the_place_of_a_lock_is_not_followed(path, tmp_path):
    with opened(path) as folder:
        (path / "gpu0.lock").symlink_to(tmp_path / "victim")
        with pytest.raises(SeedmaskError, match=r"gpu0\.lock.*Too many levels of symbolic links"):
            take(folder, "gpu0", path)
    assert not (tmp_path / "victim").exists()


def test_a_pipe_in_the_place_of_a_lock_is_not_waited_for(path):
    with opened(path) as folder:
        os.mkfifo(path / "gpu0.lock")
        with pytest.raises(SeedmaskError, match="is not a plain file"):
            take(folder, "gpu0", path)


def test_a_lock_file_that_was_removed_in_between_is_not_the_lock(path, monkeypatch):
    from seedmask.runs.gpus import locks

    real, removed = locks.fcntl.flock, []

    def flock(handle, how):
        if not removed:
            removed.append((path / "gpu0.lock").unlink())
        return real(handle, how)

    with opened(path) as folder:
        monkeypatch.setattr(locks.fcntl, "flock", flock)
        handle = take(folder, "gpu0", path)
        assert os.fstat(handle).st_ino == (path / "gpu0.lock").stat().st_ino
        assert take(folder, "gpu0", path) is None
