import os
import shutil
import subprocess
import sys
from pathlib import Path

from pipeline.doctor.leftovers import findings
from pipeline.storage.lock import only_writer


def told(patient):
    return [f"{finding.level} {finding}" for finding in findings(patient)]


def test_a_finished_run_left_nothing(run):
    assert told(run()) == ["ok nothing of earlier runs in results/tiny"]


def test_snakemakes_lock_and_partial_files_are_found_with_their_remedies(run):
    Path(".snakemake/locks").mkdir(parents=True)
    Path(".snakemake/locks/0.input.lock").write_text("")
    Path("results/tiny/masks/crf/manifests/.0000.json.x.partial").write_text("")
    lines = told(run())
    assert any(line.startswith("warning Snakemake's lock of an earlier run is there; run snakemake") for line in lines)
    assert any(line.startswith("warning 1 partial files") and "verify --clean results/tiny" in line for line in lines)


def test_results_of_no_variant_are_told_with_their_size(run):
    shutil.copytree("results/tiny/masks/crf", "results/tiny/masks/old")
    assert any("1 variants are not in this configuration (masks/old)" in line for line in told(run()))


def test_a_job_that_outlived_its_run_is_named_with_its_process(run):
    lock = Path("results/tiny/masks/crf/locks/0000.lock")
    with only_writer(lock, "masks/crf shard 0000"):
        (line,) = told(run())
    assert line.startswith("warning results/tiny/masks/crf/locks is being written by process")
    assert f"kill {os.getpid()}" in line


def test_a_job_of_a_run_that_goes_on_is_no_left_over(run):
    lock = Path("results/tiny/masks/crf/locks/0000.lock")
    code = (
        "import fcntl, os, sys; s = open(sys.argv[1], 'r+'); fcntl.flock(s, fcntl.LOCK_EX); "
        "s.write(f'{os.getpid()} {os.uname().nodename}'); s.flush(); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(lock), "snakemake"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as job:
        assert job.stdout.readline() == b"held\n"
        (line,) = told(run())
        job.stdin.close()
    assert line == "warning jobs are running (1 now); wait until they have ended"


def test_the_process_of_another_machine_is_not_sought_here(run):
    lock = Path("results/tiny/masks/crf/locks/0000.lock")
    with only_writer(lock, "masks/crf shard 0000"):
        lock.write_text(f"{os.getpid()} node7")
        (line,) = told(run())
    assert line == "warning jobs are running (1 now, on node7 too); wait until they have ended"
