"""Download Debian packages without installing anything and without being root."""

import logging
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from seedmask.errors import SeedmaskError

PICTURES = (".png", ".jpg", ".jpeg", "/copyright")
"""Endings of pictures and of the licence; the sounds of the stamps are most of their package."""


@dataclass(frozen=True)
class Package:
    """One pinned Debian package."""

    name: str
    version: str
    sha256: str
    megabytes: int
    """Size of the download."""
    licence: str
    kept: tuple[str, ...] = PICTURES
    """Endings of the files that are unpacked."""
    option: str = "--stamps"
    """Option of the command for a folder with the unpacked package."""

    @property
    def remedy(self) -> str:
        """Remedy if it cannot be downloaded."""
        return (
            "download and unpack the packages on a machine that has them (`apt-get download NAME`, "
            f"`dpkg-deb -x FILE DIR`) and name the folder with {self.option} DIR"
        )


PACKAGES = (
    Package(
        "tuxpaint-stamps-default",
        "2022.06.04-1",
        "6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34",
        161,
        "GPL-2 as a whole; single pictures public domain, GPL, GFDL, CC-BY, CC-BY-SA",
    ),
    Package(
        "tuxpaint-data",
        "1:0.9.28-sdl2-1",
        "f5d0de8f9a70d2efc1241d19f26168cb8bf279f1b77abd3631e7a1a55c40e5e5",
        8,
        "GPL-2 or later",
    ),
    Package(
        "lomiri-wallpapers-16.04",
        "20.04.0-2",
        "a99ff6a3bfe451e4cc0682ecb3cc82e71740626d59e4845ae34a0a0e45421eab",
        16,
        "CC-BY-4.0, CC-BY-SA-4.0 or CC0-1.0, by file",
    ),
    Package(
        "mate-backgrounds",
        "1.26.0-1",
        "7bf4c2209f34b4f61ba6d24c8b58c28b361e82e4b943aae6d42c030169af9e04",
        47,
        "GPL-2 or later",
    ),
)


LOG = logging.getLogger(__name__)
# Downloads go to a folder of the user's own, which apt's unprivileged account cannot enter.
OPTIONS = ("-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=20")


def require_tools(remedy: str) -> None:
    """Refuse a machine without Debian, with a remedy."""
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
        """Run apt-get, its progress going to stderr; returns its errors, which are empty if it succeeds."""
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
