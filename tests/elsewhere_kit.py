"""Files of another program beside a small finished run, read back by `method: folder`."""

import importlib
from pathlib import Path
from typing import Any

import yaml
from results_kit import job_of

from seedmask.config.graph import load_file
from seedmask.plan import Plan
from seedmask.storage.reader import StoredVariant
from seedmask.storage.records import read_record


def plan_with(**stages) -> Plan:
    """The plan of the configuration in the working directory with more variants: `masks={"own": {...}}`."""
    values = yaml.safe_load(Path("config.yaml").read_text())
    for stage, variants in stages.items():
        values[stage] = {**values.get(stage, {}), **variants}
    Path("config.yaml").write_text(yaml.safe_dump(values, sort_keys=False))
    plan = Plan(load_file(Path("config.yaml")))
    plan.check()
    return plan


def run(plan: Plan, reference: str) -> StoredVariant:
    """Run the jobs of a variant that is cut into shards, its fit first; its arrays."""
    if plan.variants[reference].fit():
        _run(plan.fit_job(reference))
    for shard in plan.shards(reference):
        _run(plan.job(reference, shard))
    return StoredVariant(plan.results, reference, plan.shards(reference))


def scores_of(plan: Plan, reference: str) -> tuple[list[Any], list[str]]:
    """Evaluate a variant; its results, without what it was made of and a threshold not its own, and its marks."""
    _run(plan.evaluation.job(reference))
    value = read_record(Path(plan.evaluation.scores(reference)))
    for result in value["results"]:
        for lineage in ("views", "families", "first_weights"):
            del result["protocol"][lineage]
        if result["protocol"]["threshold_mode"] in ("none", "fixed"):
            del result["protocol"]["threshold_mode"], result["protocol"]["threshold"]
    return value["results"], value["made_elsewhere"]


def _run(text: str) -> None:
    job = job_of(text)
    importlib.import_module(job.module).run(job, "cpu")
