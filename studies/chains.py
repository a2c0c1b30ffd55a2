"""The parts of the four systems side by side and in combination: `studies/chains.yaml` and what goes on from it.

Run: python studies/chains.py [--sets stamps shapes-hard photos] [--photos FOLDER]   (hours; what is made already stays,
and an interrupted run goes on). The sets after the first have fewer variants, `--whole` makes all of them.
"""

import argparse
import csv
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path
from typing import Any

import yaml
from chain_tables import set_tables, side_by_side

from seedmask.config.graph import load
from seedmask.config.reading import merged_values
from seedmask.config.stages import STAGES
from seedmask.plan.variants import RESULTS, Variants

HERE = Path(__file__).parent
FILES = {
    stage: [HERE / name for name in ("chains.yaml", "segmenters.yaml", "second_rounds.yaml")[:number]]
    for number, stage in enumerate(("masks", "segmenters", "rounds"), 1)
}
"""Files of each stage; each goes on top of the one before."""
PHOTOS = "photos"
SETS = ("stamps", "shapes-hard", PHOTOS)
SIZE = {"--train": "100", "--val": "50"}
"""Pictures of the demo's sets: about as many as people begin with."""
DATA = Path("data") / "chains"
"""Folder of the demo's sets in that size, beside those of the demo."""
WRITTEN = RESULTS / "chains"
"""Folder of the configuration of each set."""
HELD_OUT = 3
"""Each third photograph, by name, is kept from training, so that new ones are measured too."""
PRUNED = (
    *("classifiers/seam", "classifiers/sfc", "classifiers/boundary", "weak_labels/tags"),
    *("masks/*_par", "masks/*proportional*", "masks/*_sure", "masks/*_crf_03", "masks/*_cyclic", "masks/*_guided"),
)
"""Left out after `stamps`, with all made from it: what gained nothing there, or on an earlier run of masks alone.

Of the single systems I2CRC stays, the best of them on scenes.
"""


def main() -> None:
    """Make what is missing of every set, and print its tables in Markdown."""
    parser = argparse.ArgumentParser(description="Parts of four systems, and their combinations, on several sets.")
    parser.add_argument("--sets", nargs="+", choices=SETS, help="all by default; photos where their folder is named")
    parser.add_argument("--photos", type=Path, help="folder with pictures/, masks/, tags.csv and classes.txt")
    parser.add_argument("--stage", choices=tuple(FILES), default="rounds", help="where to stop")
    parser.add_argument(
        "--leave-out", nargs="+", default=(), metavar="PATTERN", help="such as 'masks/*_single'; and all made from it"
    )
    parser.add_argument("--whole", action="store_true", help="all variants of all sets (hours more)")
    parser.add_argument("--cores", default="all")
    options = parser.parse_args()
    names = options.sets or [name for name in SETS if name != PHOTOS or options.photos]
    if PHOTOS in names and not options.photos:
        parser.error(f"--sets {PHOTOS}: name their folder with --photos")
    made, failed = [], []
    for name in names:
        values = configuration(name, options.stage, options.photos)
        pruned = () if options.whole or name == SETS[0] else PRUNED
        values = without(values, *pruned, *options.leave_out)
        (made if run(name, values, options.cores) else failed).append((name, values))
    plans = {name: Variants(load(values, [])) for name, values in made}
    sys.stdout.write(f"## All sets\n\n{side_by_side(plans)}\n")
    for name, plan in plans.items():
        sys.stdout.write(f"## {name}\n\n{set_tables(plan)}\n")
    if failed:
        sys.exit(f"not complete: {', '.join(name for name, _ in failed)}; the same command goes on with them")


def configuration(name: str, stage: str, photos: Path | None = None) -> dict[str, Any]:
    """The study of a set: its data, and heads from words where the words are right.

    The words of `chains.yaml` are those of `stamps`; the classes of `shapes-hard` are invented and in no dictionary.
    """
    values = merged_values(FILES[stage])
    if name == PHOTOS:
        shards = values["dataset"]["shard_size"]
        values["dataset"] = {"name": "photos_chains", "format": "folder", **held_out(photos), "shard_size": shards}
    else:
        values["dataset"] |= {"name": f"{name.replace('-', '_')}_chains", "root": str(DATA / name)}
    if name != "stamps":
        del values["classifiers"]["started"]["names"]
    if name != "stamps":
        _learn_longer(values)
    if name == PHOTOS:
        _look_at_half_the_size(values)
    return without(values, "classifiers/started") if name == "shapes-hard" else values


def held_out(photos: Path) -> dict[str, str]:
    """Where photographs are, with splits of their own beside their tags."""
    root = DATA / PHOTOS
    root.mkdir(parents=True, exist_ok=True)
    for file in ("tags.csv", "classes.txt"):
        shutil.copy(photos / file, root)
    names = sorted(file.name for file in (photos / "pictures").iterdir())
    with (root / "splits.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("image", "split"))
        table.writerows((name, "train" if (number + 1) % HELD_OUT else "val") for number, name in enumerate(names))
    return {"root": str(root), **{folder: str((photos / folder).resolve()) for folder in ("pictures", "masks")}}


def _learn_longer(values: Mapping[str, Any]) -> None:
    """Segmenters learn three times as many classes twice as long."""
    for learned in values.get("segmenters", {}).values():
        learned["least_steps"] *= 2


def _look_at_half_the_size(values: Mapping[str, Any]) -> None:
    """Segmenters see photographs, twice as large as pictures of other sets, at the same size as those."""
    cyclic = [one for one in values["masks"].values() if one["method"] in ("cyclic", "object_guided")]
    for predicted in (*cyclic, *values.get("predictions", {}).values()):
        predicted["scales"] = [scale / 2 for scale in predicted["scales"]]
    for learned in values.get("segmenters", {}).values():
        scale = [one / 2 for one in learned["augmentation"]["scale"]]
        learned["augmentation"] = learned["augmentation"] | {"scale": scale}


def without(values: Mapping[str, Any], *patterns: str) -> dict[str, Any]:
    """A configuration less the variants of some patterns and all that is made from them."""
    plan = Variants(load(values, []))
    gone = {
        reference
        for reference in plan.variants
        if any(fnmatchcase(one, pattern) for one in plan.made_from([reference]) for pattern in patterns)
    }
    return {
        key: {one: settings for one, settings in value.items() if f"{key}/{one}" not in gone}
        if key in STAGES
        else value
        for key, value in values.items()
    }


def run(name: str, values: Mapping[str, Any], cores: str) -> bool:
    """Make a set and all results of it; whether all of them are there."""
    if name != PHOTOS:
        _call(["seedmask.demo", "--out", str(DATA), "--set", name, *chain(*SIZE.items())], check=True)
    WRITTEN.mkdir(parents=True, exist_ok=True)
    file = WRITTEN / f"{values['dataset']['name']}.yaml"
    file.write_text(yaml.safe_dump(dict(values), sort_keys=False))
    return _call(["seedmask", "run", "--configfile", str(file), "--cores", cores, "--keep-going"]) == 0


def _call(module: Sequence[str], check: bool = False) -> int:
    """Run a module in a process whose output does not get between the tables."""
    return subprocess.run([sys.executable, "-m", *module], stdout=sys.stderr, check=check).returncode


if __name__ == "__main__":
    main()
