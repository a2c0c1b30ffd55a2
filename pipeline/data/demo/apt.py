"""Download Debian packages without installing anything and without being root."""

import logging
import os
import shutil
import subprocess
from pathlib import Path

from pipeline.data.demo.packages import REMEDY, Package
from pipeline.errors import SeedmaskError

LOG = logging.getLogger(__name__)


def require_tools() -> None:
    """Refuse a machine that is no Debian."""
    missing = [tool for tool in ("apt-get", "apt-cache", "dpkg-deb") if not shutil.which(tool)]
    if missing:
        raise SeedmaskError(f"this machine has no {' and no '.join(missing)}, so it is no Debian; {REMEDY}")


class Apt:
    """`apt-get download`, with package lists of its own where the machine has none.

    Args:
        work: folder for everything that is temporary.
    """

    def __init__(self, work: Path):
        self._work = work
        self._options: list[str] = []

    def download(self, package: Package) -> Path:
        """Fetch one archive.

        Raises:
            SeedmaskError: apt has no such version, or cannot reach its archive.
        """
        LOG.info("downloading %s %s (%d MB)", package.name, package.version, package.megabytes)
        result = self._download(package)
        if result.returncode and not self._options:
            self._update()
            result = self._download(package)
        archives = list(self._work.glob(f"{package.name}_*.deb"))
        if result.returncode or not archives:
            raise SeedmaskError(self._explanation(package, result.stderr))
        return archives[0]

    def _download(self, package: Package) -> subprocess.CompletedProcess:
        wanted = f"{package.name}={package.version}"
        return self._run("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", wanted)

    def _update(self) -> None:
        """Fetch package lists into a private folder: needs no root, and changes nothing on the machine."""
        LOG.info("apt cannot find it; fetching package lists into a private folder and trying again")
        for folder in ("lists/partial", "archives/partial"):
            (self._work / "apt" / folder).mkdir(parents=True)
        self._options = [
            "-o",
            f"Dir::State::lists={self._work / 'apt' / 'lists'}",
            "-o",
            f"Dir::Cache={self._work / 'apt'}",
        ]
        self._run("apt-get", "-q", "-o", "APT::Sandbox::User=root", "update")

    def _explanation(self, package: Package, apt_says: str) -> str:
        available = [
            line.split("|")[1].strip() for line in self._run("apt-cache", "madison", package.name).stdout.splitlines()
        ]
        known = f"apt offers {', '.join(available)}" if available else "apt knows no version of it"
        errors = " ".join(line for line in apt_says.splitlines() if line.startswith(("E:", "Err")))
        return (
            f"package {package.name} {package.version} cannot be downloaded: {known}"
            + (f" ({errors})" if errors else "")
            + f"; the expected version is Debian 12's. Check the network, or {REMEDY}"
        )

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess:
        command = [program, *self._options, *arguments]
        environment = {**os.environ, "LC_ALL": "C"}
        return subprocess.run(
            command, cwd=self._work, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
