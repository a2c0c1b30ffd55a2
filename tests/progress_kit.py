"""A folder of results in the making, without a picture computed: manifests, events and times as jobs leave them."""

from pathlib import Path

import yaml

from seedmask.config.graph import load_file
from seedmask.events import Ended, Event, EventFile, Failed, Note, Started, Warned, path_beside
from seedmask.job import manifest_path
from seedmask.plan import Plan
from seedmask.storage.manifest import Manifest

VARIANTS = {
    "classifiers": {"cam": {}},
    "seeds": {"cam": {"from": "classifiers/cam"}},
    "masks": {"crf": {"from": "seeds/cam", "method": "crf"}},
}
AWAY = "far-away"
"""A machine that is not this one, whose jobs are believed to run."""


def make_plan(variants: dict = VARIANTS, train: int = 9, val: int = 3, shard_size: int = 3) -> Plan:
    """A plan of a data set of file names, in the working directory."""
    Path("pictures").mkdir(exist_ok=True)
    rows = [(f"p{number:05d}", "train" if number < train else "val") for number in range(train + val)]
    for name, _ in rows:
        Path("pictures", f"{name}.png").touch()
    Path("pictures/tags.csv").write_text("".join(f"{name},cow\n" for name, _ in rows))
    Path("pictures/splits.csv").write_text("".join(f"{name},{split}\n" for name, split in rows))
    Path("pictures/classes.txt").write_text("cow\n")
    values = {"dataset": {"name": "cows", "format": "folder", "root": "pictures", "shard_size": shard_size}}
    Path("config.yaml").write_text(yaml.safe_dump(values | variants))
    return Plan(load_file(Path("config.yaml")))


def finish(plan: Plan, reference: str, *shards: str, recipe: str = "", seconds: float = 2.0) -> None:
    """Some shards of a variant, or its training, as if a job had made them."""
    stage, variant = reference.split("/")
    for shard in shards or (None,):
        Manifest(
            stage=stage,
            variant=variant,
            shard=shard,
            recipe=recipe or plan.recipe(reference),
            fingerprint="",
            settings={},
            digest="",
        ).write(manifest_path(plan.results, stage, variant, shard))
        if shard:
            write_events(plan, reference, Ended(), shard=shard)
            times = plan.results / reference / "benchmarks" / f"{shard}.tsv"
            times.parent.mkdir(exist_ok=True)
            times.write_text(f"s\th:m:s\n{seconds}\t0:00:02\n")


def write_events(plan: Plan, reference: str, *events: Event, shard: str | None = None, host: str = AWAY) -> Path:
    """The file of events of a job that has reported some since it started, and its log."""
    log_file = plan.results / reference / (f"logs/{shard}.txt" if shard else "log.txt")
    log_file.parent.mkdir(parents=True, exist_ok=True)
    events = (Started(process=1, machine=host, time=0.0), *events)
    file = EventFile(path_beside(log_file))
    for event in events:
        file.write(event)
    log_file.write_text("".join(f"{as_logged(reference, event)}\n" for event in events))
    return path_beside(log_file)


def as_logged(reference: str, event: Event) -> str:
    """About what the log says where a job reports an event."""
    match event:
        case Note(text=text) | Warned(text=text):
            return f"{reference}: {event.event}: {text}"
        case Failed(message=message):
            return message
        case _:
            return f"{reference}: {event.event}"
