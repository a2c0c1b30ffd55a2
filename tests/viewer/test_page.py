import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "viewer"
PAGE = ROOT / "pipeline" / "seedmask" / "viewer" / "page"
BANNER = re.compile(rb"/\* Built from viewer/ by `make viewer`\. sources ([0-9a-f]{64}) code ([0-9a-f]{64}) \*/\n")


def sources_digest():
    """As `viewer/build.js` counts it."""
    names = ["build.js", "package-lock.json", "package.json", *(f"src/{path.name}" for path in SOURCES.glob("src/*"))]
    sha = hashlib.sha256()
    for name in sorted(names):
        sha.update(f"{name}\0".encode() + (SOURCES / name).read_bytes() + b"\0")
    return sha.hexdigest()


def test_the_committed_page_was_built_from_these_sources():
    banner = BANNER.match((PAGE / "viewer.js").read_bytes())
    assert banner[1].decode() == sources_digest(), "the page is stale: run `make viewer` and commit what it builds"


def test_the_committed_page_is_what_was_built():
    data = (PAGE / "viewer.js").read_bytes()
    banner = BANNER.match(data)
    assert banner[2].decode() == hashlib.sha256(data[banner.end() :]).hexdigest()
    for name in ("index.html", "style.css"):
        assert (PAGE / name).read_bytes() == (SOURCES / "src" / name).read_bytes()


@pytest.mark.parametrize("name", ["index.html", "style.css", "viewer.js"])
def test_the_page_names_no_place_outside(name):
    text = (PAGE / name).read_text(encoding="utf-8")
    assert not re.findall(r"(?:src|href|url|import|from)\s*[=(]?\s*[\"']?(?:https?:)?//[\w.]", text)


def test_no_source_turns_data_into_markup():
    for path in SOURCES.glob("src/*.js"):
        forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b\(|new Function|DOMParser"
        assert not re.search(forbidden, path.read_text(encoding="utf-8")), path.name


def test_every_package_in_the_page_is_there_with_its_licence():
    text = (PAGE / "LICENSES.txt").read_text(encoding="utf-8")
    for package in ("zarrita", "@zarrita/storage", "zstddec"):
        assert re.search(rf"^{re.escape(package)} \d+\.\d+\.\d+ \(MIT", text, re.MULTILINE)
    assert text.count("Permission is hereby granted, free of charge") >= 3
    assert "For Zstandard software" in text


def test_the_lock_says_nothing_of_where_packages_came_from():
    assert "resolved" not in (SOURCES / "package-lock.json").read_text(encoding="utf-8")
