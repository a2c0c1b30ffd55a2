"""Masks of new pictures, as files: a folder in, a folder of the same names out."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image
from tqdm import tqdm

from seedmask.dataset.formats.files import IMAGE_SUFFIXES, files_below, id_of, images_only
from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.images import load_image, save_mask
from seedmask.errors import InputError, Problem
from seedmask.export.variants import refuse_existing
from seedmask.prediction.segmenter import Segmenter
from seedmask.report.drawing import mask_over
from seedmask.storage.canvas import CONFIDENCE, encode


@dataclass(frozen=True)
class PredictionTask:
    """One picture and the files that are made of it.

    Args:
        picture: the file.
        mask: palette PNG to write.
        overlay: JPEG to write, if any.
        confidence: grey PNG to write, if any.
    """

    picture: Path
    mask: Path
    overlay: Path | None = None
    confidence: Path | None = None

    @property
    def files(self) -> list[Path]:
        """All that is written."""
        return [path for path in (self.mask, self.overlay, self.confidence) if path]


def tasks(
    given: Sequence[Path], out: Path, *, overlay: bool = False, confidence: bool = False, force: bool = False
) -> list[PredictionTask]:
    """The pictures among some files and below some folders, and where their masks go: `<out>/<same name>.png`.

    Below a folder the names are relative to it, hidden files and those that are no pictures by their suffix are left
    out. Overlays are `<out>/overlay/<same name>.jpg`, confidences `<out>/confidence/<same name>.png`.

    Args:
        given: files and folders.
        out: folder of the masks.
        overlay: whether mask and picture are drawn over each other too.
        confidence: whether the probability of each label is written too, 255 for 1.
        force: overwrite files that are there.

    Raises:
        InputError: every file or folder that is not there, has no pictures or cannot be listed, and every two pictures
            whose masks would have one name.
        SeedmaskError: a file is there already.
    """
    problems: list[Problem] = []
    pictures = [found for path in given for found in _pictures(path, out, problems)]
    made = [
        PredictionTask(
            path,
            out / f"{name}.png",
            out / "overlay" / f"{name}.jpg" if overlay else None,
            out / "confidence" / f"{name}.png" if confidence else None,
        )
        for name, path in pictures
    ]
    problems += _collisions(made)
    if problems:
        raise InputError("pictures to predict", problems)
    refuse_existing((file for task in made for file in task.files), force=force)
    return made


def _pictures(path: Path, out: Path, problems: list[Problem]) -> Iterator[tuple[str, Path]]:
    """Name without suffix and file of each picture."""
    if path.is_file():
        yield path.stem, path
    elif not path.is_dir():
        problems.append(Problem(str(path), "is not there", "name an existing picture or folder"))
    elif out.resolve().is_relative_to(path.resolve()):
        remedy = "choose a folder for the masks that is not inside"
        problems.append(Problem(str(path), f"holds {out}, whose masks would be taken for pictures", remedy))
    else:
        findings = Findings()
        found = images_only(files_below(path, findings))
        problems += findings.problems
        if not found:
            known = ", ".join(sorted(IMAGE_SUFFIXES))
            problems.append(Problem(str(path), f"holds no pictures ({known})", "name a folder with pictures"))
        yield from ((id_of(name), picture) for name, picture in found.items())


def _collisions(made: Sequence[PredictionTask]) -> Iterator[Problem]:
    by_file: dict[Path, list[Path]] = defaultdict(list)
    for task in made:
        for file in task.files:
            by_file[file].append(task.picture)
    for file, pictures in by_file.items():
        if len(pictures) > 1:
            remedy = "predict them into different folders, or rename one"
            yield Problem(str(pictures[1]), f"would become {file}, and so would {pictures[0]}", remedy)


def predict_files(segmenter: Segmenter, made: Sequence[PredictionTask]) -> int:
    """Predict pictures and write their files; a bad picture does not keep the others from being done.

    Args:
        segmenter: the segmenter.
        made: the pictures, of `tasks`.

    Returns:
        Number of files.

    Raises:
        InputError: all bad pictures, when the others are done.
    """
    problems: list[Problem] = []
    files = 0
    # `disable=None`: no bar where there is no terminal.
    for task in tqdm(made, unit="picture", disable=None):
        try:
            picture = load_image(task.picture)
        except InputError as error:
            problems += error.problems
            continue
        _write(task, picture, *segmenter.predict(picture))
        files += len(task.files)
    if problems:
        done = len(made) - len(problems)
        raise InputError(f"{done} of {len(made)} pictures are done, with {files} files; the others", problems)
    return files


def _write(
    task: PredictionTask,
    picture: UInt8[np.ndarray, "H W 3"],
    mask: UInt8[np.ndarray, "H W"],
    confidence: Float[np.ndarray, "H W"],
) -> None:
    for path in task.files:
        path.parent.mkdir(parents=True, exist_ok=True)
    if task.overlay:
        Image.fromarray(mask_over(picture, mask)).save(task.overlay, quality=90)
    if task.confidence:
        Image.fromarray(encode(confidence, CONFIDENCE)).save(task.confidence)
    save_mask(task.mask, mask)
