import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from seedmask.dataset.formats.coco_categories import CATEGORIES
from seedmask.dataset.formats.voc import VOC_CLASSES
from seedmask.errors import InputError
from seedmask.wordnet import LabelSpace, label_space, match
from seedmask.wordnet.table import read_words

COCO_AMBIGUOUS = ("kite", "cup", "bowl", "banana", "broccoli", "hot dog", "mouse", "microwave", "toaster")
COCO_WITHOUT_CLASS = (
    *("cow", "giraffe", "handbag", "suitcase", "frisbee", "snowboard", "baseball bat", "baseball glove", "skateboard"),
    *("tennis racket", "wine glass", "fork", "carrot", "donut", "cake", "toilet", "tv", "sink", "book", "scissors"),
    "toothbrush",
)
COCO_NO_WORD = ("fire hydrant", "stop sign", "sports ball", "surfboard", "potted plant")
STAMPS = ("bird", "ungulate", "flower", "produce", "vehicle", "cattle", "carnivore", "rodent", "insect", "fish")
SMALL = LabelSpace("small", ("n02123045", "n02403003", "", "n02012849", "n03126707"))
"""Tabby, ox, nothing, and the two cranes."""


def names_of(matching, number):
    return [read_words().lemmas[matching.space.synsets[row]][0] for row in matching.matches[number].rows]


def test_a_tag_has_its_own_row_and_all_rows_below_it(matched):
    assert names_of(matched("orange"), 0) == ["orange"]
    assert names_of(matched("elephant"), 0) == ["Indian elephant", "African elephant"]
    assert len(matched("bird").matches[0].rows) == 59


@pytest.mark.parametrize(
    "written",
    [
        "dining table",
        "Dining_Table",
        "dining-table",
        " DINING TABLE ",
        "díning table",
        "dining tables",
        "diningtable",
        "diningTables",
    ],
)
def test_the_spelling_of_a_tag_makes_no_difference(matched, written):
    assert names_of(matched(written), 0) == ["dining table"]
    assert matched(written).matches[0].tag == written


def test_words_that_are_written_apart_are_found_too(matched):
    assert names_of(matched("back pack"), 0) == ["backpack"]


def test_irregular_plurals_are_found(matched):
    assert names_of(matched("oxen"), 0) == names_of(matched("ox"), 0) == ["ox"]


@pytest.mark.parametrize("rows", [1000, 11821, 11221, 21841])
def test_vocs_classes_are_found_where_there_are_rows(rows):
    matching = match(VOC_CLASSES, label_space(rows), {})
    missed = {miss.tag for miss in matching.misses.values()}
    assert missed == ({"cow", "pottedplant", "tvmonitor"} if rows == 1000 else {"pottedplant"})
    assert [VOC_CLASSES[number] for number in matching.matches] == [tag for tag in VOC_CLASSES if tag not in missed]


def test_what_cocos_classes_lack_among_the_1000_is_named(matched):
    matching = matched(*CATEGORIES)
    assert len(matching.matches) == 45
    for missed, reason in (
        (COCO_AMBIGUOUS, "ambiguous"),
        (COCO_WITHOUT_CLASS, "no class in"),
        (COCO_NO_WORD, "no word"),
    ):
        assert {miss.tag for miss in matching.misses.values() if miss.found.startswith(reason)} == set(missed)


def test_every_class_of_the_demo_is_found(matched):
    matching = matched(*STAMPS)
    assert not matching.misses
    assert names_of(matching, STAMPS.index("cattle")) == ["ox"]
    assert "ox" not in names_of(matching, STAMPS.index("ungulate"))


@pytest.mark.parametrize("rows", [1000, 11821, 21841])
@pytest.mark.parametrize("word", ["crane", "mouse", "seal", "bass", "nail", "mice", "glasses"])
def test_an_ambiguous_word_is_never_guessed(word, rows):
    matching = match([word], label_space(rows), {})
    assert not matching.matches


def test_an_ambiguous_word_is_listed_with_its_senses(matched):
    miss = matched("crane").misses[0]
    assert miss.tag == "crane"
    assert "n03126707 crane (lifting device), n02012849 crane (wading bird)" in miss.found
    assert "names: {crane: [n03126707]}" in miss.remedy


def test_a_first_sense_without_rows_is_named(matched):
    """Only the computer mouse has a row."""
    found = matched("mouse").misses[0].found
    assert "n03793489 mouse (electronic device)" in found
    assert "first sense, n02330245 mouse (rodent), has no class in imagenet-1k" in found


def test_a_word_in_another_language_is_no_word_and_the_nearest_one_is_only_proposed(matched):
    miss = matched("Hund").misses[0]
    assert 'English nouns of WordNet 3.0); nearest: "hound"' in miss.found
    assert "names: {Hund: [hound]}" in miss.remedy
    assert "names: {Katze: [WORD]}" in matched("Katze").misses[0].remedy


def test_a_tag_without_a_class_is_reported_with_the_classes_beside_it(matched):
    miss = matched("cow").misses[0]
    assert miss.found.startswith("no class in imagenet-1k: n02403454 cow (cattle)")
    assert miss.found.endswith("beside it: n02403003 ox (cattle)")
    assert "names: {cow: [n02403003]}" in miss.remedy


def test_names_take_the_place_of_a_tag(matched):
    matching = matched("cattle", "crane", cattle=["ox", "water buffalo"], crane=["n02012849"])
    assert names_of(matching, 0) == ["ox", "water buffalo"]
    assert matching.matches[0].senses == ("n02403003", "n02408429")
    assert matching.matches[1].senses == ("n02012849",)


def test_an_empty_list_leaves_a_tag_without_classes(matched):
    matching = matched("person", person=[])
    assert not matching.matches
    assert "`names`" in matching.misses[0].found


def test_all_wrong_names_are_reported_at_once_with_the_nearest_ones(matched):
    with pytest.raises(InputError) as error:
        matched("cattle", "crane", cattel=["ox"], crane=["crane", "heron bird", "n99999999", "n02330245"])
    message = str(error.value)
    assert "5 problems" in message
    assert """names: cattel: no tag is called 'cattel'; write "cattle\"""" in message
    assert "names: crane: crane: ambiguous: n03126707 crane (lifting device)" in message
    assert "names: crane: heron bird: no word" in message
    assert "names: crane: n99999999: n99999999 is no synset" in message
    assert "names: crane: n02330245: no class in imagenet-1k: n02330245 mouse (rodent)" in message


def test_tags_with_the_same_classes_name_each_other(matched):
    matching = matched("car", "dog", "automobile")
    assert set(matching.matches) == {1}
    assert '"automobile"' in matching.misses[0].found
    assert '"car"' in matching.misses[2].found
    assert "merge the tags" in matching.misses[0].remedy


def test_a_tag_all_of_whose_classes_are_narrower_tags_is_reported(matched):
    matching = matched("Elephants", "Indian elephant", "African elephant", "dog")
    assert set(matching.matches) == {1, 2, 3}
    assert '"Indian elephant" and "African elephant"' in matching.misses[0].found


def test_a_broader_tag_keeps_what_is_not_a_narrower_ones(matched):
    matching = matched("animal", "dog")
    assert len(matching.matches[1].rows) == 118
    assert not set(matching.matches[0].rows) & set(matching.matches[1].rows)
    assert set(matching.matches[0].rows) | set(matching.matches[1].rows) == set(matched("animal").matches[0].rows)


def test_rows_that_are_no_synsets_belong_to_no_tag():
    matching = match(["cat", "cattle", "entity"], SMALL, {})
    assert {tag: matching.matches[tag].rows for tag in matching.matches} == {0: (0,), 1: (1,), 2: (3, 4)}


PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="`") | st.just(" "))
TAGS = (
    st.sampled_from(["crane", "cat", "cats", "animal", "cattle", "no: such", "Katze", "on", "[x", "1", "ox"])
    | PRINTABLE
)


@given(st.lists(TAGS, max_size=6))
def test_every_tag_is_matched_or_missed_and_no_row_is_given_twice(tags):
    matching = match(tags, SMALL, {})
    assert {*matching.matches, *matching.misses} == set(range(len(tags)))
    assert not {*matching.matches} & {*matching.misses}
    rows = [row for found in matching.matches.values() for row in found.rows]
    assert len(rows) == len(set(rows))
    assert all(found.rows for found in matching.matches.values())


@given(TAGS)
def test_a_remedy_can_be_written_into_the_configuration_as_it_stands(tag):
    for miss in match([tag], SMALL, {}).misses.values():
        assert [*yaml.safe_load(miss.remedy.split("`")[1])["names"]] == [tag]
