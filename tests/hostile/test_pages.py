"""Addresses that lead out of the results, and names that are markup."""

from pathlib import Path

import pytest
from hostile_kit import Cases

from seedmask.dataset.index import Index, Row
from seedmask.report.cells import Cell
from seedmask.report.page import PageContent, render_page
from seedmask.report.sheet import Sheet, SheetLine
from seedmask.viewer.files import RefusedError, file_below

cases = Cases("addresses of the viewer")
SCRIPT = "<script>alert(1)</script>"
BREAKS_OUT = '"><img src=x onerror=alert(1)>'


@cases.each()
def test_a_clear_answer(case, request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("results/index").mkdir(parents=True)
    Path("secret.txt").write_text("secret")
    Path("results/out.txt").symlink_to("../secret.txt")
    Path("results/outside").symlink_to("..")
    Path("results/ring.txt").symlink_to("ring.txt")
    cases.check(case, request)


def address(what: str, quoted: str, *names: str) -> None:
    """Add a path of an address as a case."""

    def give() -> str:
        try:
            return str(file_below(Path("results"), quoted).read_bytes())
        except RefusedError as refusal:
            return f"{refusal.status} {refusal}"

    cases(what, *names)(give)


address("two dots", "../secret.txt", "403", "not a path inside the results")
address("two dots in disguise", "%2e%2e/secret.txt", "403", "not a path inside the results")
address("a separator in disguise", "..%2fsecret.txt", "403", "not a path inside the results")
address("another system's separator", "..%5csecret.txt", "403", "not a path inside the results")
address("an absolute path", "/etc/passwd", "403", "not a path inside the results")
address("a zero byte", "index%00.txt", "403", "not a path inside the results")
address("a link that leads out", "out.txt", "403", "leads out of the results")
address("a folder that leads out", "outside/secret.txt", "403", "leads out of the results")
address("a link to itself", "ring.txt", "404", "no such file")
address("a name that is too long", "x" * 5000, "404", "no such file")
address("a folder", "index", "404", "not a file")


@pytest.mark.parametrize("name", [SCRIPT, BREAKS_OUT])
def test_names_are_text_on_the_page(name):
    facts = {"title": name, "from": [], "reads_truth": False, "replicates": 1, "settings": {name: name}}
    variants = {"masks/crf": {**facts, "provenance": name}}
    index = Index((name, "cow"), (Row(name, "a.png", name, 8, 6, (0,), "hash", None, None),))
    sheet = Sheet(name, name, ((name, name),), (SheetLine(name, name, (Cell(None, name),)),))
    text = render_page(PageContent(name, index, variants, scores=(), sheets=[sheet]))
    assert "alert(1)" in text
    assert "<script" not in text
    assert "<img src=x" not in text
