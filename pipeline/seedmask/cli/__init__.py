"""`seedmask`: look at results, check them and take them out. Work is done by `snakemake`, never here.

A module holds the commands for one purpose; heavy libraries are imported inside them, so that each starts fast.
"""

from seedmask.cli import checks, doctor, run, scores, stored
from seedmask.cli import export as pictures
from seedmask.cli import init as own_data
from seedmask.cli import predict as use
from seedmask.cli import status as progress
from seedmask.cli import view as viewer
from seedmask.cli.app import app

__all__ = ["app", "checks", "doctor", "own_data", "pictures", "progress", "run", "scores", "stored", "use", "viewer"]
