"""A disk that is full or read-only stops a job with words, spoils nothing, and costs nothing that was finished."""

import random
import subprocess

import pytest
from faults_kit import Trial, warm

OWN_DISK = ("unshare", "--map-root-user", "--mount")
"""A world in which a small disk can be mounted that nobody else sees."""
MOUNT = 'cp -a results .kept && mount -t tmpfs -o size=512m none results && cp -a .kept/. results && exec "$@"'
FILL = (
    "rm -f results/filler; free=$(($(stat -f -c '%a * %S' results) - {room})); "
    "[ $free -le 0 ] || fallocate -l $free results/filler"
)
ROOMS = [0, *(4096 * 4**power for power in range(9))]
"""Bytes that are free, from none to 256 MiB; every day each second of them."""


@pytest.fixture
def disk(undisturbed, jobs, broken):
    """A warm process in a copy of the workspace, whose results lie on a disk of their own."""
    if subprocess.run([*OWN_DISK, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    prefix = [*OWN_DISK, "sh", "-c", MOUNT, "sh"]
    with warm(broken.folder, jobs, prefix=prefix, packages=broken.packages) as process:
        yield process


@pytest.fixture
def tried(jobs, thorough):
    """One job of each stage, or a shard, a training and a count."""
    stages = {command.stage: command for command in jobs}
    return stages.values() if thorough else [stages[stage] for stage in ("masks", "segmenters", "evaluation")]


def test_a_full_or_read_only_disk_loses_nothing_and_says_so(undisturbed, tried, disk, thorough):
    rooms = ROOMS if thorough else ROOMS[::2] + ROOMS[-1:]
    for command in tried:
        trial = Trial(disk, command, undisturbed.folder, random.Random(0))
        trial.forget()
        disk.shell("mount -o remount,ro results")
        refused(disk, trial, command, "Read-only file system")
        disk.shell("mount -o remount,rw results")
        full = 0
        while disk.shell(FILL.format(room=rooms[full])) and not trial.complete():
            full += refused(disk, trial, command, "No space left on device")
        assert full, f"{command.name} needs no room"
        disk.shell("rm results/filler")
        trial.end()


def refused(disk, trial, command, why):
    """Whether a job failed, for a reason that it said."""
    outcome = disk.run(command)
    trial.look()
    if outcome.status:
        assert f"{why}; free the disk or make it writable and run snakemake again" in outcome.log, command.name
        assert "Traceback" not in outcome.log, command.name
    return outcome.status
