from pathlib import Path

import typer

from seedmask.cli import app
from seedmask.cli.reference import pages

ROOT = Path(__file__).parents[2]


def test_the_page_says_what_help_says():
    written = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert written == pages()["docs/commands.md"], "stale; run: python -m seedmask.cli.reference"


def test_every_command_and_option_is_explained():
    for name, command in typer.main.get_command(app).commands.items():
        assert command.help, name
        assert all(parameter.help for parameter in command.params if parameter.name != "help"), name


def test_the_readme_lists_every_command():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [name for name in typer.main.get_command(app).commands if f"`seedmask {name}" not in readme]
