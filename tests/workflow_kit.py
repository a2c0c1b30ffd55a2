"""Whole runs on the procedural set, as a user starts them."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import yaml
from PIL import Image
from warm_kit import warm_python

from seedmask import fingerprint
from seedmask.config.stages import is_sharded
from seedmask.demo.shapes import make_shapes
from seedmask.errors import SeedmaskError
from seedmask.plan import Plan

COLD = Path(sys.executable)
"""Python that is started anew."""
ROOT = Path(__file__).resolve().parents[1]

CONFIG = yaml.safe_load((ROOT / ".test" / "config.yaml").read_text())
"""The usual run."""

EDIT = "\n\nEDITED = 1\n"
"""What makes a module another one."""

TINY = {"least_steps": 0, "threads": 1, "augmentation": {"crop": 64}}

VIEWS = {"resample": "bicubic", "normalise": "min_max"}
"""PMM's views."""

PMM = {
    "classifiers": {
        "whole": {"method": "seam", "output_stride": 16, "epochs": 1, **TINY},
        "tiles": {
            "method": "seam",
            "output_stride": 16,
            "epochs": 1,
            **TINY,
            "crops": {"rough": "seeds/rough", "scales": [1.0, 2.0], "size": 64, "tile": 48, "confident": 0.5},
        },
    },
    "seeds": {
        "scales": {"from": "classifiers/whole", "method": "multi_scale", "scales": [1.0], **VIEWS},
        "rough": {"from": "seeds/scales", "method": "rough"},
        "tiles": {"from": "classifiers/tiles", "method": "multi_crop", "scales": [1.0, 2.0], "size": 64, "tile": 48},
    },
    "masks": {
        "ppg": {"from": "seeds/tiles", "method": "proportional", "exponent": 4},
        "free": {"from": "seeds/tiles", "method": "proportional", "exponent": "label_free"},
        "plain": {"from": "seeds/tiles", "method": "proportional", "scale": 0, "shares": False},
        "crf4": {"from": "seeds/tiles", "method": "crf", "unary": "scores", "threshold": {"mode": "exponent"}},
        "cyclic": {"from": "segmenters/first", "method": "cyclic", "scales": [0.5, 1.0]},
    },
    "segmenters": {
        "first": {
            "from": "masks/ppg",
            "arch": "dilated_psp",
            "epochs": 1,
            "loss": {"name": "under_fitting", "gate": 1.0},
            **TINY,
        },
        "second": {"from": "masks/cyclic", "arch": "FPN", "epochs": 1, **TINY},
    },
    "predictions": {"second": {"from": "segmenters/second"}},
}


SFC = {
    "classifiers": {
        "sfc": {"method": "sfc", "epochs": 2, "lr": 0.01, **TINY},
        "edges": {"method": "boundary", "from": "masks/sure", "epochs": 1, "path_radius": 4, "batch_size": 4, **TINY},
    },
    "seeds": {
        "sfc": {"from": "classifiers/sfc", "method": "prototype", "scales": [1.0, 0.5]},
        "cam": {"from": "classifiers/sfc", "scales": [1.0]},
    },
    "masks": {
        "weights": {"from": "seeds/sfc", "method": "threshold", "threshold": {"mode": "stored"}},
        "prototypes": {"from": "seeds/sfc", "method": "threshold", "cams": {"prototype": 1}},
        "both": {
            "from": "seeds/sfc",
            "method": "threshold",
            "cams": {"cam": 1, "prototype": 1},
            "threshold": {"mode": "stored"},
        },
        "sure": {
            "from": "seeds/sfc",
            "method": "confidence",
            "cams": {"cam": 1, "prototype": 0.7},
            "threshold": {"mode": "stored"},
            "crf": {"iterations": 2},
        },
        "single": {"from": "seeds/cam", "method": "random_walk", "boundary": "classifiers/edges", "log2_steps": 4},
        "double": {
            "from": "seeds/sfc",
            "method": "random_walk",
            "boundary": "classifiers/edges",
            "walk": "double",
            "power": 1.3,
            "cams": {"cam": 1, "prototype": 0.3},
            "threshold": {"mode": "stored"},
            "log2_steps": 4,
        },
    },
    "segmenters": {
        "double": {"from": "masks/double", "arch": {"name": "deeplab_v2", "output_stride": 16}, "epochs": 1, **TINY},
    },
    "predictions": {"double": {"from": "segmenters/double", "flip": False}},
}

I2CRC = {
    "saliency": {
        "net": {"model": "u2netp"},
        "own": {"method": "folder", "folder": "saliency"},
        "zoomed": {"model": "u2netp", "zoom": "seeds/spread", "zoom_threshold": 0.6},
    },
    "classifiers": {
        "i2crc": {
            "method": "i2crc",
            "saliency": "saliency/net",
            "output_stride": 16,
            "head_layers": 1,
            "head_channels": 16,
            "epochs": 2,
            "least_steps": 0,
            "threads": 1,
            "augmentation": {"square": 64, "flip": 0},
        },
    },
    "seeds": {
        "bytes": {"from": "classifiers/i2crc", "method": "single_scale_bytes", "square": 64},
        "multi": {"from": "classifiers/i2crc", "scales": [1.0]},
        "spread": {"from": "seeds/multi", "method": "affinity", "scales": [1.0]},
        "salient": {"from": "seeds/spread", "method": "salient", "saliency": "saliency/zoomed"},
        "mean": {"method": "mean", "of": ["seeds/bytes", "seeds/multi"], "weights": [1, 2]},
    },
    "masks": {
        "salient": {"from": "seeds/salient", "method": "threshold", "threshold": {"mode": "fixed", "value": 0.1}},
        "agreed": {"method": "agreement", "of": ["masks/salient", "masks/labels"]},
        "labels": {"from": "seeds/bytes", "method": "saliency_labels", "saliency": "saliency/own"},
        "multi": {
            "from": "seeds/multi",
            "method": "saliency_labels",
            "saliency": "saliency/net",
            "foreground": "label_free",
        },
        "refined": {
            "from": "segmenters/first",
            "method": "object_guided",
            "initial": "masks/labels",
            "crf": {"image": "reference"},
        },
    },
    "segmenters": {
        "first": {
            "from": "masks/labels",
            "arch": {"name": "deeplab_v2", "output_stride": 16},
            "epochs": 1,
            "least_steps": 0,
            "batch_size": 3,
            "accumulate": 2,
            "lr_every": 2,
            "input_norm": "caffe_bgr",
            "threads": 1,
            "augmentation": {"crop": 64, "steps": [0.5, 1], "pad": "end", "pad_colour": "mean"},
        },
        "second": {"from": "masks/refined", "arch": "FPN", "epochs": 1, "input_norm": "caffe_bgr", **TINY},
    },
    "predictions": {"second": {"from": "segmenters/second"}},
}


AGMM = {
    "weak_labels": {
        "points": {"method": "points", "from": "truth"},
        "clicks": {"method": "points", "file": "clicks.csv"},
        "scribbles": {"method": "scribbles", "from": "truth"},
        "strokes": {"method": "scribbles", "file": "strokes.json", "width": 1},
        "blocks": {"method": "blocks", "from": "truth", "share": 0.2, "side": 16},
        "pngs": {"method": "blocks", "folder": "blocks", "codes": {"unlabelled": 6, "void": 255}},
        "boxes": {"method": "boxes", "folder": "shapes/Annotations"},
        "seen": {"method": "boxes", "from": "truth", "seeds": "seeds/cam"},
        "seeds": {"method": "tags", "from": "seeds/cam", "band": 2},
        "masks": {"method": "tags", "from": "masks/crf", "band": 2},
    },
    "masks": {
        "crf": CONFIG["masks"]["crf"],
        "points": {
            "from": "segmenters/points",
            "method": "mixture",
            "labels": "weak_labels/points",
            "scores": True,
        },
        "seeds": {"from": "classifiers/cam", "method": "mixture", "labels": "weak_labels/seeds", "threshold": 0.6},
    },
    "segmenters": {
        "points": {
            "from": "weak_labels/points",
            "arch": "FPN",
            "epochs": 2,
            "loss": {"name": "mixture", "deviation": "uniform", "separation": "mean"},
            **TINY,
        },
        "em": {
            "from": "weak_labels/boxes",
            "arch": {"decoder": "DeepLabV3Plus", "arguments": {"decoder_atrous_rates": [2, 4, 6]}},
            "epochs": 1,
            "loss": {"name": "mixture", "online_em": {"rounds": 1}},
            "least_steps": 0,
            "threads": 1,
            "augmentation": {"crop": 56},
        },
        "plain": {"from": "weak_labels/scribbles", "arch": "FPN", "epochs": 1, **TINY},
        "again": {"from": "masks/points", "arch": "FPN", "epochs": 1, **TINY},
    },
    "predictions": {"points": {"from": "segmenters/points", "flip": False}},
}


class Workspace:
    """A copy of the project with the procedural set, in a folder of its own."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.packages: list[str] = []  # further folders of packages
        self.config = json.loads(json.dumps(CONFIG))
        for name in ("Snakefile", "rules", "envs", "pipeline", "profiles"):
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / name)
        make_shapes(folder / "shapes", train=12, val=6, seed=0, size=64)

    @staticmethod
    def at(folder: Path) -> "Workspace":
        """One that was made before, whose configuration lies beside it as `config.json`."""
        found = object.__new__(Workspace)
        found.folder, found.packages = folder, []
        found.config = json.loads((folder / "config.json").read_text())
        return found

    def copy(self, folder: Path) -> "Workspace":
        """The same, with Snakemake's memory of what was run."""
        shutil.copytree(self.folder, folder)
        other = object.__new__(Workspace)
        other.folder, other.config = folder, json.loads(json.dumps(self.config))
        other.packages = list(self.packages)
        return other

    @property
    def results(self) -> Path:
        return self.folder / "results" / "shapes"

    def start(
        self, *arguments: str, cores: int | None = 2, python: Path = COLD, program: Sequence[str] = ("seedmask", "run")
    ) -> subprocess.Popen:
        """Start a run in a process group of its own; without a number of cores where a scheduler counts them."""
        (self.folder / "config.yaml").write_text(yaml.safe_dump(self.config, sort_keys=False))
        # The copy, not the installed package.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(self.folder / "pipeline"), *self.packages])}
        environment["PATH"] = os.pathsep.join([str(python.parent), os.environ["PATH"]])
        command = [str(python), "-m", *program, *arguments, "--rerun-incomplete", "--logger", "seedmask"]
        command += ["--cores", str(cores)] if cores else []
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(
        self, *arguments: str, succeeds: bool = True, python: Path | None = None, cores: int = 2, **how: Any
    ) -> str:
        """Run to the end, by default in forks of a warm process; the output."""
        process = self.start(*arguments, cores=cores, python=python or warm_python(), **how)
        output, _ = process.communicate(timeout=900)
        assert (process.returncode == 0) == succeeds, output[-6000:]
        return output

    def planned(self, *arguments: str) -> list[str]:
        """What would run now, as `masks_shard crf 0001`."""
        output = self.run("--dry-run", *arguments)
        jobs = []
        for rule, block in re.findall(r"^(?:local)?rule (\w+):\n((?: {4}.*\n)+)", output, re.MULTILINE):
            wildcards = re.search(r"wildcards: (.*)", block)
            values = [part.split("=")[1] for part in wildcards.group(1).split(", ")] if wildcards else []
            named = values[1:] if values and rule.removesuffix("_shard").removesuffix("_fit") == values[0] else values
            jobs.append(" ".join([rule, *named]))
        jobs = [job for job in jobs if job != "all"]
        return sorted(jobs)

    def digests(self) -> dict[str, str]:
        """Digest of every image of every shard, of all weights, and the scores."""
        found = {}
        for path in sorted(self.results.rglob("*.json")):
            if "sealed" in str(path) or path.parent.name == "index" or "index" in path.parts:
                continue
            value = json.loads(path.read_text())
            name = str(path.relative_to(self.results))
            if path.parent.name == "manifests":
                variant = f"{value['stage']}/{value['variant']}"
                found |= {f"{variant} {image['id']}": image["digest"] for image in value["images"]}
            elif path.name == "manifest.json":
                found[name] = value["digest"]
            elif path.name == "scores.json":
                found[name] = json.dumps(value)
        return found

    def forget_training(self, reference: str) -> str:
        """Remove a trained network; the digest that its manifest had."""
        folder = self.results / reference
        digest = json.loads((folder / "manifest.json").read_text())["digest"]
        for file in folder.iterdir():
            if file.is_file():
                file.unlink()
        return digest

    def edit(self, module: str, old: str, new: str) -> None:
        """Replace a text in the workspace's own copy of the package."""
        path = self.folder / "pipeline" / "seedmask" / module
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    @contextmanager
    def changed(self, module: str, more: str) -> Iterator[None]:
        """The package with some lines more at the end of a module, which may be a new one, for the time of a block."""
        path = self.folder / "pipeline" / "seedmask" / module
        text = path.read_text() if path.exists() else None
        is_new_folder = not path.parent.exists()
        path.parent.mkdir(exist_ok=True)
        path.write_text((text or "") + more)
        try:
            yield
        finally:
            path.unlink() if text is None else path.write_text(text)
            if is_new_folder:
                shutil.rmtree(path.parent)

    def variants_planned(self) -> set[str]:
        """What would run now, without shard numbers: `masks_shard crf`."""
        return {" ".join(word for word in job.split() if not word.isdigit()) for job in self.planned()}


def jobs_changed(workspace: Workspace, parts: dict[str, Any], module: str) -> set[str]:
    """Jobs of some variants that run again after an edit of a module, named as in `Workspace.variants_planned`.

    They are those whose job is another, and those that read what such a job makes. Nothing need have run, and no file
    is changed: hashes of code are computed as if the module had lines more.
    """
    file_of = fingerprint._file
    name = f"seedmask.{module.removesuffix('.py').replace('/', '.')}"
    edited = workspace.folder / "edited" / module
    edited.parent.mkdir(parents=True, exist_ok=True)
    edited.write_text((fingerprint.PACKAGE / module).read_text() + EDIT)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace.folder)
        values = json.dumps(workspace.config | parts)
        before = _jobs_before(workspace.folder, values)
        patch.setattr(fingerprint, "_file", lambda other, root: edited if other == name else file_of(other, root))
        after = _jobs(json.loads(values))
    return _run_again(before, after)


def jobs_of_settings(workspace: Workspace, stage: str, variant: str, **settings: Any) -> set[str]:
    """Jobs that run, or run again, after other settings of a variant; named and found as in `jobs_changed`."""
    values = json.dumps(workspace.config)
    changed = json.loads(values)
    changed[stage][variant] |= settings
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace.folder)
        return _run_again(_jobs_before(workspace.folder, values), _jobs(changed))


def refusal(workspace: Workspace, stage: str, variant: str, **settings: Any) -> str:
    """What Snakemake would say of other settings of a variant, which are refused."""
    changed = json.loads(json.dumps(workspace.config))
    changed[stage][variant] |= settings
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SeedmaskError) as error:
        patch.chdir(workspace.folder)
        Plan.of(changed, []).check()
    return str(error.value)


_Jobs = dict[str, tuple[str, set[str], set[str]]]


def _run_again(before: _Jobs, after: _Jobs) -> set[str]:
    """Jobs that are others than before, and those that read what such a job makes."""
    changed = {name for name, (job, _, _) in after.items() if name not in before or before[name][0] != job}
    waiting = list(changed)
    while waiting:
        _, _, made = after[waiting.pop()]
        following = {name for name, (_, read, _) in after.items() if not read.isdisjoint(made)} - changed
        changed |= following
        waiting += following
    return changed


@cache
def _jobs_before(folder: Path, values: str) -> _Jobs:
    """Every job of a configuration in a folder, which is the working directory, without an edit."""
    return _jobs(json.loads(values))


def _jobs(values: dict[str, Any]) -> _Jobs:
    """Every job of a configuration, of shards the first, with the files that it reads and makes."""
    plan = Plan.of(values, [])
    page, scores = plan.page, plan.evaluation
    first = plan.shards()[0]
    index, counts = {*plan.index(), plan.truth}, {page.beside("images.csv"), page.beside("classes.csv")}
    jobs = {
        "index_shard": (plan.index_shard_job(first), set(), set(plan.tables())),
        "index": (plan.index_job(), set(plan.tables()), index),
        "images": (page.images_job(), set(page.images_inputs()), counts),
        "report": (page.job(), set(page.inputs()), {page.path}),
    }
    for reference, settings in plan.variants.items():
        stage, name = reference.split("/")
        made, shard = set(plan.manifests(reference)), first if is_sharded(reference) else None
        job = plan.job(reference, shard)
        jobs[f"{stage}{'_shard' * bool(shard)} {name}"] = (job, set(plan.inputs(reference, shard)), made)
        if settings.fit():
            fit = plan.fit_job(reference), set(plan.fit_inputs(reference)), {plan.fit(reference)}
            jobs[f"{stage}_fit {name}"] = fit
    for reference in scores.scored():
        read = {*plan.manifests(reference), plan.truth}
        name = f"evaluation {reference.replace('/', ' ')}"
        jobs[name] = (scores.job(reference), read, {scores.scores(reference)})
    for reference in scores.tested_classifiers():
        read = {*plan.index(), *plan.manifests(reference)}
        jobs[f"tags {reference.replace('/', ' ')}"] = (scores.tags_job(reference), read, {scores.tags(reference)})
    return jobs


def stage_processes(process: subprocess.Popen, stage: str | None = None) -> list[psutil.Process]:
    """Running jobs of a stage, or of all, below a Snakemake process."""
    found = []
    for child in psutil.Process(process.pid).children(recursive=True):
        try:
            line = child.cmdline()
        except psutil.Error:
            continue
        if line[1:4] == ["-P", "-m", "seedmask.jobs"] and stage in (None, line[4]):
            found.append(child)
    return found


def wait_for(condition: Callable[[], object], process: subprocess.Popen) -> None:
    """Wait until something is true while Snakemake runs."""
    deadline = time.monotonic() + 200
    while not condition():
        assert process.poll() is None, process.communicate()[0][-6000:]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def says(log: Path, text: str) -> bool:
    """Whether a text stands in a job's log; Snakemake removes the log before it starts a job again."""
    try:
        return text in log.read_text(errors="replace")
    except FileNotFoundError:
        return False


def kill_group(process: subprocess.Popen) -> None:
    """End Snakemake and all its jobs at once, as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def write_annotations(workspace: Workspace) -> None:
    """What a user clicked and drew: a point of each class and a stroke of it in each picture, and a block of labels."""
    names = (workspace.folder / "shapes" / "classes.txt").read_text().split()
    clicks, strokes = ["image,x,y,class"], []
    (workspace.folder / "blocks").mkdir()
    for path in sorted((workspace.folder / "shapes" / "SegmentationClass").glob("*.png")):
        truth = np.asarray(Image.open(path))
        for label in np.unique(truth[truth < 255]).tolist():
            ys, xs = np.nonzero(truth == label)
            x, y, name = int(xs[len(xs) // 2]), int(ys[len(xs) // 2]), ("background", *names)[label]
            clicks.append(f"{path.stem},{x},{y},{name}")
            strokes.append({"image": path.stem, "class": name, "points": [[x, y]]})
        block = np.full_like(truth, len(names) + 1)
        block[:20] = np.where(truth[:20] == 255, len(names) + 1, truth[:20])
        block[-1] = 255
        Image.fromarray(block).save(workspace.folder / "blocks" / path.name)
    (workspace.folder / "clicks.csv").write_text("\n".join(clicks))
    (workspace.folder / "strokes.json").write_text(json.dumps(strokes))


def write_saliency(workspace: Workspace) -> None:
    """Saliency of the user's own, in which the objects of the pictures stand out."""
    (workspace.folder / "saliency").mkdir()
    for path in (workspace.folder / "shapes" / "SegmentationClass").glob("*.png"):
        with Image.open(path) as truth:
            levels = np.where(np.isin(truth, (0, 255)), 10, 240).astype(np.uint8)
        Image.fromarray(levels).save(workspace.folder / "saliency" / path.name)
