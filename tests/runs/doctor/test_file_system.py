import errno
import fcntl
import os
from pathlib import Path

import pytest

from seedmask.runs.doctor import file_system
from seedmask.runs.doctor.file_system import findings, mounted

MOUNTS = """\
/dev/sda1 / ext4 rw,relatime 0 0
server:/home /home nfs4 rw,vers=4.2,local_lock=none 0 0
server:/old /home/old\\040disk nfs rw,vers=3,nolock,local_lock=all 0 0
mds@tcp:/scratch /scratch lustre rw,localflock 0 0
tmpfs /scratch tmpfs rw 0 0
"""


def told(patient):
    return [f"{finding.level} {finding}" for finding in findings(patient)]


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/", "ext4"), ("/homes/x", "ext4"), ("/home/x", "nfs4"), ("/home/old disk/x", "nfs"), ("/scratch", "tmpfs")],
)
def test_a_folder_is_on_the_innermost_file_system_and_the_last_of_several(folder, kind):
    assert mounted(Path(folder), MOUNTS)[0] == kind


def test_a_disk_with_locks_is_well(run):
    (line,) = told(run())
    assert line.startswith(f"ok {Path('results').resolve()} has them (")


@pytest.mark.parametrize("line", ["nfs rw,nolock", "nfs4 rw,local_lock=flock", "lustre rw,localflock"])
def test_locks_that_end_at_the_machine_are_warned_of(run, tmp_path, monkeypatch, line):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {tmp_path} {line} 0 0\n")
    monkeypatch.setattr(file_system, "MOUNTS", mounts)
    (found,) = told(run())
    assert found.startswith("warning")
    assert line.split(",")[1] in found


def test_a_disk_without_locks_is_a_problem(run, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    (line,) = told(run())
    assert line.startswith("problem")
    assert "No locks available" in line
