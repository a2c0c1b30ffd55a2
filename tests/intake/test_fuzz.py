"""Random tables about random folders: read right, or refused, and never wrong without a word."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_kit import picture

from seedmask.errors import SeedmaskError
from seedmask.intake.contents import read_folder
from seedmask.intake.splits import UNTAGGED

CLASSES = ("cow", "sheep", "old dog", "Pferd", "7up")
IMAGE_HEADERS = ("image", "filename", "file_name", "image_id", "Path", "id", "Image Index", "img", "Bild", "Fichier")
TAG_HEADERS = ("tags", "label", "Class", "labels", "category", "finding", "Klasse", "étiquette")
SPLITS = {"train": ("train", "training", "Train"), "val": ("val", "valid", "validation"), "test": ("test", "testing")}
EXAMPLES, MANY = 120, 2000


@st.composite
def folders(draw):
    """Names of images, with the split of each."""
    count = draw(st.integers(5, 8))
    width = draw(st.sampled_from([1, 4]))
    stems = draw(
        st.sampled_from(
            [
                [f"{n:0{width}d}" for n in range(count)],
                [f"IMG_{n:0{width}d}" for n in range(10, 10 + count)],
                [f"{word} {n}.v1" for n, word in enumerate("abcdefgh"[:count])],
                [f"{n:012d}" for n in draw(st.permutations(range(3, 3 + count)))],
            ]
        )
    )
    suffix = draw(st.sampled_from([".jpg", ".JPG", ".png", ".jpeg"]))
    splits = dict.fromkeys(stems, "train")
    base = draw(st.sampled_from(["", "images/", "set/JPEGImages/"]))
    kind = draw(st.sampled_from(["flat", "splits", "groups"]))
    where = dict.fromkeys(stems, base)
    if kind == "splits":
        names = {split: draw(st.sampled_from(words)) for split, words in SPLITS.items()}
        for stem in stems[3:]:
            splits[stem] = draw(st.sampled_from(["train", "val", "test"]))
        where = {stem: f"{base}{names[splits[stem]]}/" for stem in stems}
    elif kind == "groups":
        where = {stem: f"{base}g{draw(st.integers(0, 1))}/" for stem in stems}
    return {f"{where[stem]}{stem}{suffix}": splits[stem] for stem in stems}


def spelt(draw, name, style):
    """A name as some tool writes it."""
    stem, _, suffix = name.rpartition(".")
    if style == "stem":
        return stem.rpartition("/")[2]
    if style == "file":
        return name.rpartition("/")[2]
    if style == "case":
        return f"{stem}.{suffix.swapcase()}"
    prefix = {"path": "", "upload": "/data/test/upload/3/", "windows": "C:\\val\\", "address": "https://x.org/a/"}[
        style
    ]
    return prefix + (name.replace("/", "\\") if style == "windows" else name)


@st.composite
def tables(draw, images):
    """One table or two about images, as texts, with the tags that they mean."""
    tags = {name: tuple(sorted(draw(st.sets(st.sampled_from(CLASSES), max_size=3)))) for name in images}
    first = next(name for name, split in images.items() if split == "train")
    tags[first] = tags[first] or (CLASSES[0],)
    style = draw(st.sampled_from(["path", "file", "stem", "case", "upload", "windows", "address"]))
    kind = draw(st.sampled_from(["cell", "list", "columns", "hot", "long"]))
    order = draw(st.permutations(list(images)))
    delimiter = draw(st.sampled_from([",", ";", "\t"]))
    inner = draw(st.sampled_from([mark for mark in ("|", ";", ",") if mark != delimiter]))
    yes, no = draw(
        st.sampled_from([("1", "0"), ("True", "False"), ("1.0", "0.0"), ("yes", "no"), ("WAHR", "FALSCH"), ("Y", "N")])
    )
    header = draw(st.sampled_from(TAG_HEADERS))
    rows = []
    for name in order:
        row = {"image": spelt(draw, name, style)}
        found = tags[name]
        if kind == "long":
            rows += [{**row, header: tag} for tag in found]
            continue
        if kind == "cell":
            row[header] = inner.join(found) + draw(st.sampled_from(["", " ", "\u00a0"]))
        elif kind == "list":
            row[header] = json.dumps(found)
        elif kind == "columns":
            row |= {f"{header}{n}": found[n] if n < len(found) else "" for n in range(3)}
        else:
            row |= {tag: yes if tag in found else no for tag in CLASSES}
        rows.append(row)
    if kind == "long":
        tags = {name: found for name, found in tags.items() if found}
    extra = draw(st.sampled_from(["none", "index", "numbers", "words", "dates", "boxes", "texts"]))
    for number, row in enumerate(rows):
        if extra == "index":
            row[""] = str(number)
        elif extra == "numbers":
            row["width"] = str(draw(st.integers(0, 9)))
        elif extra == "words":
            row["camera"] = draw(st.sampled_from(["Canon", "Nikon"]))
        elif extra == "dates":
            row["taken"] = f"2023-01-{number % 28 + 1:02d}"
        elif extra == "boxes":
            row["bbox"] = f"[{number}, 2.5, 3, 4]"
        elif extra == "texts":
            row["caption"] = f"number {number} on the hill"
    titles = draw(st.permutations(list(dict.fromkeys(key for row in rows for key in row))))
    shown = {"image": draw(st.sampled_from(IMAGE_HEADERS)), "": draw(st.sampled_from(["", "Unnamed: 0", "index"]))}
    start = draw(st.sampled_from(["", f"sep={delimiter}\r\n", "# exported by a tool\n"]))
    if not start and len(titles) > 1 and shown["image"] not in ("id", "Path"):
        start = draw(st.sampled_from(["", f"Survey of 2023{delimiter * (len(titles) - 1)}\n"]))
    end, mark = draw(st.sampled_from(["\n", "\r\n"])), draw(st.sampled_from(["", "\ufeff"]))
    parts = [rows, []]
    if kind != "long" and draw(st.booleans()):
        parts = [rows[:3], rows[3:]]
    texts = []
    for part in parts:
        text = io.StringIO()
        text.write(start)
        writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
        writer.writerow([shown.get(title, title) for title in titles])
        writer.writerows([row.get(title, "") for title in titles] for row in part)
        texts.append((mark + text.getvalue()).encode())
    return texts[: 1 + bool(parts[1])], tags


@st.composite
def cases(draw):
    images = draw(folders())
    return images, *draw(tables(images))


def check(root, case):
    images, texts, tags = case
    shutil.rmtree(root, ignore_errors=True)
    for name in images:
        picture(root / name)
    for number, text in enumerate(texts):
        (root / f"labels{number}.csv").write_bytes(text)
    try:
        found = read_folder(root)
    except SeedmaskError:
        return
    if found.kind != "table":  # it says that labels are missing, and names the table
        assert not found.kind
        assert any("labels0.csv" in note for note in found.notes)
        return
    usable = {name.strip(): name for name in CLASSES}
    assert {name: tuple(sorted(usable[tag] for tag in got)) for name, got in found.tags.items()} == tags
    splits = {name: split if name in tags or split != "train" else UNTAGGED for name, split in images.items()}
    assert dict(found.splits) == splits


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_a_table_is_read_right_or_refused(tmp_path_factory, case):
    check(tmp_path_factory.getbasetemp() / "fuzz", case)


def test_thousands_of_tables_are_read_right_or_refused(tmp_path, request):
    if not request.config.getoption("thorough"):
        pytest.skip("minutes; `make faults` runs it")
    run = settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
    run(given(case=cases())(lambda case: check(Path(tmp_path) / "fuzz", case)))()
