import errno
import os
import signal
from pathlib import Path

import pytest
from storage_kit import run_python

from seedmask.errors import SeedmaskError
from seedmask.storage.files import write_atomic, write_json, writing_below


def test_a_file_is_written_with_its_folder_and_replaced_whole(tmp_path):
    path = tmp_path / "a" / "b.json"
    write_atomic(path, b"long old content")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "b.json"
    write_atomic(path, b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_kill_before_the_rename_leaves_the_old_file(tmp_path):
    write_atomic(tmp_path / "b.json", b"old")
    code = (
        "import os, signal, sys; from pathlib import Path; from seedmask.storage.files import write_atomic\n"
        "Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_atomic(Path(sys.argv[1]), b'new')"
    )
    assert run_python(code, tmp_path / "b.json").returncode == -signal.SIGKILL
    assert (tmp_path / "b.json").read_bytes() == b"old"


def test_equal_json_values_give_equal_bytes_that_people_can_read(tmp_path):
    for name in "ab":
        write_json(tmp_path / name, {"id": "küche/1", "row": 3})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert "küche/1" in (tmp_path / "a").read_text(encoding="utf-8")


def test_the_disk_is_blamed_for_what_it_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    below = r"cannot write below r: .*, finished shards are kept"
    for error in (OSError(errno.ENOSPC, "full"), PermissionError(errno.EACCES, "denied", str(tmp_path / "r" / "x"))):
        with pytest.raises(SeedmaskError, match=below), writing_below(Path("r"), "finished shards"):
            raise error


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "no such file", "results/a"),
        PermissionError(errno.EACCES, "denied", "/elsewhere/weights.pth"),
        ConnectionError("no network"),
    ],
)
def test_the_disk_is_not_blamed_for_anything_else(tmp_path, error):
    with pytest.raises(type(error)), writing_below(tmp_path, "finished shards"):
        raise error
