"""Which folder holds the results that are to be shown."""

from pathlib import Path

from pipeline.data.index_files import set_path
from pipeline.errors import SeedmaskError


def data_set_in(results: Path) -> Path:
    """A folder like `results/stamps`: the given one, or the only such one in it.

    Raises:
        SeedmaskError: it is no folder, holds no indexed data set, or holds several.
    """
    if not results.is_dir():
        raise SeedmaskError(f"{results}: is no folder; name one like results/stamps, made by snakemake")
    if _is_indexed(results):
        return results
    found = sorted(folder for folder in results.iterdir() if folder.is_dir() and _is_indexed(folder))
    if len(found) > 1:
        names = ", ".join(map(str, found))
        raise SeedmaskError(f"{results}: holds the results of {len(found)} data sets; name one of {names}")
    if not found:
        raise SeedmaskError(
            f"{results}: holds no index, neither itself nor in a folder below; run snakemake, which makes it first, "
            "or name another folder like results/stamps"
        )
    return found[0]


def _is_indexed(folder: Path) -> bool:
    return set_path(folder).is_file()
