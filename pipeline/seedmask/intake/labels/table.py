"""Tables beside the images, as people save them from a spreadsheet and tools write them.

    image,tags              a.jpg,cow,sheep      several columns of tags
    a.jpg;cow|sheep                              several tags in a cell
    filename,cow,sheep      a.jpg,1,0            a column for each class
    image,label             a.jpg,cow a.jpg,sheep   several rows an image

All tables of a folder are read and joined. A column named `split` gives splits; so do lists called `train.txt`.
"""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from seedmask.errors import SeedmaskError
from seedmask.intake.class_lists import TEXTS, class_list_of, is_form, listed_classes, names_by_key
from seedmask.intake.columns import IMAGES, Column, Columns, at_header, cells_of, columns_of, key_of
from seedmask.intake.labelling import Labelling, require_some
from seedmask.intake.names import Matches, PictureNames, without_suffix
from seedmask.intake.options import NONE, Choice, QuestionError, ReadingOptions
from seedmask.intake.scan import FolderScan
from seedmask.intake.splits import NO_SPLIT, UNTAGGED, only_split_in, split_of, split_of_list, split_of_word, words_in
from seedmask.intake.table_files import TableFile, candidates
from seedmask.intake.words import NO, OBJECTS, UNKNOWN, YES, is_background, is_nothing, listed_words

INNER = ("|", ";", ",")
"""What may stand between the tags of one cell."""
ASKED_FROM = 0.5
"""Share of the cells of several words whose words are in other cells too, from which spaces may stand between tags."""
MOST_KEPT = 10_000
"""Names of no image that are kept; of more only the number is known."""
ASKED = ("/", "+", "&")
"""What may stand between tags, or be part of a name; asked where the parts are tags elsewhere."""
NAMED = 0.5
"""Share of the lines of a list of a split that must name images, where names have no suffix."""
SHOWN, WIDEST = 5, 8
"""Names in a note; columns of a text that may name images."""
NUMBER_TAG, KEY = re.compile(r"-?\d+(\.0+)?"), re.compile(r"/[mgt]/\w+|n\d{8}")
"""Tags that are numbers; keys of Freebase and WordNet."""
IDS = frozenset(("id", "imageid", "imgid"))
"""Headers of columns that number images where another column names their files."""
LIST_SUFFIXES = (".txt", ".lst")
LISTS = ("classes.txt", "class_names.txt", "labels.txt", "names.txt", "labelmap.txt", "readme.txt", "license.txt")


@dataclass
class _Found:
    """What one table says, by the names that it uses."""

    columns: Columns
    file: str
    tags: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    splits: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    lines: dict[str, int] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    more: int = 0
    rows: int = 0
    rows_of_none: int = 0
    notes: list[str] = field(default_factory=list)
    matches: Matches = field(default_factory=lambda: Matches({}))

    @property
    def has_tags(self) -> bool:
        return bool(self.columns.labels or self.columns.classes)


def read_labels(scan: FolderScan, options: ReadingOptions) -> Labelling | None:
    """All tables whose cells name images, joined.

    Raises:
        InputError: rows of such a table cannot be read, or two contradict each other.
        QuestionError: columns, or what stands between tags, are not clear.
    """
    ids = _image_ids(scan)
    tables = [found for name, path in _files(scan) if (found := _read(scan, name, path, options, ids=ids))]
    _split_by_names(tables)
    labels = [table for table in tables if table.has_tags]
    splits = [table for table in tables if table.splits]
    notes: list[str] = []
    if not labels:
        return None
    sure = [table for table in labels if _rank(scan, table) == min(_rank(scan, table) for table in labels)]
    for table in labels:
        if table not in sure:
            titles = ", ".join(column.title for column in table.columns.labels)
            listed = ", ".join(other.file for other in sure)
            notes.append(f"{table.file}: column {titles} is not taken for tags, as {listed} has them")
    if not options.label_column:
        notes += (note for table in sure for note in table.columns.notes)
    used = [*sure, *(table for table in splits if table not in sure)]
    for table in used:
        require_some(table.columns.path, table.matches, scan)
        notes += [*table.notes, *table.matches.notes(table.columns.path, scan.names)]
    tags, number_notes = _named_numbers(scan, sure, _joined_tags(sure), options)
    notes += number_notes
    ours = sure[0].columns.path == scan.folder / "tags.csv" and len(used) == 1
    as_named = not (scan.base and scan.masks.of)  # the format takes a mask by the whole path of its image
    classes = tuple(dict.fromkeys(column.header for table in sure for column in table.columns.classes))
    words = {tag for found in tags.values() for tag in found}
    named = not words or not all(map(str.isdecimal, words))
    unmatched = [table for table in sure if table.matches.unmatched]
    return Labelling(
        source=", ".join(f"{table.columns.path}, {table.rows} rows" for table in sure),
        tags=tags,
        files=tuple(table.file for table in used),
        splits=_joined_splits(splits),
        split_rule=", ".join(_split_rule(table) for table in splits),
        classes=tuple(name for name in classes if not (is_background(name) or is_nothing(name)))
        or (_class_order(scan, tags) if named else tuple(sorted(words, key=int))),
        layout={"format": "folder", "root": str(scan.folder)} if ours and as_named else None,
        named=named,
        notes=tuple(notes),
        unmatched=sum(table.matches.unmatched for table in sure),
        names=sum(len(table.matches.found) + table.matches.unmatched for table in sure),
        unmatched_example=_example(unmatched[0], scan) if unmatched else "",
    )


def read_splits(
    scan: FolderScan, options: ReadingOptions
) -> tuple[dict[str, str], str, tuple[str, ...], tuple[str, ...]]:
    """Split of each image by tables and lists, what gave it, the files, and notes; for labels of other kinds.

    Raises:
        SeedmaskError: rows cannot be read, or an image is in two splits.
    """
    for _, path in scan.with_suffix(*LIST_SUFFIXES):
        if len({*filter(None, map(split_of_word, words_in(path.stem)))}) > 1 and _is_of_numbers(path):
            raise SeedmaskError(
                f"{path}: seems to give splits by numbers of pictures; write the names of the pictures into train.txt "
                "and test.txt, or take all for training: `--split-from none`"
            )
    ids = _image_ids(scan)
    tables = [f for name, path in _files(scan) if (f := _read(scan, name, path, options, tags=False, ids=ids))]
    _split_by_names(tables)
    tables = [table for table in tables if table.splits]
    notes = [note for table in tables for note in table.matches.notes(table.columns.path, scan.names)]
    rule = ", ".join(_split_rule(table) for table in tables)
    return _joined_splits(tables), rule, tuple(table.file for table in tables), tuple(notes)


def _files(scan: FolderScan) -> Iterator[tuple[str, Path]]:
    for name, path in scan.with_suffix(".csv", ".tsv", ".tab"):
        if class_list_of(scan, name) is None and not names_by_key(path) and not is_form(name):
            yield name, path
    for name, path in scan.with_suffix(*LIST_SUFFIXES):
        if path.name.lower() not in LISTS or (path.name.lower() in TEXTS and class_list_of(scan, name) is None):
            yield name, path


def _is_of_numbers(path: Path) -> bool:
    return all(len(cells) == 2 and cells[0].isdecimal() for t in candidates(path, spaces=True) for _, cells in t.sample)


def _image_ids(scan: FolderScan) -> dict[str, str]:
    """Image of each id in a table such as `images.csv`, which holds both; other tables may name images by ids."""
    files = scan.with_suffix(".csv", ".tsv", ".tab")
    for _, path in files if len(files) > 1 else ():
        for table in map(at_header, candidates(path)):
            columns = columns_of(table, scan.names, ReadingOptions(split_from=NONE), ours=False, tags=False)
            if columns is None or not columns.images.is_paths:
                continue
            ids = [column for column in columns.others if column.key in IDS and column.is_number]
            if ids and len(ids[0].distinct) == len(ids[0].values) == len(columns.images.values):
                number, name = cells_of(ids[0]), cells_of(columns.images)
                rows = itertools.islice(table.rows(), columns.header, None)
                return {number(cells): name(cells) for _, cells in rows}
    return {}


def _read(
    scan: FolderScan,
    file: str,
    path: Path,
    options: ReadingOptions,
    tags: bool = True,
    ids: Mapping[str, str] | None = None,
) -> _Found | None:
    """A file as a table of images; None where none of its columns names any."""
    lists = path.suffix.lower() in LIST_SUFFIXES
    ours = path == scan.folder / "tags.csv"
    for table in _lists_or_tables(path, scan.names) if lists else candidates(path):
        if _is_of_another_kind(table):
            continue
        table = table if ours else at_header(table)
        columns = columns_of(table, scan.names, options, ours, tags)
        if columns is not None:
            found = _Found(columns, file)
            numbers = ids and columns.images.key in IDS and ids.keys() >= {*columns.images.distinct}
            names = scan.names.numbered(ids) if ids and numbers else scan.names
            _take_rows(found, table, names, options, ours)
            matches = names.match(found.lines, str(PurePosixPath(file).parent))
            found.matches = replace(matches, missing=(*matches.missing, *found.missing), more=found.more)
            return found
    return None


def _lists_or_tables(path: Path, names: PictureNames) -> Iterator[TableFile]:
    """A text as a list with white space between words, or else as a table of images."""
    tables = candidates(path, spaces=True)
    if listed := [table for table in tables if _lists_images(table, names)]:
        yield from listed
        return
    words = [word for table in tables for _, cells in table.sample[:2] for cell in cells for word in cell.split(",")]
    if any(key_of(word) in IMAGES or without_suffix(word) != word for word in words):
        for table in candidates(path):
            columns = zip(
                *(cells[:WIDEST] for _, cells in table.sample if len(cells) >= min(table.width, WIDEST)), strict=False
            )
            if any(sum(len(names.find(cell)) == 1 for cell in cells) >= NAMED * len(table.sample) for cells in columns):
                yield table


def unused_table(scan: FolderScan, file: str) -> str:
    """Why a table gives no tags, for a note: its columns, where one names the images."""
    if is_form(file):
        return "a form for predictions, which holds no labels"
    if names_by_key(scan.files[file]):
        return "a table of names of classes"
    for table in candidates(scan.files[file]):
        columns = columns_of(at_header(table), scan.names, ReadingOptions(split_from=NONE), ours=False, tags=False)
        if columns is None or not _images_in(columns.images, scan.names):
            continue
        others = [column for column in columns.others if column.values]
        listed = "; ".join(f"{column.title}: {column.examples()}" for column in others[:SHOWN])
        if not others:
            return f"its column {columns.images.title} names pictures, and no other column holds anything"
        return (
            f"its column {columns.images.title} names pictures, but it is not clear whether another one tags them "
            f"({listed}); name one with `--label-column`"
        )
    return "a table in which no column names the pictures"


def _images_in(column: Column, names: PictureNames) -> bool:
    return any(len(names.find(value)) == 1 for value in column.distinct)


def _is_of_another_kind(table: TableFile) -> bool:
    """Whether it is VIA's table, whose cells hold JSON."""
    header = [cell.strip().lstrip("#").lower() for cell in table.sample[0][1]]
    return header[:2] == ["filename", "file_size"] and "region_count" in header


def _split_by_names(tables: Sequence[_Found]) -> None:
    """Give the images of lists such as `train.txt` their split, and of tables such as `valid.csv` beside `train.csv`.

    A list of training and validation together is none where one of the two has a list of its own.
    """
    without = [table for table in tables if not table.splits]
    named = {table.file: split_of_list(PurePosixPath(table.file).stem) for table in without}
    only = {file: only_split_in(PurePosixPath(file).stem) for file in named}
    if "train" in only.values() and len({*only.values()} - {""}) > 1:  # `places_train_standard` beside `places_val`
        named = {file: split or only[file] for file, split in named.items()}
    lists = {file: split for file, split in named.items() if PurePosixPath(file).suffix.lower() in LIST_SUFFIXES}
    both = {file for file in lists if not split_of(PurePosixPath(file).stem)}
    if {"train", "val"} & {split for file, split in lists.items() if file not in both}:
        lists = {file: split for file, split in lists.items() if file not in both}
    tagged = [table.file for table in without if table.has_tags and table.file not in lists]
    if not any(lists.values()):
        given = {file: named[file] for file in tagged}
        if any(given.values()) and set(given.values()) != {"train"}:  # beside `val.csv`, others are for training
            lists |= {file: split or "train" for file, split in given.items()}
    for table in without:
        if split := lists.get(table.file):
            table.splits.update({name: {split} for name in table.lines})


def _lists_images(table: TableFile, names: PictureNames) -> bool:
    """Whether the lines of a text begin with files of images, or those of a list of a split with their names."""
    if all(without_suffix(cells[0]) != cells[0] for _, cells in table.sample):
        return True
    found = sum(len(names.find(cells[0])) == 1 for _, cells in table.sample)
    return bool(split_of_list(table.path.stem)) and found >= NAMED * len(table.sample)


def _take_rows(found: _Found, table: TableFile, names: PictureNames, options: ReadingOptions, ours: bool) -> None:
    """Read every row of a table, which may have more rows than memory holds; those of no image are counted."""
    columns = found.columns
    image, split = map(cells_of, (columns.images, columns.split))
    flags = [(cells_of(column), yes, no) for column, yes, no in columns.flags]
    confidence = cells_of(columns.confidence)
    words = [cells_of(column) for column in columns.labels]
    hot = [(column.header, cells_of(column)) for column in columns.classes]
    separator = _separator(found, columns.labels, options, ours)
    absent = unknown = 0
    nothing: Counter[str] = Counter()
    for line, cells in itertools.islice(table.rows(), columns.header, None):
        name = image(cells)
        found.rows += 1
        if name not in found.lines and not names.find(name):
            found.rows_of_none += 1
            if len(found.missing) < MOST_KEPT or name in found.missing:
                found.missing.setdefault(name, line)
            else:
                found.more += 1
            continue
        found.lines.setdefault(name, line)
        word = split(cells).lower()
        if columns.split and word not in NO_SPLIT:
            found.splits[name].add(split_of_word(word) or UNTAGGED)
        elif flags:
            given = {yes if flag(cells).lower() in YES else no for flag, yes, no in flags} - {""}
            found.splits[name] |= given or {UNTAGGED}
        tags = found.tags[name]
        if columns.confidence and _is_zero(confidence(cells)):
            absent += 1
            continue
        for header, cell in hot:
            value = cell(cells).lower()
            unknown += value in UNKNOWN
            if value in YES and not is_nothing(header) and not is_background(header):
                tags.add(header)
        for cell in words:
            text = cell(cells)
            if text and is_nothing(text):
                nothing[text] += 1
            if OBJECTS.match(text) and listed_words(text) is None:
                raise SeedmaskError(
                    f'{columns.path} line {line}: "{text[:60]}" holds objects, expected tags; save the file as JSON '
                    "instead, or choose other columns with `--label-column`"
                )
            tags.update(_words(text, separator))
        extra = cells[table.width :] if words else ()
        tags.update(word for cell in extra for word in _words(cell, separator))
    path = columns.path
    if hot:
        listed = ", ".join(header for header, _ in hot[:SHOWN]) + ", ..." * (len(hot) > SHOWN)
        found.notes.append(f"{path}: a column for each of {len(hot)} classes ({listed})")
    if unused := [c for c in columns.others if c.values and c not in columns.used and not c.is_index]:
        listed = "; ".join(f"{column.title}: {column.examples(3)}" for column in unused[:SHOWN])
        found.notes.append(f"{path}: {len(unused)} columns hold no tags ({listed})")
    if unknown:
        found.notes.append(f"{path}: {unknown} cells hold -1, which is unknown; they are taken for absent")
    if nothing:
        words_of_nothing = ", ".join(f"`{word}`" for word in list(nothing)[:SHOWN])
        found.notes.append(f"{path}: {nothing.total()} cells ({words_of_nothing}) are taken for no class")
    if absent:
        title = columns.confidence.title if columns.confidence else ""
        found.notes.append(f"{path}: {absent} tags are absent, as {title} is 0")
    if repeated := found.rows - found.rows_of_none - len(found.lines):
        found.notes.append(f"{path}: {repeated} rows are about a picture of an earlier row; their tags are joined")


def _is_zero(cell: str) -> bool:
    try:
        return float(cell) == 0
    except ValueError:
        return bool(cell) and cell.lower() in NO


def _words(cell: str, separator: str) -> Iterator[str]:
    """Tags of a cell."""
    if is_nothing(cell):
        return
    parts = listed_words(cell)
    if parts is None:
        parts = cell.split(separator) if separator else (cell,)
    for part in parts:
        word = part.strip()
        if not is_nothing(word) and not is_background(word):
            yield word


def _separator(found: _Found, columns: Sequence[Column], options: ReadingOptions, ours: bool) -> str:
    """What stands between the tags of one cell; empty where a cell holds one tag.

    Raises:
        QuestionError: it may be a space, or a comma that is part of a name.
    """
    if options.separator is not None:
        return "" if options.separator == NONE else options.separator.replace(r"\n", "\n")
    cells = [value for column in columns for value in column.distinct if listed_words(value) is None]
    for mark in INNER[:2] if ours else ("\n", *INNER):
        if any(mark in cell for cell in cells):
            if mark == "," and not _shared_words(cells, mark, 0.0):
                raise _which_separator(found.columns, cells, mark)
            shown = mark.replace("\n", "a line break")
            found.notes.append(f"{found.columns.path}: `{shown}` stands between the tags of one cell")
            return mark
    if not ours and _shared_words(cells, " ", ASKED_FROM):
        raise _which_separator(found.columns, cells, " ")
    whole = {cell.casefold() for cell in cells}
    for mark in ASKED:
        if not ours and any(mark in c and {p.strip().casefold() for p in c.split(mark)} <= whole - {c} for c in cells):
            raise _which_separator(found.columns, cells, mark)
    return ""


def _shared_words(cells: Sequence[str], mark: str, share: float) -> bool:
    """Whether the parts of cells are in other cells too: all parts of many cells, or, for a share of 0, any."""
    parts = {cell: [part.strip() for part in cell.split(mark) if part.strip()] for cell in dict.fromkeys(cells)}
    several = [words for words in parts.values() if len(words) > 1]
    counts = Counter(word for words in parts.values() for word in set(words))
    if not share:
        return any(counts[word] > 1 for words in several for word in words)
    return bool(several) and sum(all(counts[word] > 1 for word in words) for words in several) >= share * len(several)


def _which_separator(columns: Columns, cells: Sequence[str], mark: str) -> QuestionError:
    path, titles = columns.path, ", ".join(column.title for column in columns.labels[:SHOWN])
    several = [cell for cell in dict.fromkeys(cells) if mark in cell]
    name = {" ": "a space", ",": "a comma"}.get(mark, f"`{mark}`")
    split = "; ".join(" and ".join(part.strip() for part in cell.split(mark)) for cell in several[:3])
    return QuestionError(
        f'{path}: cells of {titles} such as "{several[0]}" may be one tag, or several with {name} between them',
        "separator",
        [Choice(mark, f"several tags: {split}"), Choice(NONE, f"one tag each: {'; '.join(several[:3])}")],
    )


def _rank(scan: FolderScan, table: _Found) -> int:
    """Seedmask's own table first, then those whose header says which columns are tags."""
    if table.columns.path == scan.folder / "tags.csv":
        return 0
    return 1 if table.columns.sure else 2


def _joined_tags(tables: Sequence[_Found]) -> dict[str, tuple[str, ...]]:
    """Tags of each image in all tables.

    Raises:
        SeedmaskError: two tables contradict each other.
    """
    by_image: dict[str, tuple[set[str], _Found]] = {}
    for table in tables:
        here: dict[str, set[str]] = defaultdict(set)
        for name, tags in table.tags.items():
            if name in table.matches.found:
                here[table.matches.found[name]] |= tags
        for image, tags in here.items():
            before, first = by_image.setdefault(image, (tags, table))
            if before != tags:
                raise SeedmaskError(
                    f"{first.columns.path} and {table.columns.path} contradict each other about {image}: "
                    f"{', '.join(sorted(before)) or 'none'} and {', '.join(sorted(tags)) or 'none'}; correct one, or "
                    f"choose with `--labels {table.file}`"
                )
    return {image: tuple(sorted(tags)) for image, (tags, _) in by_image.items()}


def _joined_splits(tables: Iterable[_Found]) -> dict[str, str]:
    """Split of each image.

    Raises:
        SeedmaskError: an image is in two.
    """
    splits: dict[str, tuple[str, str]] = {}
    for table in tables:
        for name, found in table.splits.items():
            image = table.matches.found.get(name)
            for split in found if image else ():
                where = f"{table.columns.path} line {table.lines[name]}"
                before, first = splits.setdefault(image, (split, where))  # type: ignore[arg-type]
                if before != split:
                    raise SeedmaskError(
                        f"{where}: {image} is in split {split}, and in {before} ({first}); give it one split"
                    )
    return {image: split for image, (split, _) in splits.items()}


def _split_rule(table: _Found) -> str:
    titles = " and ".join(column.title for column in table.columns.split_columns)
    return f"column {titles} of {table.columns.path}" if titles else f"the name of {table.columns.path}"


def _named_numbers(
    scan: FolderScan, tables: Sequence[_Found], tags: dict[str, tuple[str, ...]], options: ReadingOptions
) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Names for tags that are numbers or keys, by a table of classes or a list beside the labels; and a note.

    Raises:
        SeedmaskError: numbers are below 0, or beyond the list.
    """
    words = {tag for found in tags.values() for tag in found}
    source = " and ".join(str(table.columns.path) for table in tables)
    if words and all(NUMBER_TAG.fullmatch(word) for word in words):
        if below := [word for word in words if word.startswith("-")]:
            raise SeedmaskError(
                f"{source}: {below[0]} is the number of no class; leave the cell empty where a picture shows none, and "
                "take the line out where nobody knows"
            )
        tags = {image: tuple(word.split(".")[0] for word in found) for image, found in tags.items()}
        words = {word.split(".")[0] for word in words}
    elif not words or not all(KEY.fullmatch(word) for word in words):
        return tags, []
    if options.classes:
        return tags, []
    names, file = _names_of_keys(scan, words, source)
    if not names:
        return tags, []
    kept = {key: name for key, name in names.items() if not is_background(name)}
    named = {image: tuple(kept[tag] for tag in found if tag in kept) for image, found in tags.items()}
    first = min(words)
    return named, [f"the names of the classes are from {scan.folder / file} ({first} is {names[first]})"]


def _names_of_keys(scan: FolderScan, words: set[str], source: str) -> tuple[dict[str, str], str]:
    """Name of each key and the file that says it; empty where none does.

    Raises:
        SeedmaskError: a list has no line for a number.
    """
    for file, path in scan.with_suffix(".csv", ".tsv", ".json", ".txt"):
        names = names_by_key(path)
        if words <= names.keys():
            return names, file
    listed = listed_classes(scan)
    if listed is None or not all(map(str.isdecimal, words)):
        return {}, ""
    numbers = {int(word) for word in words}
    lines = [*listed.dropped[:1], *listed.names] if listed.dropped else [*listed.names]
    start = 0 if listed.dropped or (max(numbers) < len(lines) and 0 in numbers) else 1
    if 0 not in numbers and max(numbers) < len(lines) and not listed.dropped:
        raise SeedmaskError(
            f"{source}: numbers of classes are {min(numbers)} to {max(numbers)}, and {listed.path} has {len(lines)} "
            f"lines: the first may be number 0 or 1; write the names into the table"
        )
    if max(numbers) - start >= len(lines) or min(numbers) < start:
        raise SeedmaskError(
            f"{source}: numbers of classes are {min(numbers)} to {max(numbers)}, but {listed.path} has {len(lines)} "
            "classes; name each of them, from number 0"
        )
    return {str(number + start): name for number, name in enumerate(lines)}, listed.file


def _class_order(scan: FolderScan, tags: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Order of a list of classes that has all tags; empty without one."""
    listed = listed_classes(scan)
    return listed.names if listed and {tag for found in tags.values() for tag in found} <= {*listed.names} else ()


def _example(table: _Found, scan: FolderScan) -> str:
    matches = table.matches
    name = next(iter((*matches.missing, *matches.ambiguous)))
    line = table.missing.get(name) or table.lines[name]
    return f"line {line}: {scan.names.nearest(name)}"
