"""Download Debian packages without installing anything and without being root."""

import logging
import os
import shutil
import subprocess
from pathlib import Path

from pipeline.data.demo.packages import Package
from pipeline.errors import SeedmaskError

LOG = logging.getLogger(__name__)
# Downloads go to a folder of the user's own, which apt's unprivileged account cannot enter.
OPTIONS = ("-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=20")


def require_tools(remedy: str) -> None:
    """Refuse a machine that is no Debian, with what to do about it."""
    missing = [tool for tool in ("apt-get", "apt-cache", "dpkg-deb") if not shutil.which(tool)]
    if missing:
        raise SeedmaskError(f"this machine has no {' and no '.join(missing)}, so it is no Debian; {remedy}")


class Apt:
    """`apt-get download`, with package lists of its own where the machine has none.

    Args:
        work: folder for everything that is temporary.
    """

    def __init__(self, work: Path):
        self._work = work
        self._private: list[str] = []

    def download(self, package: Package) -> Path:
        """Fetch one archive.

        Raises:
            SeedmaskError: apt has no such version, or cannot reach its archive.
        """
        LOG.info("downloading %s %s (%d MB)", package.name, package.version, package.megabytes)
        complaints = self._download(package)
        if complaints and not self._private:
            LOG.info("that failed; fetching package lists into a private folder and trying again")
            complaints = self._update() + self._download(package)
        archive = next(self._work.glob(f"{package.name}_*.deb"), None)
        if archive is None:
            raise SeedmaskError(self._explanation(package, complaints))
        return archive

    def _download(self, package: Package) -> list[str]:
        return self._apt_get("download", f"{package.name}={package.version}")

    def _update(self) -> list[str]:
        """Fetch package lists into a private folder: needs no root, and changes nothing on the machine."""
        folder = self._work / "apt"
        for name in ("lists/partial", "archives/partial"):
            (folder / name).mkdir(parents=True)
        self._private = ["-o", f"Dir::State::lists={folder / 'lists'}", "-o", f"Dir::Cache={folder}"]
        return self._apt_get("update")

    def _explanation(self, package: Package, complaints: list[str]) -> str:
        listing = self._run("apt-cache", "madison", package.name, stdout=subprocess.PIPE).stdout
        versions = ", ".join(line.split("|")[1].strip() for line in listing.splitlines())
        known = f"apt offers version {versions}" if versions else "apt offers no version of it"
        said = "; ".join(complaints[:3])
        return (
            f"package {package.name} {package.version} (Debian 12) cannot be downloaded: {known}; apt says: {said}. "
            f"Check the network and run again, or {package.remedy}"
        )

    def _apt_get(self, *arguments: str) -> list[str]:
        """Run apt-get, its progress going to stderr; returns what it complains of, nothing if it succeeds."""
        # Descriptor 2 is stderr; apt shows progress where that is a terminal.
        result = self._run("apt-get", *OPTIONS, *arguments, stdout=2)
        lines = result.stderr.splitlines()
        return [line for line in lines if line.startswith(("E:", "W: Failed"))]

    def _run(self, program: str, *arguments: str, stdout: int) -> subprocess.CompletedProcess:
        return subprocess.run(
            [program, *self._private, *arguments],
            cwd=self._work,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )
