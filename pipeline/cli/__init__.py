"""`seedmask`: look at results, check them and take them out. Work is done by `snakemake`, never here.

A module holds the commands for one purpose; heavy libraries are imported inside them, so that each starts fast.
"""

from pipeline.cli import checks, doctor, own_data, pictures, progress, scores, stored, use, viewer
from pipeline.cli.app import app

__all__ = ["app", "checks", "doctor", "own_data", "pictures", "progress", "scores", "stored", "use", "viewer"]
