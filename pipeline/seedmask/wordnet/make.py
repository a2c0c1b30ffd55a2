"""`python -m seedmask.wordnet.make`: write the table of words from WordNet 3.0 (Debian's package `wordnet-base`)."""

import argparse
import gzip
import io
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from seedmask.demo.cache import fetch
from seedmask.demo.packages import Package
from seedmask.errors import SeedmaskError
from seedmask.wordnet.space import ROWS, label_space
from seedmask.wordnet.table import PLURAL, TABLE

LOG = logging.getLogger(__name__)
FILES = ("cntlist.rev", "data.noun", "index.noun", "noun.exc")
WORDNET = Package(
    "wordnet-base",
    "1:3.0-37",
    "61060d960f9ada8fa120872312eccd3ecebfbab8c4579e4f5a74e1cf67620752",
    6,
    "WordNet 3.0 license",
    kept=(*(f"/{name}" for name in FILES), "/copyright"),
    option="--wordnet",
)


class Noun(NamedTuple):
    """One line of `data.noun` (wndb(5WN))."""

    lemmas: list[tuple[str, str]]
    """Each with its sense key in `cntlist.rev`."""
    hypernyms: list[str]
    instance_of: list[str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the table."""
    parser = argparse.ArgumentParser(prog="python -m seedmask.wordnet.make", description=__doc__)
    parser.add_argument("--out", type=Path, default=TABLE, help="the table")
    parser.add_argument("--wordnet", type=Path, metavar="DIR", help="the unpacked package; nothing is downloaded")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        options.out.write_bytes(table(options.wordnet or fetch([WORDNET])[WORDNET.name]))
    except (OSError, SeedmaskError) as error:
        LOG.error("error: %s", error)
        return 1
    LOG.info("%s: %d bytes", options.out, options.out.stat().st_size)
    return 0


def table(root: Path) -> bytes:
    """The table's bytes, the same wherever it is made.

    Args:
        root: folder that `wordnet-base` is unpacked in.
    """
    folder = root / "usr" / "share" / "wordnet"
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", compresslevel=9, mtime=0) as file:
        file.writelines(f"{line}\n".encode() for line in _lines(folder))
    return packed.getvalue()


def _lines(folder: Path) -> Iterator[str]:
    nouns, index = _nouns(folder / "data.noun"), _index(folder / "index.noun")
    counts = {key: count for key, _, count in map(str.split, _text(folder / "cntlist.rev"))}
    inner = _with_all_above({synset for rows in ROWS for synset in label_space(rows).synsets if synset}, nouns)
    words = {lemma.lower() for synset in inner for lemma, _ in nouns[synset].lemmas}
    for synset in sorted(inner | {synset for word in words for synset in index[word]}):
        noun = nouns[synset]
        hypernyms = noun.hypernyms if synset in inner else []
        above = (noun.hypernyms or noun.instance_of)[:1] if not hypernyms else []
        kind = "".join(nouns[one].lemmas[0][0].replace("_", " ") for one in above)
        lemmas = (
            f"{lemma} {index[lemma.lower()].index(synset) + 1} {counts.get(key, 0)}"
            for lemma, key in noun.lemmas
            if lemma.lower() in words
        )
        yield "\t".join((synset, " ".join(hypernyms), kind, *lemmas))
    for plural, *bases in map(str.split, _text(folder / "noun.exc")):
        if known := [base for base in bases if base in words]:
            yield "\t".join((PLURAL, plural, *known))


def _with_all_above(synsets: Iterable[str], nouns: Mapping[str, Noun]) -> set[str]:
    found, waiting = set(), list(synsets)
    while waiting:
        if (one := waiting.pop()) not in found:
            found.add(one)
            waiting += nouns[one].hypernyms
    return found


def _nouns(path: Path) -> dict[str, Noun]:
    nouns = {}
    for line in _text(path):
        offset, lexicographer, _, words, *fields = line.split(" | ")[0].split()
        noun = nouns[f"n{offset}"] = Noun([], [], [])
        for _ in range(int(words, 16)):
            lemma, identity, *fields = fields
            noun.lemmas.append((lemma, f"{lemma.lower()}%1:{lexicographer}:{int(identity, 16):02d}::"))
        for symbol, target in zip(fields[1::4], fields[2::4], strict=True):
            if symbol in ("@", "@i"):
                (noun.hypernyms if symbol == "@" else noun.instance_of).append(f"n{target}")
    return nouns


def _index(path: Path) -> dict[str, list[str]]:
    """Synsets of each word, the most frequent sense first."""
    entries = (line.split() for line in _text(path))
    return {lemma: [f"n{offset}" for offset in fields[-int(senses) :]] for lemma, _, senses, *fields in entries}


def _text(path: Path) -> Iterator[str]:
    """Lines without the licence, whose lines start with a blank."""
    with path.open(encoding="ascii") as file:
        yield from (line.rstrip("\n") for line in file if not line.startswith(" "))


if __name__ == "__main__":
    sys.exit(main())
