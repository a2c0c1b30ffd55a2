from collections import Counter

import pytest

from seedmask.errors import InputError
from seedmask.intake.annotated import AnnotatedImage, Source, choose_fields, fields_of, labelling_of
from seedmask.intake.options import QuestionError, ReadingOptions
from seedmask.intake.regions import Region, polygon, rectangle

OPTIONS = ReadingOptions()
AREA = polygon([(0.0, 0.0), (3.0, 0.0), (3.0, 5.0)])


@pytest.fixture
def source(folder):
    return Source(folder("a.jpg", "b.jpg"), ("x.json",))


def item(name, *regions, seen=False, **words):
    return AnnotatedImage(f"x.json {name}", name, words, tuple(regions), (8, 6), seen)


def test_a_field_with_the_words_of_all_others_needs_no_question(source):
    items = [item("a.jpg", Region("cow", "box"), seen=True, animal=("cow", "sheep")), item("b.jpg", flag=("none",))]
    fields = fields_of(items)
    assert fields == {"box": Counter(cow=1), "animal": Counter(cow=1, sheep=1), "flag": Counter(none=1)}
    assert set(choose_fields(source, fields, OPTIONS)) == {"box", "animal", "flag"}


def test_fields_that_answer_one_question_are_taken_together(source):
    fields = {"box": Counter(cow=1), "brush": Counter(sheep=1)}
    with pytest.raises(QuestionError):
        choose_fields(source, fields, OPTIONS)
    assert choose_fields(source, fields, OPTIONS, ("box", "brush")) == ("box", "brush")
    with pytest.raises(QuestionError, match="3 fields"):
        choose_fields(source, fields | {"weather": Counter(sun=1)}, OPTIONS, ("box", "brush"))


def test_only_words_and_areas_of_the_chosen_fields_count(source):
    items = [item("a.jpg", Region("cow", "animal", AREA), Region("left", "side", AREA), weather=("sun",))]
    found = labelling_of(source, items, ("animal",))
    assert found.tags == {"a.jpg": ("cow",)}
    assert found.drawings["a.jpg"]({"cow": 1}).max() == 1


def test_a_picture_described_twice_must_have_equal_tags_and_outlines(source):
    one = item("a.jpg", Region("cow", "", AREA))
    other = item("A.JPG", Region("cow", "", rectangle((0.0, 0.0), (3.0, 3.0))))
    assert list(labelling_of(source, [one, one], ("",)).drawings) == ["a.jpg"]
    assert labelling_of(source, [one, other], ("",)).drawings == {}
    with pytest.raises(InputError, match=r"x.json a.jpg: says of a.jpg: sheep, but x.json a.jpg says cow"):
        labelling_of(source, [one, item("a.jpg", Region("sheep", "", AREA))], ("",))


def test_pictures_of_no_class_count_where_somebody_has_looked(source):
    found = labelling_of(source, [item("a.jpg", seen=True), item("b.jpg")], ("",))
    assert found.tags == {"a.jpg": ()}
    found = labelling_of(source, [item("a.jpg", x=("none",)), item("b.jpg", x=("cow", "background"))], ("x",))
    assert found.tags == {"a.jpg": (), "b.jpg": ("cow",)}
