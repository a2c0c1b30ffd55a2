import pytest

from seedmask.labels import LabelSet, kept_labels

WITH, WITHOUT = LabelSet(("road", "car")), LabelSet(("road", "car"), background=False)


@pytest.mark.parametrize("labels", [WITH, WITHOUT])
def test_a_channel_stands_for_each_label_and_has_its_name(labels):
    assert labels.channels == len(labels.names) == len(labels.values)
    named = dict(zip(labels.values, labels.names, strict=True))
    assert (named[1], named[2]) == ("road", "car")
    assert [channel + labels.first for channel in range(labels.channels)] == list(labels.values)


def test_label_0_is_there_only_with_a_background():
    assert (WITH.names[0], WITH.channels) == ("background", 3)
    assert 0 not in WITHOUT.values
    assert WITHOUT.channels == 2


def test_labels_are_kept_among_facts_and_only_a_missing_background_is_said():
    assert WITH.as_facts() == {"classes": ["road", "car"]}
    assert kept_labels(WITH.as_facts()) == WITH
    assert kept_labels(WITHOUT.as_facts()) == WITHOUT
    assert WITH.digest != WITHOUT.digest
