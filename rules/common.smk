"""Access to the plan (pipeline/seedmask/plan/): names of files, inputs and jobs of a variant. No logic here."""

import sys
from pathlib import Path

from snakemake.logging import logger
from snakemake.path_modifier import PathModifier

from seedmask.dataset.listing import current_listing, read_or_make_listing
from seedmask.errors import SeedmaskError
from seedmask.plan import RESULTS, Plan
from seedmask.runs import active, recovery
from seedmask.runs.progress.records import announce

# A workflow that uses this one as a module may put its results elsewhere (`prefix`); a job writes where its output is
# declared, so the plan's paths are whole, and Snakemake leaves them as they are.
root = workflow.modifier.path_modifier.replace_prefix(f"{RESULTS}/")
workflow.modifier.path_modifier = PathModifier(None, None, workflow)
# A job on a cluster is planned with the stored listing and does not look at the folders of images.
listing = current_listing if workflow.is_main_process else read_or_make_listing
try:
    plan = Plan.of(config, workflow.configfiles, listing, Path(root))
    plan.check()
except SeedmaskError as error:
    sys.exit(str(error))
announce(plan)
if workflow.is_main_process:
    for note in recovery.notes(plan):
        logger.info(note)


# Jobs read the listing that they were planned with, and a run that finds the folder locked says which process holds it.
onstart:
    active.register(plan.results)
    plan.store_listing()


wildcard_constraints:
    variant=r"[a-z0-9_]+(\.\d+)?",  # a replicate has its number behind a dot
    shard=r"\d{4,9}",
    stage="[a-z_]+",


def of_variant(name):
    """Path of a file of a variant, with its wildcards open."""
    return str(plan.results / "{stage}" / "{variant}" / name)


def of_evaluation(name):
    """Path of a file of a variant's evaluation, with its wildcards open."""
    return str(plan.results / "evaluation" / "{stage}" / "{variant}" / name)


def reference(wildcards):
    """A variant as the configuration names it, like `masks/crf`."""
    return f"{wildcards.stage}/{wildcards.variant}"


def inputs(wildcards):
    """Manifests that a job of a variant waits for."""
    return plan.inputs(reference(wildcards), wildcards.get("shard"))


def job(wildcards):
    """The job of a variant as JSON: settings, code and versions; a change of any runs it again."""
    return plan.job(reference(wildcards), wildcards.get("shard"))


def threads_of(wildcards):
    """CPU threads that a job of a variant takes from the machine."""
    return plan.threads(reference(wildcards))


def gpus(wildcards):
    """GPUs that a job of a variant can use."""
    return plan.gpus(reference(wildcards))
