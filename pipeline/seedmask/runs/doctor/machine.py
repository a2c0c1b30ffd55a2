"""Cores, memory and GPUs of the machine, and the locks of the file system that results lie on."""

import fcntl
import importlib.metadata
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from seedmask.memory import remedy
from seedmask.runs.doctor.diagnosis import Diagnosis, Finding, ok, problem, warning
from seedmask.runs.doctor.memory import expected_memory
from seedmask.runs.gpus.cards import gpu_nodes, gpus, name_of
from seedmask.runs.gpus.locks import is_taken


def check_machine(diagnosis: Diagnosis) -> Iterator[Finding]:
    """What jobs share, and whether a GPU that is there is used."""
    plan = diagnosis.plan
    threads = max((plan.threads(name) for name in plan.variants), default=1)
    if threads > diagnosis.cores:
        remedy = "training takes longer than planned; lower `threads`, which changes last digits"
        yield warning("cores", f"{diagnosis.cores}, but a variant asks for {threads} threads", remedy)
    elif diagnosis.load > diagnosis.cores / 2:
        remedy = "a run takes the longer end of the times below"
        yield warning("cores", f"{diagnosis.cores}, and other programs keep {diagnosis.load:.1f} busy", remedy)
    else:
        yield ok("cores", f"{diagnosis.cores}")
    yield _memory(diagnosis)
    yield from _gpu(diagnosis)


def _memory(diagnosis: Diagnosis) -> Finding:
    """Memory of the jobs that run at once, against that of the machine."""
    expected = expected_memory(diagnosis)
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    largest, name = expected.jobs[expected.largest], expected.largest
    needs = f"the run needs about {expected.bytes / 1e9:.1f}, {largest / 1e9:.1f} of it for a job of {name}"
    found = f"{total / 1e9:.0f} GB, {needs}"
    if expected.bytes > total:
        return warning("memory", found, remedy(name.partition("/")[0]))
    return ok("memory", found)


def _gpu(diagnosis: Diagnosis) -> Iterator[Finding]:
    if not any(diagnosis.plan.uses_gpu(name) for name in diagnosis.plan.variants):
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


MOUNTS = Path("/proc/self/mounts")
WITHIN_A_MACHINE = {
    "nfs": {"nolock", "local_lock=flock", "local_lock=all"},
    "nfs4": {"local_lock=flock", "local_lock=all"},
    "lustre": {"localflock"},
}
"""Network file systems, each with the mount options that make a lock valid within one machine only."""


def check_file_system(diagnosis: Diagnosis) -> Iterator[Finding]:
    """Whether one writer at a time can be kept to."""
    folder = diagnosis.disk.resolve()
    try:
        with tempfile.TemporaryFile(dir=folder) as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except PermissionError:
        return  # what cannot be written is found elsewhere
    except OSError as error:
        yield problem("locks", f"{folder} has none ({error.strerror})", "mount it with locks, see docs/cluster.md")
        return
    kind, options = mounted(folder, MOUNTS.read_text())
    if found := sorted(WITHIN_A_MACHINE.get(kind, set()) & options):
        remedy = "run on one machine, or mount it as docs/cluster.md says"
        yield warning("locks", f"{folder} is on {kind} with {found[0]}: they hold within a machine only", remedy)
    else:
        yield ok("locks", f"{folder} has them ({kind})")


def mounted(folder: Path, mounts: str) -> tuple[str, set[str]]:
    """Type and options of the file system of a folder.

    Args:
        folder: without links.
        mounts: like `/proc/self/mounts`, in which what was mounted last, over others, comes last.
    """
    kind, options, depth = "unknown", "", -1
    for line in mounts.splitlines():
        _, place, found, more, *_ = line.split(" ")
        path = Path(place.encode().decode("unicode_escape"))  # a blank is \040
        if folder.is_relative_to(path) and len(path.parts) >= depth:
            kind, options, depth = found, more, len(path.parts)
    return kind, set(options.split(","))
