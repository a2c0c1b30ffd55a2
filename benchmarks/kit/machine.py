"""What the machine is, without its name, and how much of it other work took meanwhile."""

import os
import platform
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

LIBRARIES = ("numpy", "scipy", "torch", "pydensecrf2", "zarr")


def machine_facts() -> dict[str, Any]:
    """Cores, processor, versions of the libraries that take the time, and the day."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "date": datetime.now(UTC).date().isoformat(),
    }


def _processor() -> str:
    """The model as Linux names it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


class OtherWork:
    """Share of the machine's cores that processes besides this one and its children take from now on."""

    def __init__(self):
        self._started, self._busy, self._own = time.monotonic(), _busy(), _own()

    def share(self) -> float:
        """0 on an idle machine, 1 where nothing was left over."""
        seconds = (time.monotonic() - self._started) * (os.cpu_count() or 1)
        others = (_busy() - self._busy) - (_own() - self._own)
        return min(max(others / max(seconds, 1e-9), 0.0), 1.0)


def _busy() -> float:
    times: Mapping[str, float] = psutil.cpu_times()._asdict()
    return sum(seconds for what, seconds in times.items() if what not in ("idle", "iowait", "guest", "guest_nice"))


def _own() -> float:
    return sum(os.times()[:4])
