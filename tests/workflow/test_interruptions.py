"""Kills at any time cost at most the shard or epoch in hand, and change no result."""

import os

from workflow_kit import Workspace, kill_group, stage_processes, wait_for

from pipeline.storage.lock import only_writer


def finished_shards(workspace: Workspace, stage: str) -> dict[str, int]:
    """Finished shards of a stage with the time they were computed.

    The sealed manifest is looked at: Snakemake deletes the declared one of a job that is killed just after its end.
    """
    return {path.name: path.stat().st_mtime_ns for path in workspace.results.glob(f"{stage}/*/sealed/*.json")}


def test_a_run_killed_three_times_goes_on_and_ends_with_the_same_digests(finished, tmp_path):
    workspace = Workspace(tmp_path)
    workspace.config["dataset"]["shard_size"] = 3  # other shards than the undisturbed run has

    run = workspace.start(cores=1)  # a job: the second seeds shard
    wait_for(lambda: finished_shards(workspace, "seeds") and stage_processes(run, "seeds"), run)
    kept = finished_shards(workspace, "seeds")
    for job in stage_processes(run, "seeds"):
        job.kill()
    run.communicate()
    assert run.returncode != 0

    run = workspace.start()  # everything at once, while seeds are made
    wait_for(lambda: len(finished_shards(workspace, "seeds")) > len(kept), run)
    kill_group(run)
    assert kept.items() <= finished_shards(workspace, "seeds").items(), "a finished shard was made again"
    workspace.run("--unlock")

    run = workspace.start()  # a training after an epoch
    checkpoint = workspace.results / "segmenters" / "crf" / "checkpoint.pt"
    wait_for(checkpoint.exists, run)
    for job in stage_processes(run, "segmenters"):
        job.kill()
    run.communicate()
    assert checkpoint.exists()
    assert not (checkpoint.parent / "manifest.json").exists()

    output = workspace.run()
    assert "going on after epoch" in output
    assert not checkpoint.exists()
    assert workspace.digests() == finished.digests()


def test_one_core_and_one_shard_give_the_same_digests(finished, tmp_path):
    workspace = Workspace(tmp_path)
    workspace.config["dataset"]["shard_size"] = 100
    workspace.run(cores=1)
    assert len(finished_shards(workspace, "seeds")) == 1
    assert workspace.digests() == finished.digests()


def test_a_second_writer_of_a_shard_is_refused(copied):
    target = "results/shapes/masks/crf/manifests/0000.json"
    with only_writer(copied.results / "masks" / "crf" / "locks" / "0000.lock", "masks/crf shard 0000"):
        output = copied.run("--force", target, cores=1, succeeds=False)
    assert f"masks/crf shard 0000 is being written by process {os.getpid()}" in output
    copied.run(target, cores=1)
    assert "Nothing to be done" in copied.run("--dry-run")
