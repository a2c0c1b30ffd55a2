from pathlib import Path

import pytest

from seedmask.errors import SeedmaskError
from seedmask.intake import labels
from seedmask.intake.labelling import Labelling, choose_labelling, find_labellings, label_kinds
from seedmask.intake.options import ReadingOptions


def test_every_module_of_labels_is_a_kind():
    assert list(label_kinds()) == sorted(path.stem for path in Path(labels.__path__[0]).glob("[a-z]*.py"))
    assert all(callable(kind.read_labels) for kind in label_kinds().values())


def test_an_unknown_kind_is_refused_with_those_that_there_are(folder):
    with pytest.raises(
        SeedmaskError, match="--labels cocoa: is neither a kind of labels nor a file of the folder; kinds are class_fol"
    ):
        find_labellings(folder("a.jpg"), ReadingOptions(labels="cocoa"))


def labelling(tags, **more):
    return Labelling("x", {"a": tags}, **more)


def test_what_a_format_reads_as_it_is_comes_first():
    best, notes = choose_labelling({"one": labelling(("cow",)), "two": labelling(("cow",), layout={})})
    assert best == "two"
    assert notes == ["x agrees about all 1 pictures that both label, and is not needed"]


def test_labels_that_contradict_each_other_are_both_named():
    with pytest.raises(SeedmaskError) as caught:
        choose_labelling({"one": labelling(("cow",)), "two": labelling(("sheep",))})
    text = str(caught.value)
    assert "--labels one: x (a: cow)" in text
    assert "--labels two: x (a: sheep)" in text


def test_folders_whose_names_are_no_classes_contradict_nothing():
    found = {"folders": labelling(("monday",), weak=True), "table": labelling(("cow",))}
    best, notes = choose_labelling(found)
    assert best == "table"
    assert "their names are not taken for classes" in notes[0]


def test_folders_that_are_called_like_classes_can_contradict():
    found = {"folders": labelling(("sheep",), weak=True), "table": labelling(("cow",), classes=("sheep",))}
    with pytest.raises(SeedmaskError, match="contradict each other"):
        choose_labelling(found)


def test_numbers_are_compared_with_names_by_their_count():
    found = {"numbers": labelling(("class_1",), named=False), "table": labelling(("cow",))}
    assert choose_labelling(found)[0] == "table"
    with pytest.raises(SeedmaskError, match="contradict"):
        choose_labelling(found | {"numbers": labelling((), named=False)})
