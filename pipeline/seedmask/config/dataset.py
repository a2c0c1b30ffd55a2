"""Settings of the data set: where the pictures are and how they are cut into shards."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, TypeAdapter, model_validator

from seedmask.config.base import Name, PositiveInt, Settings

MOST_SIDE = 16_384
"""Longest side in pixels that is read at all: 800 MB as RGB. A file of some kB can claim any size."""
LONGEST_SIDE = 2048
"""Longest side in pixels that is worked on where nothing else is said."""


def _ordered(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] >= pair[1]:
        raise ValueError(f"{pair[0]:g} to {pair[1]:g} is no range; the first number is the smaller one")
    return pair


Percent = Annotated[float, Field(ge=0, le=100)]


class Percentiles(Settings):
    """A range that is found once over all pictures of the data set, those of every split."""

    percentiles: Annotated[tuple[Percent, Percent], AfterValidator(_ordered)]
    """Shares in percent of all values of the chosen bands, like `[2, 98]`; the values there become 0 and 255."""


def _way(value: Any) -> str:
    """The member of the union that a value is meant for, so that errors are about that one alone."""
    return "percentiles" if isinstance(value, Mapping | Percentiles) else "values"


Range = Annotated[
    Annotated[tuple[float, float], AfterValidator(_ordered), Tag("values")]
    | Annotated[Percentiles, Tag("percentiles")],
    Discriminator(_way),
]
Band = Annotated[int, Field(ge=1, le=1_000)]


def _grey_or_rgb(bands: tuple[int, ...]) -> tuple[int, ...]:
    if len(bands) not in (1, 3):
        raise ValueError(f"{len(bands)} bands, expected 3 (red, green, blue) or 1 (grey)")
    return bands


class DatasetBase(Settings):
    """What every format has."""

    name: Name
    """Folder under `results/` that holds everything made from this data set."""
    root: str
    """Folder of the pictures, relative to the working directory."""
    shard_size: PositiveInt = 32
    """Images in one job; a job should take one to five minutes (128-512 on a GPU)."""
    max_side: Annotated[int, Field(gt=0, le=MOST_SIDE)] = LONGEST_SIDE
    """Longest side in pixels that is worked on; a larger picture is refused by name."""
    working_side: Annotated[int, Field(ge=64, le=MOST_SIDE)] | None = None
    """Longest side in pixels that pictures are read at, like 2048: larger ones are shrunk, and all is made and scored
    at that size; masks and predictions are exported at the size of the picture. For things that stay visible then."""
    tiles: Annotated[int, Field(ge=64, le=MOST_SIDE)] | None = None
    """Longest side in pixels of the tiles that larger pictures are cut into, like 1024, without overlap: each has the
    tags of its picture, and what is exported is put together again. For small things in large pictures."""
    bands: Annotated[tuple[Band, ...], AfterValidator(_grey_or_rgb)] | None = None
    """Bands of the pictures that become red, green and blue, like `[3, 2, 1]`, or of one that becomes grey, counted
    from 1; without it, the colours that the files name."""
    range: Range | None = None
    """Values of the pictures that become 0 and 255, like `[0, 4000]` or `{percentiles: [2, 98]}`; others follow
    linearly, clipped. Needed for more than 8 bits."""
    background: bool = True
    """Whether a pixel may belong to no class, which masks write as 0; `false` where every pixel belongs to one, as in
    Cityscapes and ADE20K."""

    def scored_list(self, split: str) -> str | None:  # noqa: ARG002  few formats have lists
        """The list that names the scored images of a split, relative to `root`; None where no list does."""
        return None

    @property
    def tags_from_truth(self) -> bool:
        """Whether pictures of `train` are tagged with the classes in their truth masks."""
        return False

    @property
    def readable_side(self) -> int:
        """Longest side in pixels of a picture that is read."""
        return self.max_side if self.working_side is None and self.tiles is None else MOST_SIDE

    @model_validator(mode="after")
    def _one_way_for_large_pictures(self):
        ways = {"working_side": self.working_side, "tiles": self.tiles}
        ways |= {"max_side": None if self.max_side == LONGEST_SIDE else self.max_side}
        given = [f"`{name}: {side}`" for name, side in ways.items() if side is not None]
        if len(given) > 1:
            raise ValueError(
                f"{' and '.join(given)} exclude each other: `working_side` shrinks larger pictures, `tiles` cuts them, "
                "`max_side` refuses them; keep one"
            )
        return self

    @property
    def truth_recipe(self) -> str | None:
        """How truth masks are rendered from objects that overlap; None where files hold the masks."""
        return None


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
    """Folder of truth masks, relative to `root`; it need not exist. Pictures of `train` without one are not scored."""
    training_masks: str | None = None
    """Folder of truth masks that trainings and simulated labels read in the place of those that are scored, relative to
    `root`, such as `SegmentationClassAug`."""
    score_lists: dict[Name, str] = {}  # noqa: RUF012  pydantic copies it
    """List of the pictures of a split that are scored, relative to `root`, where not all with a mask are: `train` of
    VOC within its augmented list."""
    tags: str | None = None
    """File of tags, relative to `root`, in the place of annotations: lines of an id and the numbers of its classes,
    counted from 0, like `2007_000032 0 14`, or a `.npy` of a row of 0 and 1 for each id, as `cls_labels.npy`."""
    difficult: bool = True
    """Whether objects that annotations mark as `difficult` count as tags."""

    def scored_list(self, split: str) -> str | None:
        """The list that names the scored images of a split, relative to `root`."""
        return self.score_lists.get(split, self.splits.get(split))


class CocoSplit(Settings):
    """A split of a COCO set."""

    images: str
    """Folder of the pictures, relative to `root`."""
    annotations: str | None = None
    """JSON of COCO's instances, relative to `root`, which lists the pictures; without it, all of the folder are taken
    and nothing is known of them, as of `test2014`."""


class CocoDataset(DatasetBase):
    """COCO layout: `train2014`, `val2014` and `annotations`, or those of 2017."""

    format: Literal["coco"] = "coco"
    """Layout of the data set."""
    splits: dict[Name, CocoSplit] = {}  # noqa: RUF012  pydantic copies it
    """Folder and JSON of each split; without it, those of 2014 or of 2017, whichever are there."""
    masks: Literal["smallest_on_top", "recam", "coco2voc", "none"] = "smallest_on_top"
    """How truth masks are drawn from objects that overlap: smaller ones above, crowds ignored; as ReCAM's script or
    coco2voc draws them; or not at all."""
    empty: Literal["keep", "drop"] = "keep"
    """Whether pictures without an annotation belong to the set; lists of published methods leave them out."""

    def scored_list(self, split: str) -> str | None:
        """The file that names the scored images of a split, relative to `root`."""
        return self.splits[split].annotations if split in self.splits else None

    @property
    def truth_recipe(self) -> str | None:
        """How truth masks are rendered from objects that overlap."""
        return None if self.masks == "none" else self.masks


OTHER_WAYS = ("max_side", "tiles")
"""What may be said of large pictures in the place of `working_side`."""


class SceneDataset(DatasetBase):
    """What layouts share in which every pixel has a class, and nothing but truth says what a picture shows."""

    background: bool = False
    """Whether a pixel may belong to no class, which masks write as 0; here none does."""
    tags: Literal["truth", "none"] = "truth"
    """What gives the tags of `train`: its truth masks, as simulated tags are made, or nothing, where labels of your own
    say alone what a picture shows."""

    @property
    def tags_from_truth(self) -> bool:
        """Whether pictures of `train` are tagged with the classes in their truth masks."""
        return self.tags == "truth"


class CityscapesDataset(SceneDataset):
    """Cityscapes layout: `leftImg8bit` and `gtFine`, with folders of splits and cities."""

    format: Literal["cityscapes"] = "cityscapes"
    """Layout of the data set."""
    masks: Literal["labelIds", "labelTrainIds"] = "labelIds"
    """Truth masks that are read, `…_gtFine_labelIds.png` of the release or `…_gtFine_labelTrainIds.png` that its tools
    make; both give the 19 classes that are scored."""


class Ade20kDataset(SceneDataset):
    """ADE20K layout of SceneParse150: `images`, `annotations`, `objectInfo150.txt`."""

    format: Literal["ade20k"] = "ade20k"
    """Layout of the data set."""
    working_side: Annotated[int, Field(ge=64, le=MOST_SIDE)] | None = LONGEST_SIDE
    """Longest side in pixels that pictures are read at: the few that are larger are shrunk, unless `tiles` cuts or
    `max_side` refuses them; predictions are exported at the size of the picture."""

    @model_validator(mode="before")
    @classmethod
    def _shrunk_unless_another_way_is_given(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and "working_side" not in values and not values.keys().isdisjoint(OTHER_WAYS):
            return {**values, "working_side": None}
        return values


class AutoDataset(DatasetBase):
    """A folder as people have it, read as `seedmask init` reads it, each time it has changed; no table is written."""

    format: Literal["auto"] = "auto"
    """Layout of the data set."""
    labels: str | None = None
    """Kind of labels, or file of labels below `root`, where there are several."""
    image_column: str | None = None
    """Column of a table that names the pictures."""
    label_column: tuple[str, ...] = ()
    """Columns of a table that hold tags; `[each]` for a column of 0 and 1 for each class."""
    separator: str | None = None
    """What stands between the tags of one cell; `none` where it is one tag."""
    split_from: Literal["labels", "folders", "none"] | None = None
    """What gives splits: columns and lists, folders, or nothing, which makes all `train`."""
    masks: str | None = None
    """Folder of truth masks below `root`, where there are several; `none` leaves masks out."""
    classes: str | None = None
    """Names for labels that hold numbers alone: `voc`, `coco`, or a file with a name a line."""
    unmatched: bool = False
    """Whether labels of many pictures that are not there are left out."""


Dataset = Annotated[
    FolderDataset | VocDataset | CocoDataset | CityscapesDataset | Ade20kDataset | AutoDataset,
    Field(discriminator="format"),
]


def read_dataset(settings: Mapping[str, Any]) -> Dataset:
    """The data set of settings that were checked before."""
    return TypeAdapter(Dataset).validate_python(settings)  # pyright: ignore[reportArgumentType]  an annotated union
