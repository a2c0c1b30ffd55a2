"""Whole runs without the wait for imports: forks of a process that has imported the libraries stand for `python`.

A job that is started anew imports torch and timm for three seconds, Snakemake itself for one; of a run on a few small
pictures that is most. A fork begins at once. It finds the libraries imported, and of the package what reads
configurations, if the workspace's copy of it is the project's to the byte; one that was edited it imports itself. Runs
that are killed start Python anew.

Run as a script, this file is that process: it takes orders at a socket until its standard input ends.
"""

import atexit
import gc
import importlib
import inspect
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import types
from collections.abc import Callable
from functools import cache
from pathlib import Path

LIBRARIES = (
    "argparse_dataclass",
    "docutils.core",
    "jaxtyping",
    "nbformat",
    "pandas",
    "PIL.Image",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "pydantic.root_model",
    "requests",
    "rich.console",
    "rich.table",
    "scipy.ndimage",
    "scipy.optimize",
    "scipy.sparse.linalg",
    "snakemake.cli",
    "snakemake.dag",
    "snakemake.profiles",
    "snakemake.report.html_reporter",
    "smart_open",
    "snakemake.storage",
    "torch.profiler",
    "torch.utils.data",
    "typer",
    "yte",
    "zarr",
)
MODELS = ("timm", "segmentation_models_pytorch", "torchvision.transforms.v2")
"""Import torchvision, which the package makes importable."""
OURS = ("seedmask", "snakemake_logger_plugin_seedmask")
LIGHT = (
    "seedmask.cli",
    "seedmask.config.graph",
    "seedmask.jobs.evaluation",
    "seedmask.jobs.images",
    "seedmask.jobs.index",
    "seedmask.jobs.index_shard",
    "seedmask.jobs.report",
    "seedmask.plan",
    "seedmask.runs.workflow",
    "seedmask.storage.shard",
    "seedmask.training.launch",
)
"""Modules of the package that bring all options. Those of networks tell timm of models, which cannot be done twice."""
STREAMS = (0, 1, 2)
ALONE = {
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    "OMP_WAIT_POLICY": "PASSIVE",
}
"""Environment of a process that forks: threads of a pool are not in a fork, so there is none."""

STAND_IN = """#!{python} -ISE
import json, os, socket, sys

request = {{"python": sys.argv[0], "arguments": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}}
if "-m" not in request["arguments"][:2]:
    os.execv({python!r}, [{python!r}, *request["arguments"]])
with socket.socket(socket.AF_UNIX) as line:
    line.connect({address!r})
    socket.send_fds(line, [b"?"], [0, 1, 2])
    line.sendall(json.dumps(request).encode())
    line.shutdown(socket.SHUT_WR)
    answer = line.recv(10)
sys.exit(int(answer or b"1"))
"""


@cache
def warm_python() -> Path:
    """A program that is `python -m` at once, by forks of a process which lives as long as this one."""
    folder = Path(tempfile.mkdtemp(prefix="warm-"))
    address, python = folder / "socket", folder / "python"
    python.write_text(STAND_IN.format(python=sys.executable, address=str(address)))
    python.chmod(0o755)
    server = subprocess.Popen(
        [sys.executable, __file__, str(address)],
        env={**os.environ, **ALONE},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdout.readline() == b"ready\n", "the warm process has died"

    @atexit.register
    def end() -> None:
        server.stdin.close()
        server.stdout.close()
        server.wait()
        shutil.rmtree(folder)

    return python


def _import_libraries() -> None:
    for library in LIBRARIES:
        importlib.import_module(library)
    importlib.import_module("seedmask.vision")
    for library in MODELS:
        importlib.import_module(library)
    _forget_package()


def _import_package() -> tuple[Path, dict[str, bytes]]:
    """Import what is light of the project's own package; the folder of it, and its files as they are now."""
    pipeline = Path(importlib.import_module("seedmask").__file__).parents[1]
    files = _files(pipeline)
    for module in LIGHT:
        importlib.import_module(module)
    return pipeline, files


def _forget_package() -> None:
    for name, _ in _package():
        del sys.modules[name]


def _package() -> list[tuple[str, types.ModuleType]]:
    """Modules of the project that are imported, but the one that tells torch what cannot be told twice."""
    found = [(name, module) for name, module in sys.modules.items() if name.partition(".")[0] in OURS]
    return [(name, module) for name, module in found if name != "seedmask.vision"]


def _files(folder: Path) -> dict[str, bytes]:
    """Content of each file below a folder, but of bytecode."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix != ".pyc" and path.is_file()
    }


def _move_package(old: Path, new: Path) -> None:
    """Let what is imported of the package in one folder be the copy of it in another, and find its files there."""

    def moved(path: str) -> str:
        return str(new / Path(path).relative_to(old))

    for _, module in _package():
        spec = module.__spec__
        module.__file__ = spec.origin = spec.loader.path = moved(spec.origin)
        if spec.submodule_search_locations:
            spec.submodule_search_locations[:] = map(moved, spec.submodule_search_locations)
        for name, value in list(vars(module).items()):
            if isinstance(value, Path) and value.is_relative_to(old.parent):
                setattr(module, name, new.parent / value.relative_to(old.parent))


def _find_modules_quickly() -> None:
    """Take the module of a frame from the frame.

    Pydantic asks for it at every class, to find the strings below its fields, and `inspect` looks through all modules
    for each new one. Here they are thousands.
    """
    thorough = inspect.getmodule

    def module_of(thing: object, *more: object) -> types.ModuleType | None:
        if isinstance(thing, types.FrameType):
            return sys.modules.get(thing.f_globals.get("__name__", ""))
        return thorough(thing, *more)

    inspect.getmodule = module_of


def _serve(address: str) -> dict | None:
    """In a fork what it is to do, and nothing once standard input has ended."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(16)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait for jobs
        print("ready", flush=True)  # noqa: T201  its answer
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                return None
            line, _ = listener.accept()
            with line:
                if os.fork() == 0:
                    listener.close()
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    return _take(line)


def _take(line: socket.socket) -> dict:
    """The order in a fork that does it; the fork that waits for that one tells its status and ends."""
    _, streams, _, _ = socket.recv_fds(line, 1, len(STREAMS))
    request = b"".join(iter(lambda: line.recv(2**16), b""))
    worker = os.fork()
    if worker == 0:
        for stream, number in zip(streams, STREAMS, strict=True):
            os.dup2(stream, number)
            os.close(stream)
        return json.loads(request)
    for stream in streams:
        os.close(stream)
    os.close(sys.stdin.fileno())
    _, status = os.waitpid(worker, 0)
    code = os.waitstatus_to_exitcode(status)
    line.sendall(str(code if code >= 0 else 128 - code).encode())
    os._exit(0)


def _be(
    python: str,
    arguments: list[str],
    folder: str,
    environment: dict[str, str],
    pipeline: Path,
    files: dict[str, bytes],
) -> None:
    """What `python -m` and `python -P -m` do.

    A run, which is started without `-P`, puts the folder of its Python before others for its jobs: of this one, else
    they would all start anew. What is imported of the package in `pipeline`, whose files were `files`, is used where a
    copy of it is all that is on the path.
    """
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.dont_write_bytecode = bool(environment.get("PYTHONDONTWRITEBYTECODE"))
    own = [] if arguments[0] == "-P" else [folder]
    if own:
        sys.executable = python
    packages = [*filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    sys.path[:1] = [*own, *packages]
    importlib.invalidate_caches()
    if len(packages) == 1 and _files(Path(packages[0])) == files:
        _move_package(pipeline, Path(packages[0]))
    else:
        _forget_package()
    sys.argv = arguments[arguments.index("-m") + 1 :]
    status = status_of(lambda: runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True))
    atexit._run_exitfuncs()
    os._exit(status)  # to take all libraries down would last as long as to import them


def status_of(program: Callable[[], object]) -> int:
    """Exit status of a program that ends as Python does: threads joined, errors told, all written."""
    status = 0
    try:
        program()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        sys.stderr.write(f"{end.code}\n" if isinstance(end.code, str) else "")
    except BaseException:  # noqa: BLE001  so does Python
        sys.excepthook(*sys.exc_info())
        status = 1
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


if __name__ == "__main__":
    _import_libraries()
    _find_modules_quickly()
    pipeline, files = _import_package()
    gc.freeze()
    if order := _serve(sys.argv[1]):
        _be(**order, pipeline=pipeline, files=files)
