"""Memory that ran out: how libraries and the kernel say so, and what to lower."""

import errno
from contextlib import suppress
from pathlib import Path

from seedmask.config.stages import TRAINED

CGROUPS = Path("/sys/fs/cgroup")
SAYS = ("can't allocate memory", "cannot allocate memory", "bad_alloc", "out of memory")
"""What errors of other types than `MemoryError` say: of torch, of the C++ of a dense CRF, of the system."""
CORES = "or give Snakemake fewer --cores, so that fewer jobs run at once"


def is_exhausted(error: BaseException) -> bool:
    """Whether an error says that there is no memory left, on the machine or on a GPU."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    text = str(error).lower()
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and any(said in text for said in SAYS))


def brief(error: BaseException) -> str:
    """The first two sentences of an error's message: that memory is exhausted, and how much was requested."""
    return ". ".join(str(error).split(". ")[:2]).partition("\n")[0].rstrip(".") or type(error).__name__


def remedy(stage: str) -> str:
    """What to lower where a job ran out of memory.

    Args:
        stage: of the job.
    """
    pictures = "`working_side` of the data set (or cut its pictures into `tiles`)"
    own = "`batch_size` or `crop` of this variant" if stage in TRAINED else "`shard_size` of the data set"
    return f"lower {own}, {pictures}, {CORES}"


def kills() -> int | None:
    """How often the kernel has killed a process for memory; None where it does not tell.

    Those of this control group are counted; of the whole machine where the group's are not known.
    """
    for line in _lines(Path("/proc/self/cgroup")):
        number, controllers, path = line.split(":", 2)
        if number == "0" and (count := _count(CGROUPS / path.lstrip("/") / "memory.events")) is not None:
            return count
        if controllers == "memory":
            for folder in (CGROUPS / "memory" / path.lstrip("/"), CGROUPS / "memory"):  # in a container, its own
                if (count := _count(folder / "memory.oom_control")) is not None:
                    return count
    return _count(Path("/proc/vmstat"))


def peak_bytes() -> int | None:
    """Most memory that this process has held so far; None where the system does not tell."""
    found = (line.split()[1] for line in _lines(Path("/proc/self/status")) if line.startswith("VmHWM:"))
    return next((int(kilobytes) << 10 for kilobytes in found), None)


def _count(file: Path) -> int | None:
    return next((int(line.split()[1]) for line in _lines(file) if line.startswith("oom_kill ")), None)


def _lines(file: Path) -> list[str]:
    with suppress(OSError):
        return file.read_text().splitlines()
    return []
