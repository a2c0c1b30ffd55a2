"""Cores, memory and GPUs of the machine."""

import importlib.metadata
import os
from collections.abc import Iterator

from seedmask.runs.doctor.diagnosis import Diagnosis
from seedmask.runs.doctor.finding import Finding, ok, warning
from seedmask.runs.gpus.cards import gpu_nodes, gpus, name_of
from seedmask.runs.gpus.locks import is_taken

JOB_BYTES = 700 << 20
"""What a job with a network holds beside its shard: measured on the demo's pictures, 450 to 600 MB."""


def findings(patient: Diagnosis) -> Iterator[Finding]:
    """What jobs share, and whether a GPU that is there is used."""
    plan = patient.plan
    threads = max((plan.threads(name) for name in plan.variants), default=1)
    if threads > patient.cores:
        remedy = "training takes longer than planned; lower `threads`, which changes last digits"
        yield warning("cores", f"{patient.cores}, but a variant asks for {threads} threads", remedy)
    elif patient.load > patient.cores / 2:
        remedy = "a run takes the longer end of the times below"
        yield warning("cores", f"{patient.cores}, and other programs keep {patient.load:.1f} busy", remedy)
    else:
        yield ok("cores", f"{patient.cores}")
    yield _memory(patient)
    yield from _gpu(patient)


def _memory(patient: Diagnosis) -> Finding:
    """Memory of as many jobs as there are cores, with the arrays of a whole shard each."""
    width, height = (max(side) for side in zip(*patient.sizes, strict=True)) if patient.sizes else (0, 0)
    slots = max((len(entry.tags or ()) for entry in patient.plan.listing.entries), default=1)
    shard = patient.plan.config.dataset.shard_size * width * height * (slots + 2)
    needed = patient.cores * (JOB_BYTES + 2 * shard)
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    found = f"{total / 1e9:.0f} GB, {patient.cores} jobs at once need about {needed / 1e9:.1f}"
    if needed > total:
        return warning("memory", found, "lower `shard_size`, or give Snakemake fewer --cores")
    return ok("memory", found)


def _gpu(patient: Diagnosis) -> Iterator[Finding]:
    if not any(patient.plan.uses_gpu(name) for name in patient.plan.variants):
        yield ok("gpu", "no variant uses one")
        return
    there, usable = gpu_nodes(), gpus()
    version = importlib.metadata.version("torch")
    if usable:
        leased = [device for device in usable if is_taken(name_of(device))]
        yield ok("gpu", f"{', '.join(usable)}" + f"; leased by a job now: {', '.join(leased)}" * bool(leased))
        import torch

        if not torch.cuda.is_available():
            yield warning("gpu", f"torch {version} cannot use it", "check the driver with nvidia-smi")
    elif there and os.environ.get("CUDA_VISIBLE_DEVICES") is not None:
        yield warning("gpu", "there is one, but CUDA_VISIBLE_DEVICES hides it", "unset it to compute on the GPU")
    elif there:
        yield warning("gpu", f"there is one, but torch {version} is built for the CPU", "make setup TORCH=cuda")
    else:
        yield ok("gpu", f"none: networks compute on the CPU, with torch {version}")
