"""What the masks of a folder hold, and the class numbers that they become."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageFile

from seedmask.dataset.formats.files import id_of
from seedmask.dataset.images import palette
from seedmask.dataset.opening import DAMAGE, open_image, stretch_of
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError, Problem, SeedmaskError
from seedmask.intake.class_lists import ClassList, Colour
from seedmask.intake.class_names import numbered
from seedmask.intake.facts import Size, Sizes, read_all
from seedmask.intake.scan import FolderScan
from seedmask.methods.weak_labels import VOID

MOST_COLOURS = 300
"""Colours of one mask that are kept; drawings and photographs have more."""
SHOWN = 5
LEAVE_OUT = "mend it, take it out, or read the pictures without masks (`--masks none`)"
VOC_BORDER = (224, 224, 192)
"""What VOC draws 255 in."""

Draw = Callable[[], UInt8[np.ndarray, "H W"]]


@dataclass(frozen=True)
class MaskValues:
    """What one file holds.

    Args:
        size: width and height in pixels.
        numbers: grey levels or places in the palette; empty where it holds colours.
        colours: its colours, where it holds some.
        plain: whether every stage reads the file as it is.
        palette: numbers with colours of their own, where the file has a palette.
    """

    size: Size
    numbers: frozenset[int]
    colours: frozenset[Colour] = frozenset()
    plain: bool = True
    palette: tuple[tuple[int, Colour], ...] = ()


@dataclass(frozen=True)
class Masks:
    """Truth masks of a folder that can be used.

    Args:
        source: where they were found, for people.
        of: mask of each image, by the path of the image.
        highest: largest class number.
        numbers: all class numbers in them.
        by_picture: class numbers in the mask of each image, without 0 and 255.
        folder: the folder, where its files can be used as they are.
        drawings: how the others are drawn with class numbers, by the path of the image.
        notes: what was decided, one sentence each.
    """

    source: str
    of: Mapping[str, Path]
    highest: int
    numbers: frozenset[int]
    by_picture: Mapping[str, frozenset[int]] = field(default_factory=dict)
    folder: Path | None = None
    drawings: Mapping[str, Draw] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_masks(scan: FolderScan, sizes: Sizes, classes: Sequence[str], listed: ClassList | None) -> Masks | None:
    """Masks of the images that can be used; None where there are none.

    Args:
        scan: the folder.
        sizes: sizes of the images.
        classes: the classes by number, if they are known.
        listed: the list of classes beside the masks, with its colours.

    Raises:
        SeedmaskError: an image has several masks; a mask cannot be read or does not fit; colours or numbers mean no
            class.
    """
    files = scan.masks
    if files.several:
        picture, several = next(iter(files.several.items()))
        raise SeedmaskError(
            f"{len(files.several)} pictures have several masks ({picture}: {', '.join(several[:SHOWN])}); join them to "
            "one, or choose a folder with `--masks FOLDER`"
        )
    of = {picture: scan.files[mask] for picture, mask in files.of.items() if picture in sizes.of}
    if not files.of and files.stray:
        raise SeedmaskError(
            f"{scan.folder}: {len(files.stray)} files look like masks, but none has the name of a picture "
            f"({', '.join(files.stray[:SHOWN])}); call each as its picture, or leave them out with `--masks none`"
        )
    if not of:
        return None
    source = _source(scan)
    values, unusable = read_all(of, mask_values)
    wrong = [problem for error in unusable.values() for problem in error.problems]
    for picture, value in values.items():
        if value.size != sizes.of[picture]:
            width, height = sizes.of[picture]
            found = f"has {value.size[0]} x {value.size[1]} pixels, its picture {width} x {height}"
            wrong.append(Problem(str(of[picture]), found, LEAVE_OUT))
    if wrong:
        raise InputError(f"masks in {source}", wrong)
    _refuse_channels(scan, of)
    _refuse_other_palettes(of, values)
    table, notes = _table(source, values, classes, listed)
    by_picture = {picture: _class_numbers(value, table) for picture, value in values.items()}
    found = frozenset().union(*by_picture.values())
    highest = max(found - {VOID}, default=0)
    _check_numbers(source, found, highest, classes)
    if not classes and 0 not in found and any(len(numbers - {VOID}) > 1 for numbers in by_picture.values()):
        raise SeedmaskError(
            f"{source}: masks hold the numbers 1 to {highest} and no 0, which stands for background; list a name for "
            "each of them in classes.txt if all are classes, and set `background: false` in what is written; else "
            "write 0 for background"
        )
    folder = None if table or not all(value.plain for value in values.values()) else _folder(scan, of)
    drawings = {} if folder else {picture: partial(draw, path, table) for picture, path in of.items()}
    if not folder:
        notes.append(
            f"{source}: copies of the masks are written as PNGs of class numbers, under the names of the pictures"
        )
    if files.stray:
        notes.append(f"{len(files.stray)} masks belong to no picture ({files.stray[0]})")
    if drawn := [name for name in files.drawn if not scan.is_to_learn_from(name)]:
        notes.append(f"{len(drawn)} files are drawings, maps or other masks, and are not used ({drawn[0]})")
    named = {picture: numbers - {0, VOID} for picture, numbers in by_picture.items()}
    return Masks(source, of, highest, found, named, folder, drawings, tuple(notes))


def _refuse_channels(scan: FolderScan, of: Mapping[str, Path]) -> None:
    """Refuse pictures whose channels are a file each, `a_0000.png`, `a_0001.png`, with one mask `a.png`.

    Raises:
        SeedmaskError: there are some.
    """
    for picture, mask in of.items():
        stem = id_of(picture)
        other = f"{stem.removesuffix('_0000')}_0001"
        if stem.endswith("_0000") and not mask.stem.endswith("_0000") and len(scan.names.find(other)) == 1:
            raise SeedmaskError(
                f"{scan.folder}: {picture} and {scan.names.find(other)[0]} are two channels of one picture, whose mask "
                f"is {mask}; join the channels to one RGB file each, and take the others out"
            )


def _refuse_other_palettes(of: Mapping[str, Path], values: Mapping[str, MaskValues]) -> None:
    """Refuse masks in which one colour has another number than in an earlier mask.

    Raises:
        SeedmaskError: there is one.
    """
    numbers: dict[Colour, tuple[int, str]] = {}
    for picture, value in values.items():
        for number, colour in value.palette:
            before, first = numbers.setdefault(colour, (number, picture))
            if before != number:
                raise SeedmaskError(
                    f"{of[picture]}: the colour {' '.join(map(str, colour))} has number {number}, but {before} in "
                    f"{of[first]}; save all masks with one palette, or as RGB with a line `name R G B` for each class "
                    "in classes.txt"
                )


def mask_values(path: Path) -> MaskValues:
    """Values of a mask.

    Raises:
        InputError: it is a JPEG, damaged, or holds more than a mask can.
    """
    data = read_file(path)
    with open_image(path, data) as image:
        if image.format in ("JPEG", "MPO"):
            found = "is a JPEG, which blurs the numbers of a mask"
            raise InputError(
                path.name, [Problem(str(path), found, "save masks as PNG from the source, not from the JPEG")]
            )
        try:
            plain = image.format == "PNG" and image.mode in ("L", "P") and stretch_of(image) == 1
            pixels = _pixels(image)
            colours = _palette_of(image)
        except DAMAGE as error:
            raise InputError(path.name, [Problem(str(path), f"is damaged ({error})", LEAVE_OUT)]) from None
    size = pixels.shape[1], pixels.shape[0]
    if pixels.ndim == 2:
        numbers = np.unique(pixels).tolist()
        shown = [(number, colours[number]) for number in numbers if number < len(colours)]
        counts = Counter(colour for _, colour in shown)
        own = tuple((number, colour) for number, colour in shown if counts[colour] == 1)
        return MaskValues(size, frozenset(numbers), plain=plain, palette=own)
    colours = np.unique(pixels.reshape(-1, 3), axis=0)
    if len(colours) > MOST_COLOURS:
        found = f"has {len(colours)} colours, expected a colour for each class"
        raise InputError(path.name, [Problem(str(path), found, "is it a picture? " + LEAVE_OUT)])
    return MaskValues(size, frozenset(), frozenset((int(r), int(g), int(b)) for r, g, b in colours), plain=False)


def _palette_of(image: Image.Image) -> list[Colour]:
    """Colours of a palette by their numbers; empty without one."""
    flat = image.getpalette() if image.mode == "P" else None
    return [(flat[n], flat[n + 1], flat[n + 2]) for n in range(0, len(flat) - 2, 3)] if flat else []


def draw(path: Path, table: Mapping[int | Colour, int]) -> UInt8[np.ndarray, "H W"]:
    """A mask with class numbers.

    Args:
        path: the mask.
        table: class number of each value that is another.
    """
    with open_image(path, read_file(path)) as image:
        pixels = _pixels(image)
    if pixels.ndim == 2:
        numbers = np.arange(256, dtype=np.uint8)
        for value, number in table.items():
            if isinstance(value, int):
                numbers[value] = number
        return numbers[pixels]
    codes = pixels.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
    drawn = np.zeros(codes.shape, dtype=np.uint8)
    for value, number in table.items():
        if isinstance(value, tuple):
            drawn[codes == value[0] * 65536 + value[1] * 256 + value[2]] = number
    return drawn


def _pixels(image: ImageFile.ImageFile) -> np.ndarray:
    """Numbers `H W`, or colours `H W 3`; grey pictures saved as RGB are numbers."""
    if image.mode == "1":
        return np.asarray(image, dtype=np.uint8)
    if image.mode in ("L", "P"):
        stretch = stretch_of(image)  # only until it is decoded
        return np.asarray(image) // stretch
    if image.mode in ("LA", "PA"):
        return np.asarray(image)[..., 0]
    if image.mode in ("RGB", "RGBA"):
        pixels = np.asarray(image)[..., :3]
        same = (pixels == pixels[..., :1]).all()
        return pixels[..., 0] if same else pixels
    pixels = np.asarray(image)
    if pixels.ndim != 2 or not np.isfinite(pixels).all() or (pixels != pixels.astype(np.uint8)).any():
        raise ValueError(f"mode {image.mode} with values outside 0 to 255")
    return pixels.astype(np.uint8)


def _class_numbers(value: MaskValues, table: Mapping[int | Colour, int]) -> frozenset[int]:
    """Class numbers that a mask will have."""
    numbers = (table.get(number, number) for number in value.numbers)
    return frozenset((*numbers, *(table[colour] for colour in value.colours)))


def _values(values: Iterable[MaskValues]) -> set[int | Colour]:
    found: set[int | Colour] = set()
    for value in values:
        found |= value.numbers | value.colours
    return found


def _table(
    source: str, values: Mapping[str, MaskValues], classes: Sequence[str], listed: ClassList | None
) -> tuple[dict[int | Colour, int], list[str]]:
    """Class number of each value that is another, and notes about them."""
    found = _values(values.values())
    numbers = {value for value in found if isinstance(value, int)}
    if any(value.colours for value in values.values()):
        return _colours(source, values, classes, listed)
    if listed and listed.colours and not numbers <= set(range(len(classes) + 1)) | {VOID}:
        grey: dict[int | Colour, int] = {c[0]: number for c, number in listed.colours.items() if len({*c}) == 1}
        if numbers <= grey.keys():
            return grey, [f"{source}: grey levels are read by {listed.path}"]
    if numbers == {0, VOID} and len(classes) <= 1:
        return {VOID: 1}, [f"{source}: masks hold 0 and 255 alone, so 255 is taken for class 1"]
    return {}, []


def _colours(
    source: str, values: Mapping[str, MaskValues], classes: Sequence[str], listed: ClassList | None
) -> tuple[dict[int | Colour, int], list[str]]:
    """Class number of each colour, by the list of classes or by VOC's palette.

    Raises:
        SeedmaskError: a colour means no class.
    """
    counts: Counter[Colour] = Counter()
    for value in values.values():
        counts.update(value.colours or {(number, number, number) for number in value.numbers})
    if listed and listed.colours:
        known = {(0, 0, 0): 0, **listed.colours}
        rule = f"colours are read by {listed.path}"
    else:
        known = {tuple(colour): number for number, colour in enumerate(palette()[: len(classes) + 1].tolist())}
        known |= {VOC_BORDER: VOID}
        rule = "colours are those of VOC's palette, in the order of the classes"
    if not classes or (unknown := [colour for colour in counts if colour not in known]):
        unknown = [colour for colour in counts if not classes or colour not in known]
        shown = ", ".join(f"{' '.join(map(str, colour))} in {counts[colour]} masks" for colour in unknown[:SHOWN])
        raise SeedmaskError(
            f"{source}: masks are RGB, and {len(unknown)} of their {len(counts)} colours mean no class ({shown}); "
            f"write a line `name R G B` for each into classes.txt (background too), or leave masks out: `--masks none`"
        )
    grey = {colour[0]: number for colour, number in known.items() if len({*colour}) == 1}
    return {**known, **grey}, [f"{source}: {rule}"]


def _check_numbers(source: str, numbers: frozenset[int], highest: int, classes: Sequence[str]) -> None:
    """Refuse numbers that stand for no class.

    Raises:
        SeedmaskError: there are more than classes, gaps between them, or nothing but background.
    """
    named = sorted(numbers - {0, VOID})
    remedy = "write 0 for background, the line in classes.txt for a class, 255 for unlabelled"
    listed = ", ".join(map(str, named[:SHOWN])) + (", ..." if len(named) > SHOWN else "")
    if not named and VOID in numbers and len(classes) > 1:
        raise SeedmaskError(
            f"{source}: masks hold {' and '.join(map(str, sorted(numbers)))} alone, and it is not clear which of "
            f"{len(classes)} classes ({', '.join(classes[:SHOWN])}) is drawn; {remedy}, or leave masks out with "
            "`--masks none`"
        )
    if not named:
        raise SeedmaskError(f"{source}: masks hold {' and '.join(map(str, sorted(numbers)))} alone, no class; {remedy}")
    if classes and highest > len(classes):
        raise SeedmaskError(
            f"{source}: masks hold the numbers {listed}, but there are {len(classes)} classes "
            f"({', '.join(classes[:SHOWN])}); {remedy}, or leave masks out with `--masks none`"
        )
    if not classes and named != list(range(1, highest + 1)):
        raise SeedmaskError(
            f"{source}: masks hold the numbers {listed}, with gaps between them; are they grey levels of colours? List "
            f"a name for each of 1 to {highest} in classes.txt, or {remedy}"
        )


def classes_of(masks: Masks) -> tuple[str, ...]:
    """Placeholders for the names of the classes in masks."""
    return numbered(masks.highest)


def _source(scan: FolderScan) -> str:
    folders = scan.masks.folders
    named = [str(scan.folder / folder) for folder in folders]
    return ", ".join(named[:SHOWN]) if all(folders) else str(scan.folder)


def _folder(scan: FolderScan, of: Mapping[str, Path]) -> Path | None:
    """The folder whose files have the names of the images, as the format `folder` expects; None if they have others."""
    prefix = f"{scan.base}/" if scan.base else ""
    picture, mask = next(iter(of.items()))
    ending = f"{id_of(picture.removeprefix(prefix))}.png"
    if not str(mask).endswith(f"/{ending}"):
        return None
    folder = Path(str(mask).removesuffix(ending).rstrip("/"))
    same = all(path == folder / f"{id_of(name.removeprefix(prefix))}.png" for name, path in of.items())
    return folder if same and folder != scan.folder / scan.base else None
