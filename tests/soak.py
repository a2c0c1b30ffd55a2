"""Break a run again and again for some time: `make soak MINUTES=30`.

Round after round the whole graph of the procedural set is made while jobs, Snakemake or all of it are killed at random;
then its jobs are run again one by one and killed in the middle of their work. Every round must end with the digests of
an undisturbed run. Exit status 1 where one does not, with the first difference.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from faults_kit import Trial, commands, warm
from workflow_kit import Workspace, stage_processes

FAULTS_A_ROUND = 12
"""Of whole runs, so that a round comes to its end."""
MEAN_SHARE = 1 / 8
"""Of the time of an undisturbed run, from the first job of a run to its fault."""
EARLY = 0.2
"""Share of faults that do not wait for a job, and may hit Snakemake while it begins."""
PATIENCE = 600
"""Seconds after which a run that makes no end is a failure."""


class BrokenRunError(Exception):
    """A run that did not end as it should."""


class Soak:
    """Rounds of faults on a copy of an undisturbed workspace.

    Args:
        folder: for both of them.
        seed: of all that is left to chance.
    """

    def __init__(self, folder: Path, seed: int):
        self.chance = random.Random(seed)
        self.faults: Counter[str] = Counter()
        self.images = 0
        """Computed twice at most: those of shards that were in hand."""
        say("an undisturbed run first, to compare with")
        self.finished = Workspace(folder / "finished")
        started = time.monotonic()
        self.finished.run()
        self.mean = MEAN_SHARE * (time.monotonic() - started)
        self.digests = self.finished.digests()
        self.commands = commands(self.finished.folder)
        self.broken = self.finished.copy(folder / "broken")

    @property
    def kills(self) -> int:
        """Faults of all kinds."""
        return self.faults.total()

    def round(self, until: float) -> None:
        """Make the whole graph under faults, then each of its jobs; stop early when it is time."""
        shutil.rmtree(self.broken.folder / "results")
        if self.chance.random() < 0.5:
            shutil.rmtree(self.broken.folder / ".snakemake")
        for _ in range(FAULTS_A_ROUND):
            if time.monotonic() > until or self._run_into_a_fault():
                break
        self._run_to_the_end()
        self._compare()
        undisturbed = self.broken.folder.with_name("made")
        shutil.rmtree(undisturbed, ignore_errors=True)
        shutil.copytree(self.broken.folder, undisturbed)
        # The page tells what the last run kept, and so differs once another run has found nothing to do.
        makes_page = [command for command in self.commands if command.name.startswith("report.html")]
        chosen = [command for command in self.commands if command.facts["shard"] in (None, "0000")]
        chosen = [command for command in chosen if command not in makes_page]
        with warm(self.broken.folder, chosen) as process:
            for command in chosen:
                if time.monotonic() > until:
                    break
                trial = Trial(process, command, undisturbed, self.chance)
                for number in range(4):
                    by = self.chance.choice((signal.SIGKILL, signal.SIGTERM))
                    if number % 2 and trial.whole.changes:
                        trial.kill_before(self.chance.randint(1, trial.whole.changes), by)
                    else:
                        trial.kill_at_random(by)
                trial.end()
                self.faults["a job in a fork"] += trial.kills
                self.images += trial.kills * self._images(command.facts)
        self._compare()

    def _run_into_a_fault(self) -> bool:
        """Start a run and break it after a while; whether it was over before."""
        process = self.broken.start()
        begun, delay = self.chance.random() < EARLY, self.chance.expovariate(1 / self.mean)
        deadline = time.monotonic() + delay
        while not begun or time.monotonic() < deadline:
            if process.poll() is not None:
                return self._over(process)
            if not begun and stage_processes(process):
                begun, deadline = True, time.monotonic() + delay
            time.sleep(0.05)
        running = stage_processes(process)
        kind = self.chance.choice(("Snakemake alone", "the whole group", "SIGTERM to the group", *(["a job"] * 3)))
        if kind == "a job" and running:
            job = self.chance.choice(running)
            self._count([job])
            by = self.chance.choice((signal.SIGKILL, signal.SIGTERM))
            with suppress(psutil.NoSuchProcess):
                job.send_signal(by)
        elif kind == "Snakemake alone" or kind == "a job":
            kind = "Snakemake alone"
            process.kill()
        else:
            self._count(running)
            os.killpg(process.pid, signal.SIGKILL if kind == "the whole group" else signal.SIGTERM)
        self.faults[kind] += 1
        process.wait(PATIENCE)
        process.stdout.close()
        return False

    def _run_to_the_end(self) -> None:
        process = self.broken.start()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise BrokenRunError(f"a run made no end in {PATIENCE} s") from None
        self._over(process)

    def _over(self, process: subprocess.Popen) -> bool:
        output = process.communicate()[0]
        if process.returncode:
            raise BrokenRunError(f"a run that nobody broke has failed:\n{output[-6000:]}")
        return True

    def _count(self, killed: list[psutil.Process]) -> None:
        """Images of the shards that were in hand."""
        for process in killed:
            with suppress(psutil.Error):
                self.images += self._images(json.loads(process.cmdline()[-1]))

    def _images(self, job: dict[str, Any]) -> int:
        if job["shard"] is None or job["stage"] == "index":
            return 0
        manifest = self.finished.results / job["stage"] / job["variant"] / "manifests" / f"{job['shard']}.json"
        return len(json.loads(manifest.read_text())["images"])

    def _compare(self) -> None:
        found = self.broken.digests()
        for name in sorted(self.digests.keys() | found.keys()):
            if self.digests.get(name) != found.get(name):
                raise BrokenRunError(f"{name}: expected {self.digests.get(name)}, found {found.get(name)}")

    def summary(self) -> str:
        """What was broken so far."""
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.faults.items()))
        return f"{self.kills} kills survived ({kinds}), {self.images} images recomputed"


def say(text: str) -> None:
    """Print a line at once."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)  # noqa: T201  a command's output


def main() -> None:
    """Soak for the given time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30, help="how long")
    parser.add_argument("--seed", type=int, default=0, help="of all that is left to chance")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="seedmask-soak-") as folder:
        soak, rounds, started = Soak(Path(folder), options.seed), 0, time.monotonic()
        until = started + 60 * options.minutes
        try:
            while time.monotonic() < until:
                soak.round(until)
                rounds += 1
                say(f"round {rounds}: {soak.summary()}, digests equal")
        except (BrokenRunError, AssertionError) as error:
            say(f"round {rounds + 1}, seed {options.seed}: {soak.summary()}")
            sys.exit(f"digests differ, or a run failed: {error}")
        say(f"{(time.monotonic() - started) / 60:.1f} minutes, {rounds} rounds: {soak.summary()}, digests equal")


if __name__ == "__main__":
    main()
