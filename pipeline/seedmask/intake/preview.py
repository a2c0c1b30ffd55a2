"""A few images of a folder with the tags and masks that were read: a person sees in a second that they are wrong."""

import base64
import html
import io
from itertools import islice
from pathlib import Path

from PIL import Image

from seedmask.dataset.images import load_image
from seedmask.intake.contents import Contents
from seedmask.intake.facts import picture_reading
from seedmask.labels import LabelSet
from seedmask.report.cells import LONGEST, Cell, labels_cell
from seedmask.report.drawing import small_image
from seedmask.report.sheet import Sheet, SheetLine, draw_overview
from seedmask.storage.files import write_atomic

SHOWN = 12


def examples(contents: Contents, number: int = SHOWN) -> list[str]:
    """Images of all classes in turn, then others from all over the folder."""
    by_class: dict[str, list[str]] = {name: [] for name in contents.classes}
    for image, tags in contents.tags.items():
        for name in tags:
            by_class[name].append(image)
    turns = max(map(len, by_class.values()), default=0)
    in_turn = (images[turn] for turn in range(min(turns, number)) for images in by_class.values() if turn < len(images))
    everything = list(contents.splits)
    spread = everything[:: max(len(everything) // number, 1)]
    return list(islice(dict.fromkeys((*in_turn, *spread)), number))


def draw_preview(contents: Contents) -> Image.Image:
    """A contact sheet: image with tags | mask, a line an image."""
    labels, lines = LabelSet(tuple(contents.classes)), []
    for image in examples(contents):
        split, tags = contents.splits[image], contents.tags.get(image)
        said = "no tags" if tags is None else ", ".join(tags) or "none of the classes"
        mask = contents.draw_mask(image)
        cells = [_image_cell(contents, image, said)]
        cells.append(Cell(None, "no mask") if mask is None else labels_cell(mask, labels))
        lines.append(SheetLine(contents.id(image), split, tuple(cells)))
    columns = (("image", "tags"), ("mask", "truth"))
    return draw_overview([Sheet(str(contents.scan.folder), "", columns, tuple(lines))], labels)


def _image_cell(contents: Contents, image: str, said: str) -> Cell:
    """An image with its tags; none where the job `index` has to find how bright it is."""
    if contents.options.percentiles:
        return Cell(None, f"{said} (the range is found by the job `index`)")
    pixels = load_image(contents.scan.images[image], picture_reading(contents.options))
    return Cell(small_image(pixels, LONGEST), said)


def write_preview(path: Path, contents: Contents) -> None:
    """Write the sheet as a page of HTML, or as a PNG where the file is called so."""
    data = io.BytesIO()
    draw_preview(contents).save(data, format="PNG")
    if path.suffix.lower() == ".png":
        write_atomic(path, data.getvalue())
        return
    title = html.escape(f"{contents.scan.folder} as it was read")
    picture = base64.b64encode(data.getvalue()).decode()
    shown = f'<img alt="{title}" src="data:image/png;base64,{picture}">'
    write_atomic(path, f'<!doctype html><meta charset="utf-8"><title>{title}</title>{shown}'.encode())
