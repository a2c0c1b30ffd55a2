"""Finds variants by name, reads their masks, and writes files without overwriting others."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float

from seedmask.config.explain import nearest
from seedmask.config.stages import SHARDED, is_trained
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row, set_path
from seedmask.dataset.placement import Placement
from seedmask.dataset.placing import whole_labels, whole_values
from seedmask.errors import SeedmaskError
from seedmask.methods.weak_labels import Labels
from seedmask.storage.reader import Arrays, StoredVariant
from seedmask.storage.variants import expected_shards, list_variants


def open_variant(results: Path, reference: str) -> StoredVariant:
    """All shards of a variant.

    Raises:
        SeedmaskError: the variant does not exist, or a shard is not finished.
    """
    if is_trained(reference):
        raise SeedmaskError(f"{reference} is a network: `--to onnx` writes it, if it is a segmenter")
    known = list_variants(results, SHARDED)
    if reference not in known:
        raise SeedmaskError(f"{results} holds no {reference!r}; there are: {', '.join(known) or 'no results'}")
    return StoredVariant(results, reference, expected_shards(results, reference))


def require_array(stored: StoredVariant, array: str, message: str) -> None:
    """Refuse a variant that does not hold an array.

    Raises:
        SeedmaskError: with this message.
    """
    if stored.ids and array not in stored.read(stored.ids[0]):
        raise SeedmaskError(message)


class StoredPictures:
    """Arrays of a variant by picture, at the picture's size, however pictures were shrunk or cut to make them.

    Args:
        stored: the variant.
        catalogue: the index.
    """

    def __init__(self, stored: StoredVariant, catalogue: Catalogue):
        self._stored = stored
        rows = {row.id: row for row in catalogue.index.rows}
        self._rows: dict[str, list[Row]] = {}
        for image in stored.ids:
            self._rows.setdefault(rows[image].picture, []).append(rows[image])
        self.rows: list[Row] = [of_picture[0].whole for of_picture in self._rows.values()]
        """Whole pictures."""

    def labels(self, picture: str, array: str) -> Labels:
        """Labels of a picture, by its id."""
        if (plain := self._plain(picture)) is not None:
            return plain[array]
        return whole_labels((placement, arrays[array]) for placement, arrays in self._parts(picture))

    def values(self, picture: str, read: Callable[[Arrays], Float[np.ndarray, "_ _"]]) -> Float[np.ndarray, "H W"]:
        """Values of a picture, by its id.

        Args:
            picture: the id.
            read: takes them from the arrays of a row.
        """
        if (plain := self._plain(picture)) is not None:
            return read(plain)
        return whole_values((placement, read(arrays)) for placement, arrays in self._parts(picture))

    def _plain(self, picture: str) -> Arrays | None:
        """Arrays of a picture that is neither shrunk nor cut."""
        first = self._rows[picture][0]
        return self._stored.read(first.id) if first.placement is None else None

    def _parts(self, picture: str) -> Iterator[tuple[Placement, Arrays]]:
        for row in self._rows[picture]:
            if row.placement is not None:
                yield row.placement, self._stored.read(row.id)

    def classes(self, picture: str) -> tuple[int, ...]:
        """Classes that activation maps of a picture are of, in their order; all its tiles have the same."""
        return tuple(map(int, self._stored.read(self._rows[picture][0].id)["classes"]))


class StoredMasks:
    """Masks of a variant with the rows of their pictures, both at the pictures' own sizes.

    Args:
        results: `results/<data set>`.
        reference: a variant of masks or predictions.

    Raises:
        SeedmaskError: the variant does not exist or has no masks, or a shard is not finished.
    """

    def __init__(self, results: Path, reference: str):
        self._stored, self.catalogue = open_variant(results, reference), Catalogue(results)
        instead = {"saliency": "its maps (--to saliency)", "seeds": "its heat (--to heat)"}.get(reference.split("/")[0])
        other = f"export {instead}, or a variant of masks" if instead else "export a variant of masks"
        require_array(self._stored, "mask", f"{reference} holds no masks; {other}")
        self.classes = self.catalogue.index.classes
        self._pictures = StoredPictures(self._stored, self.catalogue)
        self.rows: list[Row] = self._pictures.rows

    def pixel_labels(self) -> tuple[str, ...]:
        """Every way in which truth went into the masks."""
        return self._stored.pixel_labels()

    def read(self, row: Row) -> Labels:
        """Mask of a picture: 0 background, c + 1 for class c, 255 ignored."""
        return self._pictures.labels(row.id, "mask")

    def all(self) -> Iterator[tuple[Row, Labels]]:
        """Every picture with its mask."""
        for row in self.rows:
            yield row, self.read(row)


def refuse_existing(paths: Iterable[Path], *, force: bool) -> None:
    """Refuse to overwrite, before anything is written.

    Raises:
        SeedmaskError: a file exists, and `force` is not set.
    """
    existing = [path for path in paths if path.exists()]
    if existing and not force:
        more = f" and {len(existing) - 1} more files are" if len(existing) > 1 else " is"
        raise SeedmaskError(f"{existing[0]}{more} there already; choose another folder, or overwrite with --force")


def refuse_clashes(paths: Mapping[str, Path]) -> None:
    """Refuse images that would be written to one file, or to a file where another one needs a folder.

    Args:
        paths: the file of each image.

    Raises:
        SeedmaskError: the files of two images exclude each other.
    """
    images = {path: image for image, path in paths.items()}
    for image, path in paths.items():
        others = (images[file] for file in (path, *path.parents) if images.get(file, image) != image)
        if other := next(others, ""):
            raise SeedmaskError(
                f'"{other}" and "{image}" cannot both be written: a file of one would be file or folder of the other '
                f"({path}); rename one of the two pictures"
            )


def text_of_lines(path: Path, lines: Iterable[str]) -> str:
    """Text of a list that other programs read line by line, without the spaces around a line.

    Raises:
        SeedmaskError: a line would be read as another one.
    """
    lines = list(lines)
    for line in lines:
        if line.strip() != line or len(line.splitlines()) != 1:
            raise SeedmaskError(
                f"{path}: {line!r} cannot stand in a list, because it has spaces around it or holds a line break; "
                "rename the picture, or export to png or coco"
            )
    return "".join(f"{line}\n" for line in lines)


def write_each(ids: Iterable[str], out: Path, suffix: str, save: Callable[[str, Path], None], *, force: bool) -> int:
    """Save a file for every image, `<out>/<image id><suffix>`; write nothing if one exists.

    Returns:
        Number of files.

    Raises:
        SeedmaskError: see `refuse_existing` and `refuse_clashes`.
    """
    return write_files({image: out / f"{image}{suffix}" for image in ids}, save, force=force)


def write_files(paths: Mapping[str, Path], save: Callable[[str, Path], None], *, force: bool) -> int:
    """Save a file for every image; write nothing if one exists.

    Args:
        paths: the file of each image.
        save: writes the file of an image.
        force: overwrite existing files.

    Returns:
        Number of files.

    Raises:
        SeedmaskError: see `refuse_existing` and `refuse_clashes`.
    """
    refuse_clashes(paths)
    refuse_existing(paths.values(), force=force)
    for image, path in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        save(image, path)
    return len(paths)


def require_results(results: Path) -> None:
    """Refuse a folder that holds no results.

    Raises:
        SeedmaskError: it holds no index, because nothing was run yet or the path is wrong.
    """
    if not results.is_dir():
        raise SeedmaskError(f"{results}: no such folder; name a data set's results, like results/stamps")
    if not set_path(results).is_file():
        raise SeedmaskError(f"{results}: holds no index; name a folder like results/stamps, made by snakemake")


def require_variant(results: Path, reference: str, stages: tuple[str, ...]) -> None:
    """Refuse a name that no variant has, with the nearest name in the message.

    Args:
        results: `results/<data set>`.
        reference: `masks/crf`.
        stages: stages of which the variant may be.

    Raises:
        SeedmaskError: these stages have no such variant, or the folder holds no results.
    """
    require_results(results)
    known = list_variants(results, stages)
    if not known:
        raise SeedmaskError(f"{results} holds no {reference!r}, nor any other of {', '.join(stages)}; run snakemake")
    if reference not in known:
        raise SeedmaskError(f"{results} holds no {reference!r}; write {nearest(reference, known)}")
