"""What the columns of a table hold: names of images, tags, yes and no for a class, splits, confidences."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from seedmask.errors import SeedmaskError
from seedmask.intake.names import PictureNames, without_suffix
from seedmask.intake.options import Choice, QuestionError, ReadingOptions
from seedmask.intake.splits import NO_SPLIT, SPLITS, split_of_word, words_in
from seedmask.intake.table_files import TableFile
from seedmask.intake.words import MARKS, NO, UNKNOWN, YES

IMAGES = frozenset(
    ("archivo", "bild", "bilddatei", "bildname", "datei", "dateiname", "dateipfad", "externalid", "fichier", "file",
     "filename", "filenames", "filepath", "fname", "image", "imagefile", "imagefilename", "imageid", "imageindex",
     "imagen", "imagename", "imagepath", "images", "imageuri", "imageurl", "img", "imgid", "imgname", "imgpath",
     "immagine", "isicid", "path", "photo", "photoid", "picture", "pictures", "relpath", "uri", "url")
)  # fmt: skip
"""Headers of columns that name images, without their signs and in small letters."""
PERHAPS_IMAGES = frozenset(("", "data", "id", "key", "name", "sample", "sampleid"))
"""Headers that may."""
LABELS = frozenset(
    ("categoria", "categorie", "categories", "category", "categoryid", "categoryname", "choice", "choices", "clase",
     "class", "classe", "classes", "classid", "classification", "classname", "etiqueta", "etiquette", "finding",
     "findinglabels", "findings", "kategorie", "klasse", "klassen", "label", "labelid", "labelname", "labelnames",
     "labels", "schlagwort", "schlagworte", "schlagworter", "species", "tag", "tags", "target")
)  # fmt: skip
"""Headers of columns that hold tags."""
SPLIT = frozenset(("dataset", "fold", "kfold", "partition", "phase", "set", "split", "splits", "subset", "usage"))
NUMBERED_SPLIT = frozenset(("fold", "folds", "kfold", "partition", "split", "splits"))
"""Headers of columns, and words of names of lists, whose numbers stand for splits."""
FLAGS = {
    "istrain": ("train", "test"), "istraining": ("train", "test"), "istrainingimage": ("train", "test"),
    "istrainingimg": ("train", "test"), "isval": ("val", "train"), "isvalid": ("val", "train"),
    "isvalidation": ("val", "train"), "istest": ("test", "train"), "istesting": ("test", "train"),
}  # fmt: skip
"""Splits of the images with yes and with no in columns of these headers."""
MOST_SPLITS = 10
"""Numbers of a column that may stand for splits."""
CONFIDENCE = frozenset(("confidence", "present", "probability", "score", "value"))
"""Headers of columns that say how sure a tag is; 0 is its absence."""
OTHERS = frozenset(
    ("age", "annotationid", "annotator", "appa", "area", "author", "camera", "checked", "completedby", "createdat",
     "date", "device", "dxtype", "female", "frontallateral", "gender", "height", "isclipped", "isdepiction",
     "isgroupof", "isinside", "isoccluded", "istruncated", "leadtime", "license", "location", "male", "patient",
     "patientid", "photographer", "reviewed", "sex", "source", "time", "timestamp", "title", "updatedat", "verified",
     "view", "viewposition", "width", "xmax", "xmin", "ymax", "ymin")
)  # fmt: skip
"""Headers of columns about other things; they are no tags beside others, and asked about alone."""
ENOUGH = 0.5
"""Share of the names of a column that mean images."""
NUMBER = re.compile(r"[-+]?(\d+,\d+|[\d.]+(e[-+]?\d+)?)", re.IGNORECASE)
NUMBERS = re.compile(r"[\[(]?\s*[-+]?[\d.]+([\s,;]+[-+]?[\d.]+)*\s*[\])]?")
"""One number or several, such as boxes and runs of pixels."""
DATE = re.compile(r"(\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{2,4})([T ][\d:.Z+-]+)?|\d\d?(:\d\d){1,2}")
MOST_TITLES = 6
"""Rows that are looked at for a header."""
SENTENCE = 2.5
"""Words of a value, on average, from which it is a sentence."""

EACH = "each"
"""Choice of every column with yes and no, as one of a class each."""


@dataclass(frozen=True)
class Column:
    """A column of a table, from its first rows.

    Args:
        place: number, from 0.
        header: its name; empty where the table has none.
        values: its cells that are not empty, without spaces around them.
    """

    place: int
    header: str
    values: tuple[str, ...]

    @cached_property
    def key(self) -> str:
        """The header without signs, numbers behind it, accents and capital letters."""
        return key_of(self.header)

    @cached_property
    def distinct(self) -> tuple[str, ...]:
        """The different values."""
        return tuple(dict.fromkeys(self.values))

    @cached_property
    def is_number(self) -> bool:
        """Whether all values are numbers."""
        return all(NUMBER.fullmatch(value) for value in self.distinct)

    @cached_property
    def is_yes_no(self) -> bool:
        """Whether all values are yes, no or unknown; single letters are where they go together."""
        values = {value.lower() for value in self.distinct}
        letters = values - {"nan"}
        bare = letters <= frozenset("xytfn")
        return values <= YES | NO | UNKNOWN and (
            not bare or (bool(letters) and any(letters <= marks for marks in MARKS))
        )

    @cached_property
    def is_measure(self) -> bool:
        """Whether all values are dates, or several numbers each, such as boxes and runs of pixels."""
        return bool(self.values) and (
            all(map(DATE.fullmatch, self.distinct)) or all(map(NUMBERS.fullmatch, self.distinct))
        )

    @cached_property
    def is_text(self) -> bool:
        """Whether the values are sentences, of which none repeats, and no lists of tags."""
        parts = [part.split() for value in self.values for part in re.split(r"[|;,\[\]{}]", value) if part.strip()]
        long = sum(map(len, parts)) >= SENTENCE * len(parts)
        return len(self.values) > 1 and len(self.distinct) == len(self.values) and long

    @cached_property
    def is_paths(self) -> bool:
        """Whether all values are files of images, such as masks."""
        return bool(self.values) and all(without_suffix(value) != value for value in self.distinct)

    @cached_property
    def is_index(self) -> bool:
        """Whether the values are the numbers of the rows, which pandas and spreadsheets write without a header."""
        numbers = [int(value) for value in self.values if value.isdecimal()]
        counts = len(numbers) == len(self.values) > 0 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        return counts and self.key in ("", "unnamed", "index")

    @property
    def title(self) -> str:
        """Name for people, and for options."""
        return self.header or str(self.place + 1)

    def examples(self, number: int = 4) -> str:
        """Some values for a message."""
        shown = ", ".join(value[:40] for value in self.distinct[:number])
        return shown + (", ..." if len(self.distinct) > number else "")


@dataclass(frozen=True)
class Columns:
    """The columns of a table.

    Args:
        path: the file.
        header: whether the first row is one.
        images: the column that names images.
        labels: columns that hold tags.
        classes: columns for one class each, which hold yes and no.
        split: the column of splits.
        flags: columns of yes and no that give splits, with the split of either; empty where it says nothing.
        confidence: the column whose 0 says that a tag is absent.
        notes: what was decided.
        sure: whether a header says which columns are tags.
        others: all columns but that of the images.
    """

    path: Path
    header: bool
    images: Column
    labels: tuple[Column, ...] = ()
    classes: tuple[Column, ...] = ()
    split: Column | None = None
    flags: tuple[tuple[Column, str, str], ...] = ()
    confidence: Column | None = None
    notes: tuple[str, ...] = ()
    sure: bool = True
    others: tuple[Column, ...] = ()

    @property
    def split_columns(self) -> tuple[Column, ...]:
        """All columns that give splits."""
        return (*((self.split,) if self.split else ()), *(column for column, _, _ in self.flags))

    @property
    def used(self) -> tuple[Column, ...]:
        """All columns that say something."""
        sure = (self.confidence,) if self.confidence else ()
        return (self.images, *self.labels, *self.classes, *self.split_columns, *sure)


def at_header(table: TableFile) -> TableFile:
    """The table from its header on: titles above it, and the upper rows of headers of several rows, are left out."""
    for number, (_, cells) in enumerate(table.sample[:MOST_TITLES]):
        keys = [key_of(cell) for cell in cells]
        if {*keys} & IMAGES and sum(map(bool, keys)) > 1:
            above = [row for _, row in table.sample[:number]]
            if all(not row[0].strip() or not any(cell.strip() for cell in row[1:]) for row in above):
                return replace(table, skipped=number, sample=table.sample[number:])
            break
    return table


def key_of(header: str) -> str:
    """A header without signs, numbers behind it, accents and capital letters."""
    plain = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]|\d+$", "", plain.lower())


def columns_of(
    table: TableFile, names: PictureNames, options: ReadingOptions, ours: bool, tags: bool = True
) -> Columns | None:
    """What the columns of a table hold; None where none of them names images.

    Args:
        table: the table.
        names: the images.
        options: columns that the user names.
        ours: whether it is Seedmask's own `tags.csv`, whose columns have an order.
        tags: whether columns of tags are looked for, and not splits alone.

    Raises:
        QuestionError: several columns may name the images, or hold the tags.
        SeedmaskError: a column that the user names is not there.
    """
    header = _has_header(table, names)
    columns = _columns(table, header, names)
    images = _image_column(table.path, columns, names, options)
    if images is None:
        return None
    others = [column for column in columns if column.place != images.place]
    split = next((column for column in others if _holds_splits(column)), None)
    flags = _flags(others)
    if split is None and not flags and options.split_from in (None, "labels"):
        _refuse_unclear_splits(table.path, others, header)
    confidence = next((c for c in others if c.key in CONFIDENCE and (c.is_number or c.is_yes_no)), None)
    found = Columns(table.path, header, images, split=split, flags=flags, others=tuple(others))
    rest = [
        column
        for column in others
        if column not in found.split_columns
        and not column.is_paths
        and not (header and column.is_index)
        and not (column.values and {value.lower() for value in column.distinct} <= NO_SPLIT)
    ]
    if not tags:
        return found
    if options.label_column == (EACH,):
        return _with(found, [column for column in rest if column.is_yes_no and not _is_other(column)])
    if options.label_column:
        return _with(found, _named_columns(table.path, rest, options.label_column))
    if not header:
        return _with(found, _without_header(table.path, rest))
    if ours:
        return _with(found, rest)
    known = _known_labels(table, rest)
    if known:
        return _with(found, known, confidence)
    return _without_headers(found, [column for column in rest if column != confidence])


def _has_header(table: TableFile, names: PictureNames) -> bool:
    """Whether the first row is a header, and not a row about an image, even one that is gone."""
    cells = [cell.strip() for cell in table.sample[0][1]]
    keys = {key_of(cell) for cell in cells} - {""}
    if keys & (IMAGES | PERHAPS_IMAGES | LABELS | SPLIT):
        return not any("." in cell and len(names.find(cell)) == 1 for cell in cells if cell)
    if any(len(names.find(cell)) == 1 for cell in cells if cell):
        return False
    return not any(re.search(r"\.\w{3,4}$", cell) for cell in cells) and len(table.sample) > 1


def _columns(table: TableFile, header: bool, names: PictureNames) -> list[Column]:
    titles = [cell.strip() for cell in table.sample[0][1]] if header else []
    body = [cells for _, cells in table.sample[header:]]
    if header and _has_row_names(body, len(titles), names):
        titles = ["", *titles]
    return [
        Column(
            place=place,
            header=titles[place] if place < len(titles) else "",
            values=tuple(cells[place].strip() for cells in body if place < len(cells) and cells[place].strip()),
        )
        for place in range(table.width)
    ]


def _has_row_names(body: Sequence[Sequence[str]], titles: int, names: PictureNames) -> bool:
    """Whether every row begins with its number, for which the header has no title, as R writes tables."""
    if any(len(cells) != titles + 1 for cells in body) or not (body and body[0][0].strip() in ("0", "1")):
        return False
    first = int(body[0][0])
    counts = [cells[0].strip() for cells in body] == [str(first + number) for number in range(len(body))]
    return counts and 2 * sum(len(names.find(cells[1])) == 1 for cells in body) >= len(body)


def _flags(columns: Sequence[Column]) -> tuple[tuple[Column, str, str], ...]:
    """Columns such as `is_valid`; or `train` and `val`, where there are several of which one is `train`."""
    for column in columns:
        if column.key in FLAGS and column.is_yes_no:
            return ((column, *FLAGS[column.key]),)
    named = [column for column in columns if column.key in SPLITS and column.is_yes_no]
    if len(named) > 1 and any(SPLITS[column.key] == "train" for column in named):
        return tuple((column, SPLITS[column.key], "") for column in named)
    return ()


def _refuse_unclear_splits(path: Path, columns: Sequence[Column], header: bool) -> None:
    """Refuse columns of splits whose values do not say what is for training.

    Raises:
        SeedmaskError: there is one.
    """
    named = not header and NUMBERED_SPLIT & {*words_in(path.stem)}
    for column in columns:
        if not column.values or not (named or column.key in SPLIT):
            continue
        words = [word for value in column.distinct for word in words_in(value)]
        numbers = column.is_number and len(column.distinct) <= MOST_SPLITS
        if any(word in SPLITS for word in words) or (numbers and (named or column.key in NUMBERED_SPLIT)):
            raise SeedmaskError(
                f"{path}: column {column.title} holds {column.examples()}, and it is not clear which of them are for "
                "training; write train, val and test into it, or say where splits come from: `--split-from none` takes "
                "all pictures for training"
            )


def _image_column(path: Path, columns: Sequence[Column], names: PictureNames, options: ReadingOptions) -> Column | None:
    """The column that names images: by its header, then by how many images it names."""
    if options.image_column is not None:
        return _named_columns(path, columns, (options.image_column,), "--image-column")[0]
    images = {column.place: _images_named(column, names) for column in columns}
    counts = {column.place: len(set(images[column.place].values())) for column in columns}
    strong = [column for column in columns if column.key in IMAGES and column.values]
    indices = [column for column in columns if column.is_index and any(c.header for c in columns)]
    likely = [
        column
        for column in columns
        if column not in indices
        and (column in strong or not column.is_yes_no)
        and column.distinct
        and counts[column.place] >= max(ENOUGH * len(column.distinct), 1)
    ]
    by_header = [column for column in strong if counts[column.place]]
    enough = [column for column in by_header if column in likely]
    paths = [column for column in likely if column.is_paths and counts[column.place] == len(column.distinct)]
    sure = [column for column in paths if column in enough] or ([] if enough else paths)
    chosen = sure or enough or ([] if by_header and not likely else likely) or by_header
    if strong and not (sure or enough) and likely:
        raise _which_images(path, [*strong, *likely], images)
    if not chosen:
        return strong[0] if strong else None
    best = max(counts[column.place] for column in chosen)
    first, *others = (column for column in chosen if counts[column.place] == best)
    if any(_contradict(columns, images, first, other) for other in others):
        perhaps = [column for column in (first, *others) if column.key in PERHAPS_IMAGES]
        if len(perhaps) == 1 and not enough:
            return perhaps[0]
        raise _which_images(path, [first, *others], images)
    return first


def _images_named(column: Column, names: PictureNames) -> dict[str, str]:
    """Image of each value that means one."""
    found = ((value, names.find(value)) for value in column.distinct)
    return {value: images[0] for value, images in found if len(images) == 1}


def _contradict(columns: Sequence[Column], images: dict[int, dict[str, str]], one: Column, other: Column) -> bool:
    """Whether two columns name different images in a row."""
    rows = zip(columns[one.place].values, columns[other.place].values, strict=False)
    return any(images[one.place].get(a) != images[other.place].get(b) for a, b in rows)


def _which_images(path: Path, columns: Iterable[Column], images: dict[int, dict[str, str]]) -> QuestionError:
    choices = {
        column.title: f"{column.examples(3)} ({len(images[column.place])} of {len(column.distinct)} name a picture)"
        for column in columns
    }
    return QuestionError(
        f"{path}: it is not clear which column names the pictures",
        "image_column",
        [Choice(title, says) for title, says in choices.items()],
    )


def _named_columns(
    path: Path, columns: Sequence[Column], wanted: Iterable[str], option: str = "--label-column"
) -> list[Column]:
    found = []
    for name in wanted:
        matching = [c for c in columns if c.header.lower() == name.lower()] or [
            c for c in columns if str(c.place + 1) == name
        ]
        if not matching:
            listed = ", ".join(column.title for column in columns)
            raise SeedmaskError(f"{option} {name}: {path} has no such column; there are {listed}")
        found += matching
    return found


def _holds_splits(column: Column) -> bool:
    words = {value.lower() for value in column.distinct}
    return bool(words - NO_SPLIT) and column.key not in LABELS and all(map(split_of_word, words - NO_SPLIT))


def _without_header(path: Path, columns: Sequence[Column]) -> list[Column]:
    """Tags of a table without a header: the columns of words, or a single one of numbers; others are measures."""
    words = [c for c in columns if not c.values or not (c.is_number or c.is_measure or c.is_yes_no)]
    numbers = [c for c in columns if c.values and c.is_number]
    if any(c.values for c in words) or len(numbers) != 1 or NUMBERED_SPLIT & {*words_in(path.stem)}:
        return words
    return numbers


def _with(found: Columns, columns: Sequence[Column], confidence: Column | None = None) -> Columns:
    """A table with some columns of labels."""
    filled = [column for column in columns if column.values]
    numbers = any(column.key.endswith("id") and column.key in LABELS for column in filled)
    yes_no = bool(filled) and all(column.is_yes_no for column in filled) and found.header and not numbers
    if yes_no and len(columns) == 1 and columns[0].key in LABELS:
        (column,) = columns
        raise SeedmaskError(
            f"{found.path}: column {column.title} holds {column.examples()}, which may be yes and no, or two classes; "
            "call the column by the name of its class, or write the names of the classes into it"
        )
    some = tuple(columns)
    labels, classes = ((), some) if yes_no else (some, ())
    return replace(found, labels=labels, classes=classes, confidence=confidence)


def _known_labels(table: TableFile, columns: Sequence[Column]) -> list[Column]:
    """Columns that the header calls tags; of those with numbers and those with words the latter."""
    called = [column for column in columns if column.key in LABELS]
    named = [column for column in called if column.values] or called
    named = [column for column in named if not column.is_number] or named
    keys = dict.fromkeys(column.key for column in named)
    if len(keys) > 1 and not _say_the_same(table, named):
        raise _which_labels(table.path, named)
    kept = [column for column in named if column.key == next(iter(keys))]
    beyond = len(table.sample[0][1])  # rows longer than their header have more tags
    more = [column for column in columns if kept and column.place >= beyond and not column.header]
    place = kept[-1].place + 1 if kept else beyond
    while nameless := [
        c for c in columns if c.place == place < beyond and not c.header and c.values and not c.is_number
    ]:
        more = [*nameless, *more]  # `image,tags,,` has more tags behind the first
        place += 1
    return [*kept, *more]


def _say_the_same(table: TableFile, columns: Sequence[Column]) -> bool:
    places = [column.place for column in columns]
    rows = ([cells[place].strip() for place in places if place < len(cells)] for _, cells in table.sample[1:])
    return all(len(set(cells)) <= 1 for cells in rows)


def _without_headers(found: Columns, columns: Sequence[Column]) -> Columns:
    """Tags where no header names them: a column for each class, or the only one with words."""
    classes = [c for c in columns if c.header and c.is_yes_no and not _is_other(c) and c.key not in SPLIT]
    words = [
        column
        for column in columns
        if column.distinct and not (column.is_number or column.is_yes_no or column.is_measure or _is_free(column))
    ]
    likely = [column for column in words if not _is_other(column)]
    if classes and (grades := [column for column in columns if _is_grade(column)]):
        raise SeedmaskError(
            f"{found.path}: column {grades[0].title} holds {grades[0].examples(3)} beside columns of yes and no; "
            f"write 1 and 0 into it, or leave it out: `--label-column each`"
        )
    if classes and (likely or (len(words) > len(likely) and len(classes) == 1)):
        raise _which_labels(found.path, likely or words, classes)
    if classes:
        return _with(found, classes)
    if not likely:
        return found
    if len(likely) > 1:
        raise _which_labels(found.path, likely)
    note = f"{found.path}: column {likely[0].title} is taken for tags ({likely[0].examples()})"
    return replace(_with(found, likely), notes=(note,), sure=False)


def _is_grade(column: Column) -> bool:
    """Whether a column holds small numbers, 0 and 1 among them."""
    few = all(value.isdecimal() and len(value) == 1 for value in column.distinct)
    return few and {"0", "1"} < {*column.distinct} and not _is_other(column)


def _is_other(column: Column) -> bool:
    """Whether a header is about other things, or an id."""
    return column.key in OTHERS | NUMBERED_SPLIT or (column.key.endswith("id") and column.key not in IMAGES | LABELS)


def _is_free(column: Column) -> bool:
    """Whether values are sentences, or hardly repeat, as addresses and hashes."""
    return column.is_text or (len(column.values) > 20 and len(column.distinct) > 0.9 * len(column.values))


def _which_labels(path: Path, columns: Sequence[Column], classes: Sequence[Column] = ()) -> QuestionError:
    choices = [Choice(column.title, f"tags {column.examples()}") for column in columns]
    if classes:
        listed = ", ".join(column.title for column in classes[:4])
        choices.append(Choice(EACH, f"a column for each class, with yes and no ({listed})"))
    return QuestionError(f"{path}: several columns may hold the tags", "label_column", choices)


def cells_of(column: Column | None) -> Callable[[Sequence[str]], str]:
    """Gives the cell of a column in a row; empty where the row is shorter, or there is no column."""
    place = -1 if column is None else column.place
    return lambda cells: cells[place].strip() if 0 <= place < len(cells) else ""
