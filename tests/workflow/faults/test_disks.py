"""A disk that is full or read-only stops a job with words, spoils nothing, and costs nothing that was finished."""

import random
import subprocess

import pytest
from faults_kit import Trial, warm

OWN_DISK = ("unshare", "--map-root-user", "--mount")
"""A world in which a small disk can be mounted that nobody else sees."""
MOUNT = 'cp -a results .kept && mount -t tmpfs -o size=64m none results && cp -a .kept/. results && exec "$@"'
FILL = "rm -f results/filler; cat /dev/zero > results/filler; truncate -s -{room} results/filler"
ROOMS = [0, *(4096 * 2**power for power in range(13))]
"""Bytes that are free, from none to 16 MiB."""


@pytest.fixture
def disk(undisturbed, jobs, broken):
    """A warm process in a copy of the workspace, whose results lie on a disk of their own."""
    if subprocess.run([*OWN_DISK, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    prefix = [*OWN_DISK, "sh", "-c", MOUNT, "sh"]
    with warm(broken.folder, jobs, prefix=prefix, packages=broken.packages) as process:
        yield process


def jobs_of_each_kind(jobs):
    """One job of each stage."""
    return {command.stage: command for command in jobs}.values()


def test_a_full_disk_loses_nothing_and_says_so(undisturbed, jobs, disk):
    for command in jobs_of_each_kind(jobs):
        trial, failed = Trial(disk, command, undisturbed.folder, random.Random(0)), 0
        trial.forget()
        for room in ROOMS:
            disk.shell(FILL.format(room=room))
            outcome = disk.run(command)
            trial.look()
            if outcome.status == 0:
                break
            failed += 1
            assert "No space left on device" in outcome.log, command.name
            assert "free the disk or make it writable and run snakemake again" in outcome.log, command.name
            assert "Traceback" not in outcome.log, command.name
        assert failed, f"{command.name} needs no room"
        disk.shell("rm results/filler")
        trial.end()


def test_a_read_only_folder_loses_nothing_and_says_so(undisturbed, jobs, disk):
    for command in jobs_of_each_kind(jobs):
        trial = Trial(disk, command, undisturbed.folder, random.Random(0))
        trial.forget()
        disk.shell("mount -o remount,ro results")
        outcome = disk.run(command)
        disk.shell("mount -o remount,rw results")
        assert outcome.status == 1
        assert "Read-only file system; free the disk or make it writable" in outcome.log, command.name
        assert "Traceback" not in outcome.log, command.name
        trial.end()
