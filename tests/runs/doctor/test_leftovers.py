import os
import platform
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from seedmask.runs.doctor.leftovers import check_leftovers
from seedmask.storage.lock import only_writer


def lines_of(diagnosis):
    return [f"{finding.level} {finding}" for finding in check_leftovers(diagnosis)]


def test_a_finished_run_left_nothing(run):
    assert lines_of(run()) == ["ok nothing of earlier runs in results/tiny"]


def test_snakemakes_lock_and_partial_files_are_found_with_their_remedies(run):
    Path(".snakemake/locks").mkdir(parents=True)
    Path(".snakemake/locks/0.input.lock").write_text("")
    Path("results/tiny/masks/crf/manifests/.0000.json.x.partial").write_text("")
    lines = lines_of(run())
    assert any(line.startswith("warning Snakemake's lock of an earlier run is there; run snakemake") for line in lines)
    assert any(line.startswith("warning 1 partial files") and "verify results/tiny --clean" in line for line in lines)


def test_results_of_no_variant_are_named_with_their_size(run):
    shutil.copytree("results/tiny/masks/crf", "results/tiny/masks/old")
    assert any("1 variants are not in this configuration (masks/old)" in line for line in lines_of(run()))


def test_a_job_that_outlived_its_run_is_named_with_its_process(run):
    lock = Path("results/tiny/masks/crf/locks/0000.lock")
    with only_writer(lock, "masks/crf shard 0000"):
        (line,) = lines_of(run())
    assert line.startswith("warning results/tiny/masks/crf/locks is being written by process")
    assert f"kill {os.getpid()}" in line


@contextmanager
def running_job(lock, run="snakemake"):
    """A job that holds a lock, of a Snakemake by its command line."""
    code = (
        "import sys; from pathlib import Path; from seedmask.storage.lock import only_writer\n"
        "with only_writer(Path(sys.argv[1]), 'a shard'): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(lock), run]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as job:
        assert job.stdout.readline() == b"held\n"
        yield
        job.stdin.close()


def test_a_job_of_a_running_workflow_is_not_left_over(run):
    diagnosis = run()
    with running_job(Path("results/tiny/masks/crf/locks/0000.lock")):
        assert lines_of(diagnosis) == ["warning jobs are running (1 now); wait until they have ended"]


def test_the_process_of_another_machine_is_not_looked_up_here(run):
    lock = Path("results/tiny/masks/crf/locks/0000.lock")
    with only_writer(lock, "masks/crf shard 0000"):
        lock.write_text(f"{os.getpid()} node7")
        (line,) = lines_of(run())
    assert line == "warning jobs are running (1 now, all on node7); wait until they have ended"


def test_a_number_that_now_belongs_to_a_stranger_is_not_proposed_to_be_killed(run):
    """A lock whose file names this machine and a living process that does not hold it."""
    lock = Path("results/tiny/masks/crf/locks/0000.lock")
    diagnosis = run()
    with subprocess.Popen(["sleep", "60"]) as stranger, running_job(lock, "of no run"):
        lock.write_text(f"{stranger.pid} {platform.node()}")
        lines = lines_of(diagnosis)
        stranger.kill()
    assert lines == ["warning jobs are running (1 now); wait until they have ended"]


def test_jobs_here_and_elsewhere_are_counted_apart(run):
    here, there = (Path(f"results/tiny/masks/crf/locks/{shard:04d}.lock") for shard in range(2))
    diagnosis = run()
    with running_job(here), only_writer(there, "masks/crf shard 0001"):
        there.write_text(f"{os.getpid()} node7")
        (line,) = lines_of(diagnosis)
    assert line == "warning jobs are running (2 now, 1 on node7); wait until they have ended"
