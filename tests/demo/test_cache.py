import dataclasses
import hashlib
import tarfile

import pytest

from seedmask.demo.cache import cache_folder, fetch, roots_in, unpack, verify
from seedmask.demo.packages import PACKAGES, Package
from seedmask.demo.stamps import needed_pictures
from seedmask.errors import InputError, SeedmaskError

TREE = {"usr/share/cow.png": b"cow", "usr/share/moo.wav": b"moo", "usr/share/doc/cows/copyright": b"free"}


@pytest.fixture
def archive(tmp_path):
    """A tar file in the part of a Debian archive: our `dpkg-deb` below only copies it."""
    path = tmp_path / "cows_1.0_all.deb"
    with tarfile.open(path, "w") as tar:
        for name, content in TREE.items():
            source = tmp_path / "source"
            source.write_bytes(content)
            tar.add(source, f"./{name}")
    return path


@pytest.fixture
def cows(archive):
    return Package("cows", "1.0", hashlib.sha256(archive.read_bytes()).hexdigest(), 1, "free")


@pytest.fixture
def debian(program, archive, tmp_path):
    """A machine whose apt has cows; returns the log of its calls."""
    log = tmp_path / "calls"
    log.touch()
    program("apt-get", f'echo "$@" >> {log}\ncase "$*" in *download*) cp {archive} .;; esac')
    program("apt-cache", "echo ' cows | 2.0 | somewhere'")
    program("dpkg-deb", 'cat "$2"')
    return log


def test_pictures_and_licences_are_unpacked_and_nothing_else(debian, cows, tmp_path):
    root = fetch([cows], tmp_path / "cache")["cows"]
    unpacked = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert unpacked == {"usr/share/cow.png", "usr/share/doc/cows/copyright"}
    assert (root / "usr/share/cow.png").read_bytes() == b"cow"


def test_a_second_fetch_asks_apt_for_nothing(debian, cows, tmp_path):
    first = fetch([cows], tmp_path / "cache")
    calls = debian.read_text()
    assert fetch([cows], tmp_path / "cache") == first
    assert debian.read_text() == calls


def test_the_pinned_version_is_downloaded(debian, cows, tmp_path):
    fetch([cows], tmp_path / "cache")
    assert debian.read_text().rstrip().endswith("download cows=1.0")


def test_an_archive_with_another_hash_is_refused_and_leaves_nothing(debian, cows, tmp_path):
    wrong = dataclasses.replace(cows, sha256="0" * 64)
    with pytest.raises(SeedmaskError, match=r"cows_1.0_all.deb has SHA-256 .*, expected 0000.*--stamps DIR"):
        fetch([wrong], tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("cows*"))


def test_a_download_that_was_cut_short_is_replaced(debian, cows, archive, tmp_path):
    torn = tmp_path / "cache" / ".download" / archive.name
    torn.parent.mkdir(parents=True)
    torn.write_bytes(archive.read_bytes()[:100])
    assert (fetch([cows], tmp_path / "cache")["cows"] / "usr/share/cow.png").exists()


def test_an_archive_that_cannot_be_unpacked_is_refused(debian, program, cows, tmp_path):
    program("dpkg-deb", "exit 2")
    with pytest.raises(SeedmaskError, match="could not unpack"):
        fetch([cows], tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("cows*"))


def test_missing_lists_are_fetched_into_a_private_folder(debian, program, archive, cows, tmp_path):
    program(
        "apt-get",
        f'case "$*" in *State::lists*download*) cp {archive} .;; *update*) ;;'
        " *) echo 'E: Unable to locate package cows' >&2; exit 100;; esac",
    )
    assert fetch([cows], tmp_path / "cache")["cows"].is_dir()


def test_another_version_is_an_error_that_names_both(debian, program, cows, tmp_path):
    program("apt-get", "echo \"E: Version '1.0' for 'cows' was not found\" >&2; exit 100")
    with pytest.raises(SeedmaskError, match=r"cows 1\.0 .*apt offers version 2\.0.*was not found.*--stamps DIR"):
        fetch([cows], tmp_path / "cache")


def test_a_machine_without_apt_gets_a_remedy(bare_machine, tmp_path):
    with pytest.raises(SeedmaskError, match=r"no apt-get.*--stamps DIR"):
        fetch(cache=tmp_path / "cache")


def test_the_cache_is_chosen_by_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SEEDMASK_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == tmp_path / ".cache" / "seedmask"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "seedmask"
    monkeypatch.setenv("SEEDMASK_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"


def test_unpacked_packages_are_found_side_by_side_or_merged(tmp_path):
    (tmp_path / PACKAGES[0].name).mkdir()
    roots = roots_in(tmp_path)
    assert roots[PACKAGES[0].name] == tmp_path / PACKAGES[0].name
    assert roots[PACKAGES[1].name] == tmp_path


def test_missing_and_changed_pictures_are_named(tmp_path):
    needed = needed_pictures()
    path = next(iter(needed[PACKAGES[0].name]))
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_bytes(b"another picture")
    with pytest.raises(InputError, match=r"SHA-256 is .*, expected") as caught:
        verify(roots_in(tmp_path), needed)
    assert len(caught.value.problems) == len(PACKAGES)
    assert caught.value.problems[0].where == str(tmp_path / path)
    assert "missing" in str(caught.value.problems[1])


def test_unpack_refuses_before_it_calls_any_program(bare_machine, cows, archive, tmp_path):
    with pytest.raises(SeedmaskError, match="expected 111"):
        unpack(archive, dataclasses.replace(cows, sha256="1" * 64), tmp_path / "root")
