"""The index of a plan, made by its jobs."""

from seedmask.dataset.listing import update_listing
from seedmask.job import Job
from seedmask.jobs import index, index_shard
from seedmask.plan import Plan


def run_index(plan: Plan) -> None:
    """List the images and run the jobs of all shards, then that of the whole."""
    update_listing(plan.config.dataset, plan.results)
    for shard in plan.shards():
        index_shard.run(Job.model_validate_json(plan.index_shard_job(shard)), "cpu")
    index.run(Job.model_validate_json(plan.index_job()), "cpu")
