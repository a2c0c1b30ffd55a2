"""What is known of one variant of a run."""

from dataclasses import dataclass
from enum import StrEnum

from seedmask.runs.progress.job_log import Epoch


class State(StrEnum):
    """What is going on with a variant."""

    waiting = "waiting"
    running = "running"
    done = "done"
    failed = "failed"
    stopped = "stopped"
    """A job was ended from outside, or its machine was."""
    stale = "stale"
    """Made with other settings or code than the configuration has now, or from what was."""


@dataclass(frozen=True)
class ProgressRow:
    """One variant; or the index, the scores or the report."""

    name: str
    """Like `seeds/cam`."""
    state: State
    done: int
    jobs: int
    """Shards, or trainings, or files of scores."""
    images_done: int = 0
    images: int = 0
    """Images in its shards; 0 where jobs are not cut by image."""
    running: int = 0
    """Jobs that run now."""
    rate: float | None = None
    """Images a second and job."""
    epoch: Epoch | None = None
    left: float | None = None
    """Seconds until it is done, where something runs and has shown its speed."""
    trouble: str = ""
    """What failed, in full."""

    @property
    def throughput(self) -> float | None:
        """Images a second, of all jobs that run at the same time."""
        return self.rate and self.rate * max(1, self.running)
