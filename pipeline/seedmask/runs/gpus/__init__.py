"""Which device a job computes on: the GPUs of this machine, and who holds them."""

from seedmask.runs.gpus.cards import gpus
from seedmask.runs.gpus.leases import lease

__all__ = ["gpus", "lease"]
