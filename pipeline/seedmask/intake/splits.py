"""Splits in the names of folders, columns and lists, for every kind of labels and masks."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SPLITS = {
    "train": "train", "training": "train", "tr": "train", "trn": "train",
    "val": "val", "valid": "val", "validation": "val", "dev": "val",
    "test": "test", "testing": "test", "te": "test", "ts": "test", "tst": "test",
}  # fmt: skip
"""Words that stand for splits, in small letters."""
UNTAGGED = "untagged"
"""Split of images without tags: they are predicted, and nothing is learned from them."""
PREDICTED = {"unlabelled": UNTAGGED, "unlabeled": UNTAGGED, "untagged": UNTAGGED}
"""Words for images without labels; they count beside folders of splits only."""
NO_SPLIT = frozenset(("unassigned",))
"""Words of tables that leave the split of an image open."""
SHORT = frozenset(("te", "tr", "trn", "ts", "tst"))
"""Words that stand for a split only behind another word, as in `imagesTr`."""
NEUTRAL = frozenset(
    ("annot", "annotations", "aug", "data", "dataset", "default", "dir", "folder", "gt", "id", "ids", "image", "images",
     "img", "imgs", "instances", "jpg", "labels", "list", "masks", "photos", "pictures", "png", "seg", "set", "split",
     "stage")
)  # fmt: skip
"""Words that may stand beside the word for a split."""
JOINED = re.compile(r"(default|train|val|test)(annot|data|images|labels?|masks?|set)")
"""Words that are often written as one."""
MIXED = 2
"""So many splits on one level make it a level of splits, though it has other folders too."""


def split_of(name: str) -> str:
    """Split that a name stands for: `train` of `train2017`, `imagesTr`, `Training_images`; empty if it is none."""
    words = words_in(name)
    found = [word for word in words if word in SPLITS]
    others = [word for word in words if word not in SPLITS]
    if len(found) != 1 or not set(others) <= NEUTRAL or (found[0] in SHORT and not others):
        return ""
    return SPLITS[found[0]]


def split_of_word(word: str) -> str:
    """Split that a cell stands for: `train` of `Training set`; empty if it is none."""
    word = word.lower()
    return SPLITS.get(word) or PREDICTED.get(word) or split_of(word)


def split_of_list(name: str) -> str:
    """Split that the name of a list or table stands for; `train` also of `trainval`, which holds both."""
    words = [word for word in words_in(name) if word not in NEUTRAL]
    return "train" if words in (["train", "val"], ["trainval"]) else split_of(name)


def only_split_in(name: str) -> str:
    """Split of the only word for one in a name, whatever the other words; empty where there is none, or several."""
    found = {SPLITS[word] for word in words_in(name) if word in SPLITS and word not in SHORT}
    return found.pop() if len(found) == 1 else ""


def words_in(name: str) -> list[str]:
    """Words of a name in small letters: `images`, `tr` of `imagesTr`; `train`, `annot` of `trainannot`."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]
    joined = ((word, JOINED.fullmatch(word)) for word in words)
    return [part for word, found in joined for part in (found.groups() if found else (word,))]


@dataclass(frozen=True)
class FolderSplits:
    """Splits that folders stand for.

    Args:
        of: split of each image below such a folder, by its path.
        level: which folder of the paths it is, from 0; None where no folder stands for a split.
        rule: how it was found, for people; empty where there is none.
        others: folders on the same level that stand for no split.
    """

    of: Mapping[str, str] = field(default_factory=dict)
    level: int | None = None
    rule: str = ""
    others: tuple[str, ...] = ()


def folder_splits(images: Iterable[str]) -> FolderSplits:
    """The outermost level of folders that stand for splits: all of them do, or at least two with `train` do.

    A folder `train` beside `bus` and `car` is a class; `cars_train` and `cars_test` differ in the split alone.

    Args:
        images: paths with `/`.
    """
    folders = {image: image.split("/")[:-1] for image in images}
    for level in range(max(map(len, folders.values()), default=0)):
        names = {image: parts[level] for image, parts in folders.items() if level < len(parts)}
        splits = {name: split_of(name) for name in set(names.values())}
        if not any(splits.values()):
            splits = _differing_splits(splits)
        found, others = set(filter(None, splits.values())), sorted(name for name, split in splits.items() if not split)
        mixed = len(found) >= MIXED and "train" in found
        if found and (mixed or not others):
            splits |= {name: PREDICTED.get(name.lower(), "") for name in others}
            of = {image: splits[name] for image, name in names.items() if splits[name]}
            listed = ", ".join(f"{name}/" for name in sorted(splits) if splits[name])
            return FolderSplits(of, level, f"folders {listed}", tuple(name for name in others if not splits[name]))
    return FolderSplits()


def _differing_splits(names: Iterable[str]) -> dict[str, str]:
    """Splits of names that are equal but for their words of splits; none where a name has other words."""
    words = {name: [word for word in words_in(name) if word not in NEUTRAL] for name in names}
    found = {name: [SPLITS[word] for word in parts if word in SPLITS] for name, parts in words.items()}
    others = {tuple(word for word in parts if word not in SPLITS) for parts in words.values()}
    splits = {name: parts[0] if len(parts) == 1 else "" for name, parts in found.items()}
    several = len(others) == 1 and len(set(splits.values())) >= MIXED and "train" in splits.values()
    return splits if several and all(splits.values()) else dict.fromkeys(words, "")
