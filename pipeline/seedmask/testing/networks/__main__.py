"""`python -m seedmask.testing.networks FOLDER`: every network and every data step of a folder of reference arrays."""

import sys
from collections.abc import Iterable
from pathlib import Path

import torch
import typer

from seedmask.errors import SeedmaskError
from seedmask.testing.data_vectors import FILES, check_file
from seedmask.testing.differences import Difference
from seedmask.testing.networks.comparison import compare, network_of

USAGE = """usage: python -m seedmask.testing.networks FOLDER

Builds the networks that the files <network>_<case>.npz of a folder and of the folders in it name, loads weights made
from keys_<network>.json by a formula, and prints the largest difference of each stage and each output; also those of
the views of pictures in files such as aug_<case>.npz."""


def main(arguments: list[str]) -> int:
    """Print all differences; 1 if one is too large or nothing was found, 2 where the arguments are wrong."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        typer.echo(USAGE, err=True)
        return 2
    torch.backends.cuda.matmul.allow_tf32 = False
    networks = {path: compare for path in Path(arguments[0]).rglob("*.npz") if network_of(path.name)}
    views = {path: check_file for pattern in FILES for path in Path(arguments[0]).rglob(pattern)}
    files = {**views, **networks}
    failed, compared = 0, 0
    for path, differences_of in sorted(files.items()):
        try:
            differences = list(differences_of(path))
        except SeedmaskError as error:
            typer.echo(f"{path.name}: {error}")
            failed += 1
            continue
        failed += _show(differences)
        compared += len(differences)
    typer.echo(f"{len(files)} files, {compared} arrays and stages compared, {failed} failed")
    return 1 if failed or not files else 0


def _show(differences: Iterable[Difference]) -> int:
    """Print a line each; returns how many failed."""
    failed = 0
    for difference in differences:
        failed += not difference.passed
        verdict = "ok" if difference.passed else "FAILED"
        where = f"{difference.file} {difference.name}"
        typer.echo(f"{where}: {difference.largest:.1e} of {difference.tolerance:.0e} {verdict}")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
