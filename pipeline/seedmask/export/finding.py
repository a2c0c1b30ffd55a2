"""Results by their names, with the nearest name for one that is not there."""

from pathlib import Path

from seedmask.config.explain import nearest
from seedmask.dataset.index import set_path
from seedmask.errors import SeedmaskError
from seedmask.storage.variants import variants


def require_results(results: Path) -> None:
    """Refuse a folder that holds no results.

    Raises:
        SeedmaskError: there is no index in it, because nothing was run or the path is another one.
    """
    if not results.is_dir():
        raise SeedmaskError(f"{results}: no such folder; name a data set's results, like results/stamps")
    if not set_path(results).is_file():
        raise SeedmaskError(f"{results}: holds no index; name a folder like results/stamps, made by snakemake")


def require_variant(results: Path, reference: str, stages: tuple[str, ...]) -> None:
    """Refuse a name that no variant has.

    Args:
        results: `results/<data set>`.
        reference: `masks/crf`.
        stages: the stages that it may be of.

    Raises:
        SeedmaskError: there is no such variant of these stages, or there are no results.
    """
    require_results(results)
    known = variants(results, stages)
    if not known:
        raise SeedmaskError(f"{results} holds no {reference!r}, nor any other of {', '.join(stages)}; run snakemake")
    if reference not in known:
        raise SeedmaskError(f"{results} holds no {reference!r}; write {nearest(reference, known)}")
