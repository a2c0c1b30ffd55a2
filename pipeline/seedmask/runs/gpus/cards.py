"""The GPUs of this machine that a process may use, as the kernel, the user and torch see them; no torch is imported."""

import importlib.util
import os
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

from seedmask.job import log

NO_DEVICE = ("", "-1", "NoDevFiles")
"""Values of `CUDA_VISIBLE_DEVICES` by which no GPU may be used."""
NODES = Path("/dev")
"""Folder of the kernel's devices."""
BUS = Path("/proc/driver/nvidia/gpus")
"""Folder of NVIDIA's driver with a folder for each card, by its position on the bus."""

PROBE = """
import ctypes
cuda = ctypes.CDLL("libcuda.so.1")
context, name = ctypes.c_void_p(), ctypes.c_char_p()
free, total = ctypes.c_size_t(), ctypes.c_size_t()
for step in (
    lambda: cuda.cuInit(0),
    lambda: cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), 0),
    lambda: cuda.cuCtxSetCurrent(context),
    lambda: cuda.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(total)),
):
    if code := step():
        cuda.cuGetErrorName(code, ctypes.byref(name))
        print("refused", (name.value or b"error %d" % code).decode())
        break
else:
    print("free", free.value, total.value)
"""
"""Requests a card from the driver as torch will, in a process of its own that takes a tenth of a second."""


def gpu_nodes() -> list[str]:
    """GPUs that the kernel shows, whether they may be used or not."""
    return sorted(path.name.removeprefix("nvidia") for path in NODES.glob("nvidia[0-9]*"))


def gpus() -> tuple[str, ...]:
    """Ids of the GPUs this process may use: the user's own choice, else all that the kernel shows."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is None:
        found = _shown()
    else:
        # CUDA ignores all from the first invalid id on; -1 is how people switch GPUs off.
        named = tuple(takewhile(lambda device: device not in NO_DEVICE, map(str.strip, chosen.split(","))))
        found = tuple(dict.fromkeys(filter(_is_there, named)))
        if missing := [device for device in named if device not in found]:
            log.warning("CUDA_VISIBLE_DEVICES names GPU %s, which is not there", ", ".join(missing))
    if found and not _torch_knows_gpus():
        log.warning("torch is installed without GPU support, so no GPU is used; `make setup TORCH=cuda` changes that")
        return ()
    return found


def name_of(device: str) -> str:
    """One name of a card for all users, however each names it: its position on the bus where that is known."""
    positions = _on_bus()
    if device.isdecimal() and int(device) < len(positions):
        return list(positions)[int(device)]
    matches = [at for at, uuid in positions.items() if device.startswith("GPU-") and uuid.startswith(device)]
    return matches[0] if len(matches) == 1 else f"gpu{device.replace('/', '_')}"


def refusal(device: str) -> str | None:
    """Why the driver refuses a card to this process; None where it does not, or where there is no driver.

    A card whose memory other programs hold is warned of: they take no lease.
    """
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": device}
    try:
        answer = subprocess.run(
            [sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, timeout=60, check=False
        ).stdout.split()
    except subprocess.TimeoutExpired:
        return "no answer in a minute"
    if answer[:1] == ["refused"]:
        return " ".join(answer[1:])
    if answer[:1] == ["free"]:
        free, total = (int(count) / 2**30 for count in answer[1:])
        if free < 0.9 * total:
            log.warning(
                "other programs hold %.1f of the %.1f GB of GPU %s; `nvidia-smi` names them",
                total - free,
                total,
                device,
            )
    return None


def _shown() -> tuple[str, ...]:
    """All cards: by their UUID where the driver has it, since numbers move when a card is lost, else by number.

    A container may show the node `nvidia3` alone, which is CUDA's number 0.
    """
    nodes, uuids = gpu_nodes(), tuple(_on_bus().values())
    if len(uuids) == len(nodes) and all(uuids):
        return uuids
    return tuple(str(number) for number in range(len(nodes)))


def _is_there(device: str) -> bool:
    """Whether the kernel shows a card that the user names; True where it shows none at all, as WSL does."""
    nodes, uuids = gpu_nodes(), tuple(_on_bus().values())
    if device.isdecimal():
        return not nodes or int(device) < len(nodes)
    known = bool(uuids) and all(uuids) and device.startswith("GPU-")
    return not known or any(uuid.startswith(device) for uuid in uuids)


def _on_bus() -> dict[str, str]:
    """UUID of each card by its position on the bus, in that order; empty where the driver does not know it yet."""
    uuids = {}
    for file in sorted(BUS.glob("*/information")):
        lines = (line.partition(":") for line in file.read_text(errors="replace").splitlines())
        uuid = next((value.strip() for key, _, value in lines if key == "GPU UUID"), "")
        uuids[file.parent.name] = "" if "?" in uuid else uuid
    return uuids


def _torch_knows_gpus() -> bool:
    """Whether torch was built with CUDA, without importing it."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    return any(Path(spec.origin).parent.glob("lib/*torch_cuda*"))
