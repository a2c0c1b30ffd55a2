"""Snakemake finds logger plugins by the names of packages; this one is for `logger: seedmask` in a profile."""

from seedmask.runs.progress.handler import LogHandler

__all__ = ["LogHandler"]
