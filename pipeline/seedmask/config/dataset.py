"""Settings of the data set: where the pictures are and how they are cut into shards."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from seedmask.config.base import Name, PositiveInt, Settings

MOST_SIDE = 16_384
"""Longest side in pixels that is read at all: 800 MB as RGB. A file of some kB can claim any size."""


class DatasetBase(Settings):
    """What every format has."""

    name: Name
    """Folder under `results/` that holds everything made from this data set."""
    root: str
    """Folder of the pictures, relative to the working directory."""
    shard_size: PositiveInt = 32
    """Images in one job; a job should take one to five minutes (128-512 on a GPU)."""
    max_side: Annotated[int, Field(gt=0, le=MOST_SIDE)] = 2048
    """Longest side in pixels that is worked on; a larger picture is refused by name."""


class FolderDataset(DatasetBase):
    """A folder of pictures with `tags.csv`, and optionally `classes.txt`, `splits.csv` and `masks/`."""

    format: Literal["folder"] = "folder"
    """Layout of the data set."""
    pictures: str | None = None
    """Folder of the pictures, relative to `root`, where they lie elsewhere; those that `splits.csv` names are taken."""
    masks: str = "masks"
    """Folder of truth masks, relative to `root`; it need not exist."""


class VocDataset(DatasetBase):
    """PASCAL VOC layout: `JPEGImages`, `Annotations`, `ImageSets`, `SegmentationClass`."""

    format: Literal["voc"] = "voc"
    """Layout of the data set."""
    splits: dict[Name, str] = {  # noqa: RUF012  pydantic copies it
        "train": "ImageSets/Segmentation/train.txt",
        "val": "ImageSets/Segmentation/val.txt",
    }
    """List of image ids for each split, relative to `root`."""
    masks: str = "SegmentationClass"
    """Folder of truth masks, relative to `root`; it need not exist."""


Dataset = Annotated[FolderDataset | VocDataset, Field(discriminator="format")]


def read_dataset(settings: Mapping[str, Any]) -> Dataset:
    """The data set of settings that were checked before."""
    return TypeAdapter(Dataset).validate_python(settings)  # pyright: ignore[reportArgumentType]  an annotated union
