"""The workflow that travels with the package, and Snakemake started on it."""

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seedmask.config.reading import DEFAULT, SUFFIXES, merged_values
from seedmask.errors import SeedmaskError
from seedmask.plan import Plan
from seedmask.runs.recovery import recover

PACKAGE = Path(__file__).parents[1]


def workflow_folder() -> Path:
    """Folder with Snakefile, rules, profiles, recipes and environment files: in the package, or the checkout's root.

    Raises:
        SeedmaskError: the package came without them.
    """
    for folder in (PACKAGE / "workflow", PACKAGE.parents[1]):
        if (folder / "Snakefile").is_file():
            return folder
    raise SeedmaskError(f"{PACKAGE}: has no Snakefile; install Seedmask again, or run in a checkout of it")


def split_arguments(arguments: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Configurations that a command line begins with, and what is for Snakemake."""
    count = next((n for n, word in enumerate(arguments) if not _is_configuration(word)), len(arguments))
    return [find_configuration(word) for word in arguments[:count]], list(arguments[count:])


def find_configuration(name: str) -> Path:
    """A configuration's file; a recipe that is not in the working folder is that of the workflow."""
    path = Path(name)
    if path.parts[:1] == ("recipes",) and not path.exists() and (shipped := workflow_folder() / path).is_file():
        return shipped
    return path


def run_workflow(configurations: Sequence[Path], options: Sequence[str]) -> int:
    """Recover what earlier runs have left, and run Snakemake in this process.

    A dry run recovers nothing.

    Args:
        configurations: later files override earlier ones; when there are none, those that the options name, else
            `config.yaml`.
        options: of Snakemake, as they are.

    Returns:
        Snakemake's exit status.

    Raises:
        SeedmaskError: there is no configuration, it is wrong or named in two ways, or results cannot be written.
    """
    from snakemake import cli
    from snakemake.exceptions import print_exception
    from snakemake.utils import available_cpu_count

    if configurations and any(word.split("=")[0] in ("--configfile", "--configfiles") for word in options):
        raise SeedmaskError(f"name configurations in one way: {configurations[0]} without --configfile, or in it")
    files = [str(file) for file in configurations]
    # Snakemake and its plugins look at the words of the command line, too.
    sys.argv = ["snakemake", *["--configfile"] * bool(files), *files]
    sys.argv += ["--snakefile", str(workflow_folder() / "Snakefile"), *options]
    _find_python()
    try:
        parser, arguments = cli.parse_args(sys.argv[1:])
        # Configurations may stand behind options, too.
        arguments.configfile += [Path(word) for word in arguments.targets if _is_configuration(word)]
        arguments.targets = [word for word in arguments.targets if not _is_configuration(word)]
        if not arguments.configfile and not DEFAULT.exists():
            raise SeedmaskError(
                f"there is no {DEFAULT} here: name a configuration, like `seedmask run cows.yaml`; `seedmask init` "
                "writes one"
            )
        if arguments.cores is None and arguments.jobs is None and arguments.executor in (None, "local"):
            arguments.cores = available_cpu_count()
        arguments.logger = arguments.logger or ["seedmask"]  # one line a variant
        if not arguments.dryrun:
            _prepare(arguments.configfile, cli.parse_config(arguments.config), arguments.directory)
        return 0 if cli.args_to_api(arguments, parser) else 1
    except SeedmaskError:
        raise
    except Exception as error:  # noqa: BLE001  as Snakemake's own command does
        print_exception(error)
        return 1


def _prepare(files: Sequence[Path], settings: Mapping[str, Any], directory: Path | None) -> None:
    """Recover and list the images where Snakemake will work, with the configuration that it will read."""
    files = files or [DEFAULT]
    plan = Plan.of(merged_values(files, settings), files)
    folder = directory or Path()
    if not folder.exists():
        return
    with contextlib.chdir(folder):
        for message in recover(plan):
            print(f"note: {message}", file=sys.stderr)  # noqa: T201  of the command
        plan.store_listing()


def _is_configuration(word: str) -> bool:
    return not word.startswith(("-", "results/")) and word.endswith(SUFFIXES)


def _find_python() -> None:
    """Let jobs find this Python where its environment is not activated."""
    folder = str(Path(sys.executable).parent)
    places = os.environ.get("PATH", "").split(os.pathsep)
    if places[0] != folder:  # one that stands behind another Python would not be found
        os.environ["PATH"] = os.pathsep.join([folder, *places])
