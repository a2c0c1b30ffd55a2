"""What stands under `*` reaches every variant of its stage."""

import pytest
import yaml

from seedmask.config.graph import load_file
from seedmask.errors import InputError

RECIPE = """
dataset: {name: cows, format: folder, root: cows}
classifiers:
  "*": {epochs: 1, bank: {draws: 2}, augmentation: {crop: 64}}
  plain: {method: cam, epochs: 7, augmentation: {crop: 224, flip: 0}}
  sfc: {method: sfc, bank: {draws: 4}}
seeds:
  plain: {from: classifiers/plain}
"""


@pytest.fixture
def configuration(tmp_path):
    def load(old="", new=""):
        path = tmp_path / "cows.yaml"
        path.write_text(RECIPE.replace(old, new))
        return load_file(path)

    return load


def test_it_takes_the_place_of_what_variants_say_key_by_key(configuration):
    classifiers = configuration().classifiers
    assert list(classifiers) == ["plain", "sfc"]
    assert {one.epochs for one in classifiers.values()} == {1}
    views = classifiers["plain"].augmentation
    assert (views.crop, views.flip) == (64, 0)


def test_a_mapping_is_for_variants_that_have_one(configuration):
    classifiers = configuration().classifiers
    assert classifiers["sfc"].bank.draws == 2
    untouched = configuration("bank: {draws: 2}, augmentation: {crop: 64}", "").classifiers["sfc"]
    assert classifiers["sfc"].augmentation == untouched.augmentation


def test_a_key_that_no_method_of_the_stage_has_is_refused_with_its_line(configuration):
    with pytest.raises(InputError, match=r"line 4: classifiers.\*: no method has a key 'epoch'; write .epochs."):
        configuration("epochs: 1", "epoch: 1")


def test_a_wrong_value_is_refused_at_its_own_line(configuration):
    with pytest.raises(InputError, match=r"cows.yaml line 4: classifiers.plain.epochs: "):
        configuration("epochs: 1", "epochs: none")


def test_a_stage_without_it_is_left_alone(configuration):
    assert configuration().seeds == configuration(yaml.safe_dump({}), "").seeds
