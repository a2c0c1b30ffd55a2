"""Which files of a folder are masks of which images: by the names of folders and files, then by what they hold."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

from seedmask.dataset.formats.files import id_of, suffix_of
from seedmask.intake.names import without_suffix
from seedmask.intake.splits import NEUTRAL, SPLITS, split_of, words_in

MASK_WORDS = frozenset(
    ("ann", "annot", "annotation", "annotations", "ground", "groundtruth", "groundtruths", "gt", "gts", "label",
     "labels", "manual", "mask", "masks", "parsing", "seg", "segmentation", "segmentations", "segmentationclass",
     "trimap", "trimaps", "truth")
)  # fmt: skip
PICTURE_WORDS = frozenset(
    ("image", "images", "img", "imgs", "input", "inputs", "jpeg", "original", "originals", "ortho", "photo", "photos",
     "picture", "pictures", "raw", "rgb")
)  # fmt: skip
DRAWN_WORDS = frozenset(
    ("blend", "color", "colors", "colour", "colours", "contours", "depth", "disparity", "edge", "edges", "heatmap",
     "heatmaps", "human", "instance", "object", "objects", "overlay", "overlays", "preview", "previews", "saliency",
     "vis", "visualisation", "visualisations", "visualization", "visualizations", "viz")
)  # fmt: skip
"""Words for drawings for people, for maps, and for masks of single objects."""
ALONE = frozenset(
    ("disparity", "heatmap", "heatmaps", "overlay", "overlays", "saliency", "vis", "visualisation", "visualisations",
     "visualization", "visualizations", "viz")
)  # fmt: skip
"""Those of them that no class is called."""
TRUE_OBJECTS = frozenset(("gt", "object"))
"""Words of a folder of masks of all objects of a picture, against their background."""
BESIDE = (
    NEUTRAL
    | SPLITS.keys()
    | frozenset(("all", "aug", "bit", "class", "coarse", "fine", "left", "machine", "nd", "obj", "semantic", "st"))
)
"""Words that may stand beside them in the name of a folder."""
NAMES = (
    r"mask|masks|segmentation|seg|gt|label|labels|labelids|labeltrainids|gtfine|gtcoarse|groundtruth|annotation|matte|l|"
    r"manual|1stho|2ndho|expert|annotator"
)
MASK_ENDING = re.compile(rf"([_\-. ]({NAMES})\d?)+([_\-]\d\d?)?$")
MASK_BEGINNING = re.compile(rf"^(({NAMES})[_\-]|(mask|gt|label|seg)(?=\d))+")
PICTURE_ENDING = re.compile(r"[_\-](0000|leftimg8bit|image|img|rgb|sat|photo|training|test)$")
PICTURE_BEGINNING = re.compile(r"^(image|img|photo|picture)([_\-]|(?=\d))")
DRAWN_ENDING = re.compile(r"[_\-](color|instanceids|instancetrainids|overlay|vis|viz|blend)$")
"""What may stand before and behind the common part of the names of an image and its masks, in small letters."""
LOOKED_INTO = 6
"""Files of a folder that are opened to see whether it holds masks."""


@dataclass(frozen=True)
class FolderMasks:
    """Masks among the images of a folder, all as paths with `/`.

    Args:
        of: mask of each image that has one.
        folders: outermost folders of these masks; an empty name where they lie beside their images.
        drawn: drawings for people and masks of single objects.
        stray: masks that belong to no image.
        several: masks of each image that has more than one.
    """

    of: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()
    several: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def files(self) -> frozenset[str]:
        """All of them."""
        several = (name for names in self.several.values() for name in names)
        return frozenset((*self.of.values(), *self.drawn, *self.stray, *several))

    def only(self, folder: str) -> "FolderMasks":
        """The masks below a folder; the others are not used, and no images either. `none` is below no folder."""
        below = f"{folder.strip('/')}/"
        candidates = {picture: [name] for picture, name in self.of.items()} | {p: [*n] for p, n in self.several.items()}
        kept = {picture: [n for n in names if n.startswith(below)] for picture, names in candidates.items()}
        of = {picture: names[0] for picture, names in kept.items() if len(names) == 1}
        several = {picture: tuple(names) for picture, names in kept.items() if len(names) > 1}
        used = {name for names in kept.values() for name in names}
        rest = tuple(sorted(self.files - used))
        return FolderMasks(of, tuple(sorted({_outermost(name) for name in of.values()})), rest, (), several)


def find_masks(
    images: Mapping[str, Path], looks_like_mask: Callable[[Path], bool], has_few_colours: Callable[[Path], bool]
) -> FolderMasks:
    """Sort the images of a folder into masks and others.

    Args:
        images: every file with the suffix of an image, by its path with `/`.
        looks_like_mask: whether a file has a palette or few levels of grey.
        has_few_colours: whether it may be a mask if its folder is called so.
    """
    drawn = {name for name in images if _is_drawn(name)}
    rest = [name for name in images if name not in drawn]
    masks = _masks_by_folder(rest, images, looks_like_mask)
    masks |= _masks_by_ending([name for name in rest if name not in masks])
    masks |= _masks_of_none([name for name in rest if name not in masks], images, has_few_colours)
    masks |= _masks_by_suffix([name for name in rest if name not in masks], images, looks_like_mask)
    if not masks and not drawn:
        return FolderMasks()
    pictures = [name for name in rest if name not in masks]
    pairs, stray = _pairs(pictures, sorted(masks))
    known = _Keys(pictures)
    drawn = {name for name in drawn if known.picture_of(name) and (pairs or _lies_in(name, "drawn"))}
    single = {picture: kept for picture, names in pairs.items() if (kept := _preferred(names))}
    other = {name for picture, kept in single.items() for name in pairs[picture] if name != kept}
    return FolderMasks(
        of=single,
        folders=tuple(sorted({_outermost(name) for name in single.values()})),
        drawn=tuple(sorted(drawn | other)),
        stray=tuple(stray),
        several={picture: tuple(names) for picture, names in pairs.items() if picture not in single},
    )


@cache
def role_of(folder: str) -> str:
    """What a folder's name says of its files: `mask`, `picture` or `drawn`; empty where it may say what they show."""
    words = words_in(folder)
    if set(words) & SPLITS.keys():  # `ISIC2018_Task1_Training_Input`: no class is called so
        for role, known in (("mask", MASK_WORDS), ("picture", PICTURE_WORDS)):
            if set(words) & known - NEUTRAL or (words[-1] in known and not split_of(folder)):
                return role
    if not words or not set(words) <= BESIDE | MASK_WORDS | PICTURE_WORDS | DRAWN_WORDS:
        return ""
    for role, known in (("drawn", DRAWN_WORDS), ("mask", MASK_WORDS), ("picture", PICTURE_WORDS)):
        if set(words) & known and (role != "drawn" or len(words) > 1 or words[0] in ALONE):
            return "mask" if role == "drawn" and {*words} <= TRUE_OBJECTS else role
    return "picture" if set(words) & NEUTRAL else ""


def _is_drawn(name: str) -> bool:
    return _lies_in(name, "drawn") or bool(DRAWN_ENDING.search(_stem(name)))


def _lies_in(name: str, role: str) -> bool:
    return any(role_of(part) == role for part in name.split("/")[:-1])


def _masks_by_folder(
    names: Sequence[str], images: Mapping[str, Path], looks_like_mask: Callable[[Path], bool]
) -> set[str]:
    """Files of folders that are called so, or whose PNGs look so, where images elsewhere have their names."""
    inside: dict[str, list[str]] = defaultdict(list)
    for name in names:
        folder = name.rpartition("/")[0]
        while folder:
            inside[folder].append(name)
            folder = folder.rpartition("/")[0]
    masks: set[str] = set()
    by_name = [folder for folder in inside if role_of(PurePosixPath(folder).name) == "mask"]
    others = [folder for folder in inside if folder not in by_name]
    for folder in (*sorted(by_name, key=_depth), *sorted(others, key=_depth)):
        found = [name for name in inside[folder] if name not in masks]
        some = [images[name] for name in found[:LOOKED_INTO]]
        drawn = found and all(suffix_of(name).lower() == ".png" for name in found) and all(map(looks_like_mask, some))
        if not found or not (drawn or (folder in by_name and _is_plain(folder, some, looks_like_mask))):
            continue
        taken = masks | set(found)
        keys = _Keys(name for name in names if name not in taken)
        if 2 * sum(keys.picture_of(name) is not None for name in found) >= len(found):
            masks = taken
    return masks


def _is_plain(folder: str, some: Sequence[Path], looks_like_mask: Callable[[Path], bool]) -> bool:
    """Whether a folder called `masks` holds masks; one called `mask` may be a class, and hold photographs."""
    photographs = all(path.suffix.lower() in (".jpg", ".jpeg") for path in some)
    return PurePosixPath(folder).name.lower() != "mask" or not photographs or any(map(looks_like_mask, some))


def _masks_of_none(
    names: Sequence[str], images: Mapping[str, Path], looks_like_mask: Callable[[Path], bool]
) -> set[str]:
    """Files of folders that are called `masks` and look so, though their names are those of no image."""
    inside: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if _lies_in(name, "mask"):
            inside[name.rpartition("/")[0]].append(name)
    found = {
        name
        for files in inside.values()
        for name in files
        if all(looks_like_mask(images[file]) for file in files[:LOOKED_INTO])
    }
    return found if len(found) < len(names) else set()


def _masks_by_ending(names: Sequence[str]) -> set[str]:
    """Files such as `a_mask.png` where there is an `a.jpg`."""
    ending = {name for name in names if _mask_core(name) != _stem(name)}
    keys = _Keys(name for name in names if ending and name not in ending)
    return {name for name in ending if keys.picture_of(name)}


def _masks_by_suffix(
    names: Sequence[str], images: Mapping[str, Path], looks_like_mask: Callable[[Path], bool]
) -> set[str]:
    """Each `a.png` beside an `a.jpg`, if those that are looked into look like masks."""
    photographs = {id_of(name) for name in names if suffix_of(name).lower() in (".jpg", ".jpeg")}
    twins = [name for name in names if suffix_of(name).lower() == ".png" and id_of(name) in photographs]
    return set(twins) if all(looks_like_mask(images[name]) for name in twins[:LOOKED_INTO]) else set()


class _Keys:
    """Finds the image of a mask: of its name and folders, then of the common part, then wherever there is one only."""

    def __init__(self, pictures: Iterable[str]):
        self._whole: dict[tuple[tuple[str, ...], str], str] = {}
        self._core: dict[tuple[tuple[str, ...], str], str] = {}
        self._anywhere: dict[str, list[str]] = defaultdict(list)
        for name in pictures:
            folders, stem = _folders(name), _stem(name)
            core = PICTURE_BEGINNING.sub("", PICTURE_ENDING.sub("", stem)) or stem
            self._whole.setdefault((folders, stem), name)
            self._core.setdefault((folders, core), name)
            for key in {stem, core}:
                self._anywhere[key].append(name)

    def picture_of(self, mask: str) -> str | None:
        """The image; None where there is none, or several."""
        folders, stem, core = _folders(mask), _stem(mask), _mask_core(mask)
        for key in (stem, core):
            if found := self._whole.get((folders, key)) or self._core.get((folders, key)):
                return found
        for key in (stem, core):
            near = [name for name in self._anywhere.get(key, ()) if _one_ends_other(_folders(name), folders)]
            if near:
                return near[0] if len(near) == 1 else None
        apart = {name for key in (stem, core) for name in self._anywhere.get(key, ())}
        near = [name for name in apart if _without_splits(name) == _without_splits(mask)]
        return near[0] if len(near) == 1 else None


def _pairs(pictures: Sequence[str], masks: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Masks of each image, and those of none."""
    keys = _Keys(pictures)
    pairs: dict[str, list[str]] = defaultdict(list)
    stray = []
    for mask in masks:
        picture = keys.picture_of(mask)
        if picture is None:
            stray.append(mask)
        else:
            pairs[picture].append(mask)
    return pairs, stray


def _preferred(masks: Sequence[str]) -> str:
    """The mask of an image; of Cityscapes' files that of the training ids. Empty where it is not clear."""
    for ending in ("_labeltrainids", "_labelids"):
        found = [name for name in masks if _stem(name).endswith(ending)]
        if len(found) == 1:
            return found[0]
    return masks[0] if len(masks) == 1 else ""


def _folders(name: str) -> tuple[str, ...]:
    """Folders of a file but those that say what kind of file it is; splits by their plain names."""
    return _plain_folders(name.rpartition("/")[0])


@cache
def _plain_folders(folder: str) -> tuple[str, ...]:
    parts = folder.split("/")
    plain = (_split_in(part) if role_of(part) else split_of(part) or part.casefold() for part in parts)
    return tuple(filter(None, plain))


def _split_in(folder: str) -> str:
    """Split of a folder of pictures or masks, whatever other words it has."""
    found = {SPLITS[word] for word in words_in(folder) if word in SPLITS}
    return found.pop() if len(found) == 1 else ""


def _without_splits(name: str) -> tuple[str, ...]:
    """Folders of a file that say what it shows."""
    return tuple(p.casefold() for p in name.split("/")[:-1] if not role_of(p) and not split_of(p))


def _stem(name: str) -> str:
    """File name without suffixes of images, in small letters: `a` of `A.jpg.png`."""
    return without_suffix(without_suffix(name.rpartition("/")[2])).casefold()


def _mask_core(name: str) -> str:
    stem = DRAWN_ENDING.sub("", _stem(name))
    return MASK_BEGINNING.sub("", MASK_ENDING.sub("", stem)) or stem


def _one_ends_other(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    short, long = sorted((one, other), key=len)
    return long[len(long) - len(short) :] == short


def _outermost(name: str) -> str:
    """Folder of masks that a file lies in; empty if none is called so."""
    parts = name.split("/")[:-1]
    level = next((number for number, part in enumerate(parts) if role_of(part) == "mask"), None)
    return "/".join(parts if level is None else parts[: level + 1])


def _depth(folder: str) -> tuple[int, str]:
    return folder.count("/"), folder
