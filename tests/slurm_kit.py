"""A SLURM cluster of one machine with two pretend GPUs, for the time of a block.

A process of its own starts the daemons and ends them when its standard input closes: also when the tests are killed.
"""

import ctypes
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel")
SETTINGS = Path("/etc/slurm")
"""SLURM's daemons and commands look here; a step of a job is not told of another place."""
FILES = ("slurm.conf", "gres.conf")
READY = "ready"
SUBREAPER = 36
"""`PR_SET_CHILD_SUBREAPER` of prctl(2): whatever outlives its parent becomes a child of the process that asks."""


def missing() -> str:
    """Why there can be no cluster here, and what to do; empty where there can be one."""
    if lacking := [name for name in PROGRAMS if shutil.which(name) is None]:
        return f"no {', '.join(lacking)}; apt-get install --no-install-recommends slurm-wlm munge"
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        return "no snakemake-executor-plugin-slurm; make setup SLURM=yes"
    if os.geteuid() != 0:
        return "SLURM's daemons need root; run this test as root, in a container for instance"
    if found := [str(SETTINGS / name) for name in FILES if os.path.lexists(SETTINGS / name)]:
        return f"{', '.join(found)} belongs to a cluster; run this test on a machine of none"
    return ""


@contextmanager
def cluster(folder: Path) -> Iterator[None]:
    """Have a cluster whose only partition is `main`; everything it starts has ended after the block."""
    keeper = subprocess.Popen(
        [sys.executable, __file__, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        said = keeper.stdout.readline().strip()
        logs = "".join(path.read_text() for path in folder.glob("*.log"))
        assert said == READY, logs[-6000:]
        yield
    finally:
        keeper.communicate(timeout=30)


def _keep(folder: Path) -> None:
    """Start the daemons, wait for the end of the standard input, and end them with all that they have started."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    links = [SETTINGS / name for name in FILES]
    made: list[Path] = []
    try:
        _configure(folder)
        for link in links:
            link.symlink_to(folder / link.name)
            made.append(link)
        _start(folder)
        print(READY, flush=True)  # noqa: T201
        sys.stdin.read()
    finally:
        for link in made:
            link.unlink()
        _end_all()


def _configure(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("state", "spool", "munge"):
        (folder / name).mkdir(mode=0o700)
    key = folder / "munge" / "key"
    key.touch(mode=0o600)
    key.write_bytes(os.urandom(1024))
    host, (controller, node) = socket.gethostname().split(".")[0], _free_ports(2)
    (folder / "slurm.conf").write_text(f"""\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
SlurmctldPort={controller}
SlurmdPort={node}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SlurmdParameters=config_overrides
GresTypes=gpu
KillWait=2
MinJobAge=600
ReturnToService=2
MpiDefault=none
SwitchType=switch/none
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=16000 Gres=gpu:2 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
""")
    # Any device files do: nothing opens them.
    gpus = [f"NodeName={host} Name=gpu File=/dev/{name}\n" for name in ("null", "zero")]
    (folder / "gres.conf").write_text("".join(gpus))


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _start(folder: Path) -> None:
    munge = folder / "munge"
    places = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    _daemon(folder, "munged", "--foreground", "--force", *(f"--{name}={munge / file}" for name, file in places.items()))
    _until(lambda: (munge / "socket").exists())
    _daemon(folder, "slurmctld", "-D", "-c")
    _daemon(folder, "slurmd", "-D")
    sinfo = ("sinfo", "--noheader", "--format=%T")
    _until(lambda: "idle" in subprocess.run(sinfo, capture_output=True, text=True, check=False).stdout)


def _daemon(folder: Path, *command: str) -> None:
    with (folder / f"{command[0]}.log").open("w") as stream:
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("a daemon of SLURM does not start")
        time.sleep(0.1)


def _end_all() -> None:
    """End every process below this one, and those that they start meanwhile."""
    while below := psutil.Process().children(recursive=True):
        for process in below:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(below, timeout=1)


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
