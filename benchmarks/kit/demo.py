"""Results of the demo: those that `make demo` has left, or of a smaller run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.kit.memory import ROOT
from benchmarks.kit.processes import run_command

MADE = ROOT / "results" / "stamps"
TRAIN, VAL = 48, 12
"""Pictures of the smaller run, whose networks learn as many epochs as those of the demo."""


@contextmanager
def demo_results() -> Iterator[Path]:
    """Results of `config.yaml`."""
    if (MADE / "predictions").is_dir():
        yield MADE
        return
    with TemporaryDirectory() as name:
        folder = Path(name)
        counts = ["--train", str(TRAIN), "--val", str(VAL)]
        run_command(["-m", "seedmask.demo", "--out", "data", *counts], folder)
        (made,) = (path.name for path in (folder / "data").iterdir())
        more = [] if made == "stamps" else [str(ROOT / "recipes" / f"demo-{made}.yaml")]
        run_command(["-m", "seedmask", "run", str(ROOT / "config.yaml"), *more, "--cores", "2"], folder)
        yield folder / "results" / made
