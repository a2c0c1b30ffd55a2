"""The pages for people: links lead somewhere, commands and options exist, every page is in the site."""

import re

import pytest
import typer
import yaml
from docs_kit import PAGES, ROOT, commands, links

from seedmask.cli import app

DRAWN = "figures/"
"""Pictures that `make docs` draws."""
COMMANDS = typer.main.get_command(app).commands


def anchors(page):
    """Names of the headings of a page, as its readers make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    "page", dict.fromkeys(page for page, _ in links()), ids=lambda page: str(page.relative_to(ROOT))
)
def test_links_lead_somewhere(page):
    for target in [target for source, target in links() if source == page and not target.startswith(DRAWN)]:
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), target
        # The site holds what is below docs/; README leads there from outside.
        assert found.is_relative_to(ROOT / "docs" if page.is_relative_to(ROOT / "docs") else ROOT), target
        assert not anchor or anchor in anchors(found), target


@pytest.mark.parametrize("command", {str(command): command for command in commands("seedmask")}.values(), ids=str)
def test_a_command_and_its_options_exist(command):
    _, name, *words = command.words
    assert name in COMMANDS
    options = {option for parameter in COMMANDS[name].params for option in (*parameter.opts, *parameter.secondary_opts)}
    passes_on = COMMANDS[name].context_settings.get("ignore_unknown_options")  # to Snakemake
    assert passes_on or {word for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("command", {str(command): command for command in commands("make")}.values(), ids=str)
def test_what_is_made_can_be_made(command):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {word for word in command.words[1:] if "=" not in word} <= set(targets)


def test_every_folder_of_the_package_is_in_the_map():
    package, page = ROOT / "pipeline" / "seedmask", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    table = re.findall(r"^\| ((?:`\w+/` ?)+)\|", page, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)/`", " ".join(table))) == sorted(folders)


def test_every_path_of_the_map_exists():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    paths = {path for path in re.findall(r"`([\w/]+/[\w./]*)`", page) if "NAME" not in path}
    roots = (ROOT, ROOT / "pipeline" / "seedmask", ROOT / "results")
    assert {path for path in paths if not any((root / path).exists() for root in roots)} == set()
    steps = re.findall(r"^\d\. ", page, re.MULTILINE)
    assert 0 < len(steps) <= 16


def test_every_page_is_in_the_site():
    site = (ROOT / "mkdocs.yml").read_text()
    named = {str(page) for page in _leaves(yaml.safe_load(site)["nav"])}
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in PAGES if page.is_relative_to(ROOT / "docs")}
    assert pages <= named
    assert named == {name for name in named if (ROOT / "docs" / name).exists()}


def _leaves(node):
    if isinstance(node, dict):
        node = list(node.values())
    return [leaf for part in node for leaf in _leaves(part)] if isinstance(node, list) else [node]


def test_every_command_of_the_program_is_on_a_page():
    shown = {command.words[1] for command in commands("seedmask")}
    assert set(COMMANDS) <= shown
