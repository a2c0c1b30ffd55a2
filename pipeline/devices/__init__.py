"""Which device a job computes on: the GPUs of this machine, and who holds them."""

from pipeline.devices.cards import gpus
from pipeline.devices.leases import lease

__all__ = ["gpus", "lease"]
