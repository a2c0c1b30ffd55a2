"""Access to the plan (pipeline/seedmask/plan/): names of files, inputs and jobs of a variant. No logic here."""

import sys
from pathlib import Path

from snakemake.logging import logger
from snakemake.path_modifier import PathModifier

from seedmask.dataset import listing as listings
from seedmask.errors import SeedmaskError
from seedmask.plan import RESULTS, Plan
from seedmask.runs import recovery
from seedmask.runs.asked import makes_nothing
from seedmask.runs.progress.records import announce

# Who starts a run lists the pictures, and keeps the listing for the jobs, which never look at the pictures' folders.
dry = workflow.output_settings.dryrun or makes_nothing(sys.argv)
listing = listings.read_listing
if workflow.is_main_process:
    listing = listings.current_listing if dry else listings.update_listing
# A workflow that uses this one as a module may put its results elsewhere (`prefix`); a job writes where its output is
# declared, so the plan's paths are whole, and Snakemake leaves them as they are.
root = workflow.modifier.path_modifier.replace_prefix(f"{RESULTS}/")
workflow.modifier.path_modifier = PathModifier(None, None, workflow)
try:
    plan = Plan.of(config, workflow.configfiles, listing, Path(root))
    plan.check()
except SeedmaskError as error:
    sys.exit(str(error))
announce(plan)
# A job that is a process of Snakemake belongs to the run of another one.
if workflow.is_main_process:
    for note in recovery.notes(plan, dry=dry):
        logger.info(note)


wildcard_constraints:
    variant=r"[a-z0-9_]+(\.\d+)?",  # a replicate has its number behind a dot
    shard=r"\d{4,9}",
    stage="[a-z_]+",


def of_variant(stage, name="manifest.json"):
    """Path of a file of a variant, with its wildcard open."""
    return str(plan.results / stage / "{variant}" / name)


def manifest(stage):
    """Declared output of a shard, with its wildcards open."""
    return of_variant(stage, "manifests/{shard}.json")


def inputs(stage):
    """Manifests that a job of a stage waits for."""
    return lambda wildcards: plan.inputs(
        f"{stage}/{wildcards.variant}", wildcards.get("shard")
    )


def job(stage):
    """The job as JSON: settings, code and versions; a change of any runs it again."""
    return lambda wildcards: plan.job(
        f"{stage}/{wildcards.variant}", wildcards.get("shard")
    )


def gpu(stage):
    """GPUs that a job can use."""
    return lambda wildcards: plan.gpus(f"{stage}/{wildcards.variant}")


def threads_of(stage):
    """CPU threads that a job takes from the machine."""
    return lambda wildcards: plan.threads(f"{stage}/{wildcards.variant}")
