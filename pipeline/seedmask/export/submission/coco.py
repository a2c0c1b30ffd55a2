"""MS COCO: the results file of its segmentation server, a JSON list in a zip file.

No server of COCO scores masks of classes. That of detection (`segm`) takes masks of the 80 categories, so each class of
a picture goes in as one object of score 1; that of stuff wants the categories 92 to 183 instead. The JSON has the name
of the archive, `detections_<test set>_<algorithm>_results`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from seedmask.dataset.formats.coco_categories import CATEGORIES
from seedmask.dataset.outlines import mask_api
from seedmask.errors import SeedmaskError
from seedmask.export.submission.archives import DAMAGED, damaged, read_list, write_list
from seedmask.export.submission.benchmark import Benchmark, Size
from seedmask.methods.coco_rle import decode_runs
from seedmask.methods.weak_labels import Labels

IDS = tuple(CATEGORIES.values())
FIELDS = {"image_id", "category_id", "segmentation", "score"}


@dataclass(frozen=True)
class ObjectList:
    """The list of objects, one a line, so that it is written and read back in little memory."""

    suffixes: tuple[str, ...] = (".zip",)
    """End of the archive's name."""

    def write(self, stream: BinaryIO, name: str, masks: Iterable[tuple[str, Labels]]) -> None:
        """Write the archive, one picture at a time; background is left out."""
        write_list(stream, f"{name}.json", _results(masks))

    def check(self, stream: BinaryIO, name: str, sizes: Mapping[str, Size]) -> None:
        """Read the archive as the server does; see `ArchiveForm`. A picture without objects has no entry."""
        expected = {image_id(stem): size for stem, size in sizes.items()}
        try:
            for line, result in read_list(stream, f"{name}.json"):
                _check(f"{name}.json line {line}", result, expected)
        except DAMAGED as error:
            raise damaged(error) from None


def _results(masks: Iterable[tuple[str, Labels]]) -> Iterator[dict[str, Any]]:
    encode = mask_api().encode
    for stem, mask in masks:
        for label in np.unique(mask[mask > 0]).tolist():
            code = encode(np.asfortranarray(mask == label, np.uint8))
            yield {
                "image_id": image_id(stem),
                "category_id": IDS[label - 1],
                "segmentation": {"size": code["size"], "counts": code["counts"].decode()},
                "score": 1.0,
            }


def _check(where: str, result: Any, sizes: Mapping[int, Size]) -> None:
    if not isinstance(result, dict) or set(result) != FIELDS:
        raise SeedmaskError(f"{where}: is not an object with {', '.join(sorted(FIELDS))}")
    if (image := result["image_id"]) not in sizes:
        raise SeedmaskError(f"{where}: image_id {image} is not of the split")
    if (category := result["category_id"]) not in IDS:
        raise SeedmaskError(f"{where}: image_id {image} has category_id {category}, which COCO does not have")
    height, width = sizes[image]
    size, counts = result["segmentation"]["size"], result["segmentation"]["counts"]
    if size != [height, width]:
        raise SeedmaskError(
            f"{where}: image_id {image} has a mask of {size[1]} x {size[0]} pixels, and the picture has "
            f"{width} x {height}"
        )
    if not decode_runs(counts, height, width).any():
        raise SeedmaskError(f"{where}: image_id {image} has an empty mask of category_id {category}")


def image_id(stem: str) -> int:
    """Id of a picture: 42 of `COCO_val2014_000000000042`, and of `000000000042`."""
    return int(stem.rpartition("_")[2])


COCO = Benchmark(
    title="MS COCO",
    classes=tuple(CATEGORIES),
    background=True,
    names=r"(COCO_[a-z0-9]+_)?\d{12}",
    example="000000000042 or COCO_test2014_000000000042",
    pictures=20_288,
    form=ObjectList(),
)
"""Pictures are those of test-dev2017."""
