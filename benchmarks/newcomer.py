"""The way of somebody new, step by step: from a folder of pictures and tags to a file that other programs open.

48 procedural pictures of at most 128 pixels with a table of tags, two cores; the trainings take most of the time.
"""

import csv
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from benchmarks.kit.cases import Table
from seedmask.demo.shapes import make_shapes


def tables(quick: bool) -> list[Table]:
    """Seconds of each step."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = walk(Path(folder), 12 if quick else 48, 64 if quick else 128, 2, 60 if quick else None)
    return [Table("From pictures to masks", ("step", "s"), list(seconds.items()))]


def walk(folder: Path, count: int, side: int, cores: int, least_steps: int | None = None) -> dict[str, float]:
    """Go the whole way in an empty folder.

    Args:
        folder: where pictures, configuration and results come to lie.
        count: pictures to make.
        side: their larger side in pixels.
        cores: cores for Snakemake.
        least_steps: of all trainings, in the place of what the configuration says.

    Returns:
        Seconds of each step.

    Raises:
        SystemExit: a step failed; its output is the message.
    """
    cows = write_pictures(folder, count, side)
    seconds: dict[str, float] = {}

    def timed(step: str, action: Callable[[], object]) -> None:
        started = time.monotonic()
        action()
        seconds[step] = time.monotonic() - started

    timed("seedmask init", lambda: run(folder, "seedmask", "init", str(cows), "--out", "cows.yaml"))
    if least_steps is not None:
        written = folder / "cows.yaml"
        written.write_text(re.sub(r"least_steps: \d+", f"least_steps: {least_steps}", written.read_text()))
    timed("seedmask doctor", lambda: run(folder, "seedmask", "doctor", "cows.yaml", "--quick"))
    timed("seedmask run", lambda: run(folder, "seedmask", "run", "cows.yaml", "--cores", str(cores)))
    (results,) = (path for path in (folder / "results").iterdir() if path.is_dir())
    timed("seedmask view", lambda: look_at(folder, results))
    variant = next(path.name for path in sorted((results / "masks").iterdir()))
    export = ("export", str(results), f"masks/{variant}", "--to", "coco", "--out", "coco")
    timed("seedmask export --to coco", lambda: run(folder, "seedmask", *export))
    timed("pycocotools opens it", lambda: open_coco(folder / "coco" / "annotations.json"))
    return seconds


def write_pictures(folder: Path, count: int, side: int) -> Path:
    """Pictures with a table of tags, as people have them: no truth, no splits."""
    made, cows = folder / "made", folder / "cows"
    make_shapes(made, train=count, val=0, seed=0, size=side)
    shutil.copytree(made / "JPEGImages", cows)
    with (cows / "tags.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "tags"])
        for path in sorted((made / "Annotations").glob("*.xml")):
            names = re.findall(r"<object>\s*<name>(.*?)</name>", path.read_text(), re.DOTALL)
            writer.writerow([path.stem, *dict.fromkeys(names)])
    shutil.rmtree(made)
    return cows


def run(folder: Path, *command: str) -> str:
    """Run a command in a folder; what it printed."""
    program = shutil.which(command[0], path=str(Path(sys.executable).parent)) or command[0]
    done = subprocess.run([program, *command[1:]], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def look_at(folder: Path, results: Path) -> None:
    """Start the viewer, ask it for its page and its variants, end it."""
    program = shutil.which("seedmask", path=str(Path(sys.executable).parent)) or "seedmask"
    command = [program, "view", str(results), "--no-browser"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, text=True, stdout=pipe, stderr=subprocess.STDOUT) as viewer:
        assert viewer.stdout is not None
        try:
            words = ""
            while not (found := re.search(r"http://127\.0\.0\.1:\d+/", words)):
                line = viewer.stdout.readline()
                if not line:
                    sys.exit(f"{' '.join(command)}\n{words}")
                words += line
            for name in ("", "variants.json", "images.json"):
                with urllib.request.urlopen(found[0] + name) as answer:
                    answer.read()
        finally:
            viewer.terminate()


def open_coco(path: Path) -> None:
    """Read the file as programs that know COCO do, and decode every mask."""
    from pycocotools.coco import COCO

    with redirect_stdout(StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pycocotools speaks NumPy 1
        coco = COCO(str(path))
        pixels = sum(coco.annToMask(annotation).sum() for annotation in coco.loadAnns(coco.getAnnIds()))
    if not pixels:
        sys.exit(f"{path}: no mask has a pixel")
