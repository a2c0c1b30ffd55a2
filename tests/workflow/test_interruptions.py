"""Kills at any time cost at most the shard or epoch in hand, and change no result."""

import os
import platform
import signal

import pytest
from warm_kit import warm_python
from workflow_kit import Workspace, kill_group, says, stage_processes, wait_for

from seedmask.storage.lock import only_writer


def finished_shards(workspace: Workspace, stage: str) -> dict[str, int]:
    """Finished shards of a stage with the time they were computed.

    The sealed manifest is looked at: Snakemake deletes the declared one of a job that is killed just after its end.
    """
    return {path.name: path.stat().st_mtime_ns for path in workspace.results.glob(f"{stage}/*/sealed/*.json")}


@pytest.mark.thorough  # the tests of kills in faults/ kill jobs in every suite
def test_a_run_killed_in_every_way_goes_on_and_ends_with_the_same_digests(finished, tmp_path, survived, request):
    workspace = Workspace(tmp_path)
    workspace.config["dataset"]["shard_size"] = 4  # other shards than the undisturbed run has
    workspace.run("results/shapes/classifiers/cam/manifest.json")
    target = "results/shapes/segmenters/crf/manifest.json"  # its jobs are new processes; those of `finished` are forks

    run = workspace.start(target, cores=1)  # a job: the second seeds shard
    wait_for(lambda: finished_shards(workspace, "seeds") and stage_processes(run, "seeds"), run)
    kept = finished_shards(workspace, "seeds")
    for job in stage_processes(run, "seeds"):
        job.kill()
    run.communicate()
    assert run.returncode != 0

    run = workspace.start(target)  # everything at once, while seeds are made
    wait_for(lambda: len(finished_shards(workspace, "seeds")) > len(kept), run)
    refused = workspace.run(succeeds=False)
    assert f"results/shapes is being made by process {run.pid} on {platform.node()}" in refused
    kill_group(run)
    assert kept.items() <= finished_shards(workspace, "seeds").items(), "a finished shard was made again"

    killed, run = run, workspace.start(target)  # Snakemake alone: its training lives on while the next run begins
    checkpoint = workspace.results / "segmenters" / "crf" / "checkpoint.pt"
    wait_for(checkpoint.exists, run)
    (orphan,) = stage_processes(run, "segmenters")
    orphan.suspend()
    request.addfinalizer(lambda: orphan.is_running() and orphan.kill())
    run.kill()
    output = run.stdout.readline()
    while "released" not in output:
        output = run.stdout.readline()
    assert f"a lock was left by a run that was killed (process {killed.pid} on" in output
    run.stdout.close()
    run.wait()
    killed, run = run, workspace.start(target)
    log = checkpoint.parent / "log.txt"
    wait_for(lambda: says(log, f"is being written by process {orphan.pid} on"), run)
    orphan.terminate()  # as a scheduler would, in the middle of an epoch
    orphan.resume()
    wait_for(lambda: says(log, "going on after epoch"), run)
    os.killpg(run.pid, signal.SIGTERM)
    output = run.communicate()[0]
    assert f"(process {killed.pid} on" in output

    workspace.run()
    assert not checkpoint.exists()
    assert workspace.digests() == finished.digests()
    survived(5)


@pytest.mark.thorough
def test_one_core_and_one_shard_give_the_same_digests(finished, tmp_path):
    workspace = Workspace(tmp_path)
    workspace.config["dataset"]["shard_size"] = 100
    workspace.run(cores=1)
    assert len(finished_shards(workspace, "seeds")) == 1
    assert workspace.digests() == finished.digests()


def test_a_run_waits_for_a_job_that_outlived_the_last_one(copied):
    target = "results/shapes/masks/crf/manifests/0000.json"
    log = copied.results / "masks" / "crf" / "logs" / "0000.txt"
    with only_writer(copied.results / "masks" / "crf" / "locks" / "0000.lock", "masks/crf shard 0000"):
        run = copied.start("--force", target, cores=1, python=warm_python())
        waiting = f"masks/crf shard 0000 is being written by process {os.getpid()} on"
        wait_for(lambda: says(log, waiting), run)
    output = run.communicate()[0]
    assert run.returncode == 0
    assert waiting in output
    assert "from the same inputs: kept" in log.read_text()
    assert "Nothing to be done" in copied.run("--dry-run")
