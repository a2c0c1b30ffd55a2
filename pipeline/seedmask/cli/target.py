"""What a command is about: configurations, or the folder of results that they make. Each leads to the other."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedmask.config.reading import DEFAULT, SUFFIXES, merged_values, read_values
from seedmask.config.stages import STAGES
from seedmask.errors import SeedmaskError

if TYPE_CHECKING:
    from seedmask.config.graph import Config
    from seedmask.dataset.listing import ListingSource
    from seedmask.plan import Plan

RESULTS = Path("results")
EXPECTED = "expected a configuration like cows.yaml, or a folder of results like results/cows"
TARGET_FIRST = "[OPTIONS] [TARGET]"
"""Usage of a command whose variants follow the target."""
TARGET = " Before it, the configuration or folder of results (config.yaml, else the only folder in results/)."
"""The rest of their help."""

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TARGET",
        show_default=False,
        help="Configuration, or folder of results. Of several configurations later ones override earlier ones. "
        "(config.yaml, else the only folder in results/)",
    ),
]


class Target:
    """Configurations, or a folder of results.

    Args:
        files: configurations; later ones override earlier ones.
        folder: `results/<data set>`, where it was given instead.
    """

    def __init__(self, files: Sequence[Path], folder: Path | None = None):
        self._files, self._folder = list(files), folder

    @cached_property
    def results(self) -> Path:
        """Folder of the results.

        Raises:
            LayoutError: another version of Seedmask made them.
            SeedmaskError: the configuration cannot be read.
        """
        from seedmask.storage.records import check_layout

        results = self._folder or RESULTS / self.configuration.dataset.name
        check_layout(results)
        return results

    @cached_property
    def configuration(self) -> "Config":
        """The configuration, merged as `snakemake --configfile` merges its files.

        Raises:
            SeedmaskError: a file cannot be read or is not a configuration, or no configuration makes the results.
        """
        from seedmask.config.graph import load

        files = self._files or [_only_configuration_of(self.results)]
        return load(merged_values(files), files)

    def plan(self, listing: "ListingSource | None" = None, *, reads_results: bool = True) -> "Plan":
        """The jobs of the configuration.

        Args:
            listing: how to list the images; by default the stored listing where it is up to date.
            reads_results: whether the results are read, so that those of another version are refused.

        Raises:
            SeedmaskError: as of `configuration`, and of `results` if they are read.
        """
        from seedmask.dataset.listing import current_listing
        from seedmask.plan import Plan

        if reads_results:
            _ = self.results
        root = self._folder.parent if self._folder else RESULTS
        return Plan(self.configuration, listing or current_listing, root)

    def plan_if_known(self) -> "Plan | None":
        """The jobs, or None where the results were given and no single configuration here makes them."""
        if not self._files and len(_configurations_of(self.results)) != 1:
            return None
        return self.plan()


def find_target(words: Sequence[str] | None) -> Target:
    """What the first words of a command name.

    Args:
        words: configurations, or one folder of results, or the folder above it; without any, `config.yaml`, or the only
            folder in `results/`.

    Raises:
        SeedmaskError: they name something else, or nothing is there.
    """
    from seedmask.runs.workflow import find_configuration

    paths = [find_configuration(word) for word in words or ()]
    if not paths:
        return _default()
    for path in paths:
        if not path.exists():
            raise SeedmaskError(f"{path}: does not exist; {EXPECTED}{_known()}")
    if not any(path.is_dir() for path in paths):
        return Target(paths)
    if len(paths) > 1:
        raise SeedmaskError(f"{', '.join(map(str, paths))}: name one folder of results, or configurations alone")
    return Target([], _results_in(paths[0]))


def result_targets() -> list[Target]:
    """Every folder of results in `results/`."""
    return [Target([], folder) for folder in _result_folders(RESULTS)]


def split_words(words: Sequence[str], what: str = "variant", example: str = "masks/crf") -> tuple[Target, list[str]]:
    """What a command is about, and the words from its first variant on.

    Args:
        words: those of `find_target`, then variants like `masks/crf`, then anything.
        what: name of what follows the target, for the message.
        example: one of them.

    Raises:
        SeedmaskError: there is no variant, or as of `find_target`.
    """
    count = next((number for number, word in enumerate(words) if _is_variant(word)), len(words))
    if count == len(words):
        given = f"no {what} in `{' '.join(words)}`" if words else f"no {what} given"
        raise SeedmaskError(f"{given}; name one behind the configuration or folder of results, like {example}")
    return find_target(words[:count]), list(words[count:])


def split_runs(words: Sequence[str] | None) -> tuple[list[Target], list[str]]:
    """Every run that a command is about, and the variants behind them, if any.

    Args:
        words: folders of results and configurations, then variants. A configuration with name and folder of a data set
            is a run of its own; any other one is laid over the one before it, as recipes have it.

    Raises:
        SeedmaskError: as of `find_target`.
    """
    from seedmask.runs.workflow import find_configuration

    words = words or []
    count = next((number for number, word in enumerate(words) if _is_variant(word)), len(words))
    groups: list[list[str]] = []
    for word in words[:count]:
        path = find_configuration(word)
        if groups and path.is_file() and not _is_whole(path):
            groups[-1].append(word)
        else:
            groups.append([word])
    different: dict[Path, Target] = {}
    for target in [find_target(group) for group in groups or [[]]]:
        different.setdefault(target.results.resolve(), target)
    return list(different.values()), list(words[count:])


def _is_whole(path: Path) -> bool:
    """Whether a configuration names a data set and its folder, and so can be run by itself."""
    values = read_values(path)
    dataset = values.get("dataset") if isinstance(values, dict) else None
    return isinstance(dataset, dict) and {"name", "root"} <= dataset.keys()


def _is_variant(word: str) -> bool:
    """Whether a word is a variant, a shard of one, or a path to them below the results."""
    parts = Path(word).parts
    named = [number for number, part in enumerate(parts[:-1]) if part in STAGES]
    return bool(named) and not word.endswith(SUFFIXES[:2]) and (named[0] == 0 or "results" in parts[: named[0]])


def _default() -> Target:
    if DEFAULT.exists():
        return Target([DEFAULT])
    folders = _result_folders(RESULTS)
    if len(folders) == 1:
        return Target([], folders[0])
    if folders:
        raise SeedmaskError(f"results/: holds {len(folders)} data sets; name one of {', '.join(map(str, folders))}")
    raise SeedmaskError(
        f"there is neither {DEFAULT} nor a folder of results here; {EXPECTED} (`seedmask init` writes a configuration)"
    )


def _results_in(folder: Path) -> Path:
    """The folder, or the only folder of results in it."""
    if _is_results(folder):
        return folder
    folders = _result_folders(folder)
    if len(folders) == 1:
        return folders[0]
    if folders:
        raise SeedmaskError(f"{folder}: holds {len(folders)} data sets; name one of {', '.join(map(str, folders))}")
    raise SeedmaskError(f"{folder}: holds no results, neither itself nor in a folder below; {EXPECTED}{_known()}")


def _result_folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if _is_results(path))


def _is_results(folder: Path) -> bool:
    return any((folder / name).is_dir() for name in ("index", "listing", *STAGES))


def _known() -> str:
    folders = _result_folders(RESULTS)
    return f"; there is {', '.join(map(str, folders))}" if folders else ""


def _only_configuration_of(results: Path) -> Path:
    files = _configurations_of(results)
    if len(files) == 1:
        return files[0]
    if files:
        raise SeedmaskError(f"{results}: {', '.join(map(str, files))} name this data set; give the one to use instead")
    raise SeedmaskError(
        f"{results}: no *.yaml here names its data set ({results.name}), and this command needs the configuration; "
        "give the file instead of the folder"
    )


def _configurations_of(results: Path) -> list[Path]:
    """Configurations in the working directory that make some results, which lie below it."""
    if not results.resolve().is_relative_to(Path.cwd().resolve()):
        return []
    files = []
    for path in sorted(path for path in Path().glob("*") if path.suffix in SUFFIXES[:2]):
        try:
            values = read_values(path)
        except SeedmaskError:  # no YAML: no configuration
            continue
        dataset = values.get("dataset") if isinstance(values, dict) else None
        if isinstance(dataset, dict) and dataset.get("name") == results.name:
            files.append(path)
    return files
