"""Archives whose members would leave their folder."""

import dataclasses
import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from hostile_kit import Cases

from seedmask.demo.cache import unpack
from seedmask.demo.packages import PACKAGES, Package

cases = Cases("archives")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder deep enough to be left, and a `dpkg-deb` that takes a tar file for what is in an archive."""
    program = tmp_path / "bin" / "dpkg-deb"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\ncat "$2"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")


@cases.each()
def test_a_clear_answer_and_nothing_outside(case, request, tmp_path):
    cases.check(case, request)
    assert not [path for path in tmp_path.rglob("evil*") if path.is_file() and Path.cwd() not in path.parents]


def package(archive: Path) -> Package:
    """A package that is pinned to just this archive."""
    return dataclasses.replace(PACKAGES[0], sha256=hashlib.sha256(archive.read_bytes()).hexdigest())


def written(*members: tarfile.TarInfo) -> Path:
    """An archive of some members; files hold one byte."""
    archive = Path("evil_1.0_all.deb")
    with tarfile.open(archive, "w") as tar:
        for member in members:
            member.size = 1 if member.isfile() else 0
            tar.addfile(member, io.BytesIO(b"x"))
    return archive


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, link
    return found


@cases("a member above the folder", "evil_1.0_all.deb", "'../../../evil.png'", "leaves", "get it again")
def _():
    archive = written(member("../../../evil.png"))
    unpack(archive, package(archive), Path("root"))


@cases("a member with two dots in the middle", "evil_1.0_all.deb", "leaves")
def _():
    archive = written(member("usr/../../../../evil.png"))
    unpack(archive, package(archive), Path("root"))


@cases("a member with an absolute name", "evil_1.0_all.deb", "leaves")
def _():
    archive = written(member(str(Path.cwd().parents[1] / "evil.png")))
    unpack(archive, package(archive), Path("root"))


@cases("an archive that is not the pinned one", "evil_1.0_all.deb has SHA-256", f"expected {PACKAGES[0].sha256}")
def _():
    unpack(written(member("usr/evil.png")), PACKAGES[0], Path("root"))


@cases("an archive that is none", "could not unpack evil_1.0_all.deb")
def _():
    archive = Path("evil_1.0_all.deb")
    archive.write_bytes(b"nothing")
    unpack(archive, package(archive), Path("root"))


def test_links_and_devices_are_not_unpacked():
    archive = written(
        member("usr", tarfile.SYMTYPE, str(Path.cwd().parents[1])),
        member("usr/evil.png"),
        member("soft.png", tarfile.SYMTYPE, "/etc/passwd"),
        member("hard.png", tarfile.LNKTYPE, "/etc/passwd"),
        member("device.png", tarfile.CHRTYPE),
    )
    unpack(archive, package(archive), Path("root"))
    assert [str(path) for path in Path("root").rglob("*") if not path.is_dir() or path.is_symlink()] == [
        "root/usr/evil.png"
    ]
    assert not Path("root/usr").is_symlink()
