import errno
import fcntl
import os
from pathlib import Path

import pytest

from seedmask.runs.doctor import machine
from seedmask.runs.doctor.machine import check_file_system, check_machine, mounted
from seedmask.runs.gpus import locks


@pytest.fixture
def lines_about(run, monkeypatch):
    """What is said of a machine, by what it is about."""

    def say(gpus=(), load=0.0, cores=2):
        monkeypatch.setattr(machine, "gpus", lambda: gpus)
        monkeypatch.setattr(os, "getloadavg", lambda: (load, 0, 0))
        return {finding.about: f"{finding.level} {finding}" for finding in check_machine(run(cores=cores))}

    return say


def test_a_machine_with_enough_of_everything_has_no_warning(lines_about):
    assert [line.split()[0] for line in lines_about().values()] == ["ok", "ok", "ok"]


def test_fewer_cores_than_threads_are_a_warning(lines_about):
    assert lines_about(cores=1)["cores"].startswith("warning 1, but a variant asks for 2 threads")


def test_other_programs_are_a_warning(lines_about):
    assert lines_about(load=3.0)["cores"].startswith("warning 2, and other programs keep 3.0 busy")


def test_too_little_memory_is_a_warning(lines_about, monkeypatch):
    monkeypatch.setattr(os, "sysconf", lambda name: 1 << 30 if name == "SC_PAGE_SIZE" else 1)
    said = lines_about()["memory"]
    assert said.startswith("warning 1 GB, the run needs about 1.")
    assert "of it for a job of classifiers/cam; lower `batch_size` or `crop`" in said


def test_a_gpu_that_is_leased_is_named(lines_about, monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "is_taken", lambda name: locks.is_taken(name, tmp_path))
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    (tmp_path / "gpu0.lock").write_text("")
    assert lines_about(gpus=("0", "1"))["gpu"] == "ok 0, 1"
    with (tmp_path / "gpu0.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert lines_about(gpus=("0", "1"))["gpu"] == "ok 0, 1; leased by a job now: 0"


def test_a_gpu_that_torch_cannot_use_is_a_warning(lines_about, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert lines_about(gpus=("0",))["gpu"].startswith("warning torch")


def test_a_gpu_beside_a_torch_for_the_cpu_is_a_warning(lines_about, monkeypatch):
    monkeypatch.setattr(machine, "gpu_nodes", lambda: ["0"])
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert "is built for the CPU; make setup TORCH=cuda" in lines_about()["gpu"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert "CUDA_VISIBLE_DEVICES hides it" in lines_about()["gpu"]


MOUNTS = """\
/dev/sda1 / ext4 rw,relatime 0 0
server:/home /home nfs4 rw,vers=4.2,local_lock=none 0 0
server:/old /home/old\\040disk nfs rw,vers=3,nolock,local_lock=all 0 0
mds@tcp:/scratch /scratch lustre rw,localflock 0 0
tmpfs /scratch tmpfs rw 0 0
"""


def locks_of(diagnosis):
    return [f"{finding.level} {finding}" for finding in check_file_system(diagnosis)]


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/", "ext4"), ("/homes/x", "ext4"), ("/home/x", "nfs4"), ("/home/old disk/x", "nfs"), ("/scratch", "tmpfs")],
)
def test_a_folder_is_on_the_innermost_file_system_and_the_last_of_several(folder, kind):
    assert mounted(Path(folder), MOUNTS)[0] == kind


def test_a_disk_with_locks_is_well(run):
    (line,) = locks_of(run())
    assert line.startswith(f"ok {Path('results').resolve()} has them (")


@pytest.mark.parametrize("line", ["nfs rw,nolock", "nfs4 rw,local_lock=flock", "lustre rw,localflock"])
def test_locks_that_end_at_the_machine_are_warned_of(run, tmp_path, monkeypatch, line):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {tmp_path} {line} 0 0\n")
    monkeypatch.setattr(machine, "MOUNTS", mounts)
    (found,) = locks_of(run())
    assert found.startswith("warning")
    assert line.split(",")[1] in found


def test_a_disk_without_locks_is_a_problem(run, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    (line,) = locks_of(run())
    assert line.startswith("problem")
    assert "No locks available" in line
