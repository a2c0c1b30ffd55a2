"""Write the reference of the commands, `docs/commands.md`, from what `--help` says.

`python -m seedmask.cli.reference` writes it; with `--check` it fails where it is stale.
"""

import html
from typing import cast

import typer
from typer.cli import get_docs_for_click

from seedmask.cli import app
from seedmask.config.reference import write_or_check

INTRODUCTION = """\
# Commands

<!-- Written by `python -m seedmask.cli.reference`; do not edit. -->

Every command but `init` takes a target first: a configuration like `cows.yaml` (of several, later ones override
earlier ones), or a folder of results like `results/cows`. Without one it takes `config.yaml`, else the only folder in
`results/`. A command that needs the configuration and is given results takes the one `*.yaml` in the working directory
that names their data set. Variants like `masks/crf` follow the target.

An error that you can mend is printed as one line that says what to do, and the exit status is 1.

"""


def pages() -> dict[str, str]:
    """Text of the file, by its path in the project."""
    command = typer.main.get_command(app)
    with command.make_context("seedmask", [], resilient_parsing=True) as context:
        text = get_docs_for_click(obj=command, ctx=cast("typer.Context", context), name="seedmask")
    _, mark, sections = text.partition("## ")  # what stands before is a list of the sections, with their words cut
    return {"docs/commands.md": INTRODUCTION + html.unescape(mark + sections).rstrip() + "\n"}


if __name__ == "__main__":
    write_or_check("seedmask.cli.reference", pages())
