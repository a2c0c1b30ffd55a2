"""Masks of new images as files: from a folder of images to a folder of masks with the same names."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image
from tqdm import tqdm

from seedmask.dataset.formats.files import IMAGE_SUFFIXES, files_below, id_of, images_only
from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.images import load_image, save_mask
from seedmask.dataset.picture_reading import PictureReading
from seedmask.errors import InputError, Problem
from seedmask.export.variants import refuse_existing
from seedmask.prediction.segmenter import Segmenter
from seedmask.report.drawing import mask_over
from seedmask.storage.canvas import CONFIDENCE, encode

NAMED = 3
"""Files that are named as examples."""


@dataclass(frozen=True)
class PredictionTask:
    """One image and the files that are made from it.

    Args:
        image: the file.
        mask: palette PNG to write.
        overlay: JPEG to write, if any.
        confidence: grey PNG to write, if any.
    """

    image: Path
    mask: Path
    overlay: Path | None = None
    confidence: Path | None = None

    @property
    def files(self) -> list[Path]:
        """All files that are written."""
        return [path for path in (self.mask, self.overlay, self.confidence) if path]


def tasks(
    paths: Sequence[Path], out: Path, *, overlay: bool = False, confidence: bool = False, force: bool = False
) -> list[PredictionTask]:
    """The images among some files and below some folders, and the files of their masks: `<out>/<same name>.png`.

    Below a folder the names are relative to it; hidden files and files without the suffix of an image are left out,
    see `left_out`.
    Overlays are `<out>/overlay/<same name>.jpg`, confidences `<out>/confidence/<same name>.png`.

    Args:
        paths: files and folders.
        out: folder of the masks.
        overlay: whether to draw the mask over the image too.
        confidence: whether to write the probability of each label too, 255 for 1.
        force: whether to overwrite existing files.

    Raises:
        InputError: every path that does not exist, has no images or cannot be listed, and every two images whose masks
            would have one name.
        SeedmaskError: a file exists already.
    """
    problems: list[Problem] = []
    images = [named for path in paths for named in _images(path, out, problems)]
    made = [
        PredictionTask(
            path,
            out / f"{name}.png",
            out / "overlay" / f"{name}.jpg" if overlay else None,
            out / "confidence" / f"{name}.png" if confidence else None,
        )
        for name, path in images
    ]
    problems += _collisions(made)
    if problems:
        raise InputError("pictures to predict", problems)
    refuse_existing((file for task in made for file in task.files), force=force)
    return made


def _images(path: Path, out: Path, problems: list[Problem]) -> Iterator[tuple[str, Path]]:
    """Name without suffix and file of each image."""
    if path.is_file():
        yield path.stem, path
    elif not path.is_dir():
        problems.append(Problem(str(path), "is not there", "name an existing picture or folder"))
    elif out.resolve().is_relative_to(path.resolve()):
        remedy = "choose a folder for the masks that is not inside"
        problems.append(Problem(str(path), f"holds {out}, whose masks would be taken for pictures", remedy))
    else:
        findings = Findings()
        images = images_only(files_below(path, findings))
        problems += findings.problems
        if not images:
            known = ", ".join(sorted(IMAGE_SUFFIXES))
            problems.append(Problem(str(path), f"holds no pictures ({known})", "name a folder with pictures"))
        yield from ((id_of(name), image) for name, image in images.items())


def left_out(paths: Iterable[Path]) -> Iterator[str]:
    """A sentence about each folder that holds files without the suffix of an image, which `tasks` leaves out.

    Args:
        paths: files and folders, which were given to `tasks`.
    """
    for path in paths:
        files = files_below(path, Findings()) if path.is_dir() else {}
        others = sorted(files.keys() - images_only(files).keys())
        if others:
            more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
            count = "1 file has" if len(others) == 1 else f"{len(others)} files have"
            yield (
                f"{path}: {count} no suffix of a picture, left out: {', '.join(others[:NAMED])}{more}; "
                "a picture without such a suffix is read when it is named itself"
            )


def _collisions(made: Sequence[PredictionTask]) -> Iterator[Problem]:
    by_file: dict[Path, list[Path]] = defaultdict(list)
    for task in made:
        for file in task.files:
            by_file[file].append(task.image)
    for file, images in by_file.items():
        if len(images) > 1:
            remedy = "predict them into different folders, or rename one"
            yield Problem(str(images[1]), f"would become {file}, and so would {images[0]}", remedy)


def predict_files(segmenter: Segmenter, made: Sequence[PredictionTask]) -> int:
    """Predict images and write their files; after a bad image the others are still predicted.

    Args:
        segmenter: the segmenter.
        made: the images, from `tasks`.

    Returns:
        Number of files.

    Raises:
        InputError: all bad images, after the others are done.
    """
    problems: list[Problem] = []
    files = 0
    # `disable=None`: no bar where there is no terminal.
    for task in tqdm(made, unit="picture", disable=None):
        try:
            predicted = segmenter.predict(task.image)
        except InputError as error:
            problems += error.problems
            continue
        _write(task, segmenter.reading, *predicted)
        files += len(task.files)
    if problems:
        done = len(made) - len(problems)
        raise InputError(f"{done} of {len(made)} pictures are done, with {files} files; the others", problems)
    return files


def _write(
    task: PredictionTask,
    reading: PictureReading,
    mask: UInt8[np.ndarray, "H W"],
    confidence: Float[np.ndarray, "H W"],
) -> None:
    for path in task.files:
        path.parent.mkdir(parents=True, exist_ok=True)
    if task.overlay:
        image = load_image(task.image, reading.unshrunk)
        Image.fromarray(mask_over(image, mask)).save(task.overlay, quality=90)
    if task.confidence:
        Image.fromarray(encode(confidence, CONFIDENCE)).save(task.confidence)
    save_mask(task.mask, mask)
