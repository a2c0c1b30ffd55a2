import gzip
from pathlib import Path

import pytest

from seedmask.demo.cache import cache_folder
from seedmask.wordnet.make import WORDNET, main, table
from seedmask.wordnet.table import TABLE

NOUNS = """\
  1 a line of the licence
00000001 03 n 01 entity 0 001 ~ 02084071 n 0000 | all there is
02084071 05 n 02 dog 0 Domestic_Dog 0 002 @ 00000001 n 0000 ~ 00000009 n 0000 | barks
00000009 18 n 01 Rex 0 001 @i 02084071 n 0000 | a good one
00000012 18 n 02 cad 0 dog a 001 @ 00000001 n 0000 | no good one
00000015 18 n 01 writer 0 001 @ 00000001 n 0000 | writes
"""
INDEX = """\
  1 a line of the licence
cad n 1 1 @ 1 0 00000012
dog n 2 2 @ ~ 2 1 02084071 00000012
domestic_dog n 1 1 @ 1 0 02084071
entity n 1 1 ~ 1 0 00000001
rex n 1 1 @ 1 0 00000009
writer n 1 1 @ 1 0 00000015
"""


@pytest.fixture
def wordnet(tmp_path, monkeypatch):
    """A WordNet of five nouns, and a label space that has the dog."""
    folder = tmp_path / "usr/share/wordnet"
    folder.mkdir(parents=True)
    (folder / "data.noun").write_text(NOUNS)
    (folder / "index.noun").write_text(INDEX)
    (folder / "cntlist.rev").write_text("dog%1:05:00:: 1 42\ndog%1:18:10:: 2 3\nwriter%1:18:00:: 1 9\n")
    (folder / "noun.exc").write_text("doggen dog\nwrote writer\n")
    monkeypatch.setattr("seedmask.wordnet.make.ROWS", (1,))
    monkeypatch.setattr(
        "seedmask.wordnet.make.label_space", lambda rows: type("Space", (), {"synsets": ("", "n02084071")})
    )
    return tmp_path


def test_the_table_has_classes_what_is_above_them_and_other_senses_of_their_words(wordnet):
    assert gzip.decompress(table(wordnet)).decode().splitlines() == [
        "n00000001\t\t\tentity 1 0",
        "n00000012\t\tentity\tdog 2 3",
        "n02084071\tn00000001\t\tdog 1 42\tDomestic_Dog 1 0",
        "plural\tdoggen\tdog",
    ]


def test_the_table_is_written_where_it_is_wanted(wordnet, tmp_path):
    assert main(["--wordnet", str(wordnet), "--out", str(tmp_path / "words.gz")]) == 0
    assert (tmp_path / "words.gz").read_bytes() == table(wordnet)


def test_a_folder_without_wordnet_is_an_error(tmp_path, caplog):
    assert main(["--wordnet", str(tmp_path), "--out", str(tmp_path / "words.gz")]) == 1
    assert "data.noun" in caplog.text
    assert not (tmp_path / "words.gz").exists()


def test_the_committed_table_has_no_time_in_it():
    assert TABLE.read_bytes()[:10] == b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"


def unpacked():
    """WordNet where the cache has it already; tests download nothing."""
    return cache_folder() / f"{WORDNET.name}_{WORDNET.sha256[:16]}"


@pytest.mark.skipif(not unpacked().is_dir(), reason="no wordnet-base in the cache: python -m seedmask.wordnet.make")
def test_the_committed_table_is_what_the_script_makes_of_wordnet():
    """Unpacked, because compressors differ."""
    assert gzip.decompress(table(unpacked())) == gzip.decompress(TABLE.read_bytes())


@pytest.mark.skipif(not unpacked().is_dir(), reason="no wordnet-base in the cache: python -m seedmask.wordnet.make")
def test_the_licence_beside_the_table_is_wordnets():
    lines = (unpacked() / "usr/share/wordnet/data.noun").read_text(encoding="ascii").splitlines()
    notice = [line[4:].strip() for line in lines if line.startswith("  ")]
    assert Path(TABLE.parent / "LICENSE.wordnet").read_text().splitlines() == notice
