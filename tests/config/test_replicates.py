import pytest

from seedmask.config.graph import load
from seedmask.config.replicates import counts, expanded, split
from seedmask.errors import InputError

DATASET = {"name": "cows", "format": "folder", "root": "cows"}


def variants(**more):
    """A chain in which masks are trained on once, and a second round follows."""
    values = {
        "dataset": DATASET,
        "classifiers": {"cam": {}},
        "seeds": {"cam": {"from": "classifiers/cam"}},
        "masks": {
            "crf": {"from": "seeds/cam", "method": "crf"},
            "again": {"from": "segmenters/ce", "method": "cyclic"},
        },
        "segmenters": {"ce": {"from": "masks/crf", "seed": 5}, "second": {"from": "masks/again"}},
        "predictions": {"second": {"from": "segmenters/second"}},
    }
    for stage, changes in more.items():
        for name, settings in changes.items():
            values[stage][name] = values[stage].get(name, {}) | settings
    return dict(load(values, []).variants())


def test_without_replicates_everything_is_made_once_under_its_own_name():
    assert expanded(variants()) == variants()


def test_what_is_made_from_replicates_fans_out_alike_and_what_they_are_made_from_does_not():
    made = expanded(variants(segmenters={"ce": {"replicates": 3}}))
    times = counts(variants(segmenters={"ce": {"replicates": 3}}))
    assert times == {
        "classifiers/cam": 1,
        "seeds/cam": 1,
        "masks/crf": 1,
        "masks/again": 3,
        "segmenters/ce": 3,
        "segmenters/second": 3,
        "predictions/second": 3,
    }
    assert set(made) == {name if not k else f"{name}.{k}" for name, n in times.items() for k in range(n)}
    assert made["segmenters/ce.2"].source == "masks/crf"
    assert made["masks/again.2"].source == "segmenters/ce.2"
    assert made["segmenters/second.1"].source == "masks/again.1"
    assert made["masks/again"].source == "segmenters/ce"


def test_every_training_of_a_replicate_takes_its_own_seed_plus_its_number():
    made = expanded(variants(segmenters={"ce": {"replicates": 3}}))
    assert [made[f"segmenters/ce{k}"].seed for k in ("", ".1", ".2")] == [5, 6, 7]
    assert [made[f"segmenters/second{k}"].seed for k in ("", ".1", ".2")] == [0, 1, 2]


def test_more_replicates_leave_the_first_ones_as_they_are():
    few, more = (expanded(variants(classifiers={"cam": {"replicates": n}})) for n in (1, 2))
    dumped = {name: more[name].model_dump() for name in few}
    assert dumped == {name: settings.model_dump() for name, settings in few.items()}


def test_a_name_inside_a_group_of_keys_fans_out_too():
    crops = {"method": "seam", "crops": {"rough": "seeds/cam"}}
    made = expanded(variants(classifiers={"cam": {"replicates": 2}, "tiles": crops}))
    assert made["classifiers/tiles.1"].crops.rough == "seeds/cam.1"
    assert made["classifiers/tiles"].crops.rough == "seeds/cam"


def test_each_of_several_names_fans_out():
    mean = {"method": "mean", "of": ["seeds/cam", "seeds/other"]}
    seeds = {"other": {"from": "classifiers/other"}, "mean": mean}
    made = expanded(variants(classifiers={"cam": {"replicates": 2}, "other": {}}, seeds=seeds))
    assert made["seeds/mean"].of == ("seeds/cam", "seeds/other")
    assert made["seeds/mean.1"].of == ("seeds/cam.1", "seeds/other")


def test_the_same_number_below_is_paired_and_another_is_refused():
    even = variants(classifiers={"cam": {"replicates": 2}}, segmenters={"ce": {"replicates": 2}})
    assert counts(even)["segmenters/ce"] == 2
    found = r"segmenters/ce: replicates that cannot be paired: segmenters/ce 3, masks/crf 2; give all the same number"
    with pytest.raises(InputError, match=found):
        variants(classifiers={"cam": {"replicates": 2}}, segmenters={"ce": {"replicates": 3}})


@pytest.mark.parametrize("count", [0, -1, 1.5])
def test_a_number_of_replicates_is_a_positive_whole_number(count):
    with pytest.raises(InputError, match=r"segmenters\.ce\.replicates: input should be"):
        variants(segmenters={"ce": {"replicates": count}})


def test_a_replicate_is_known_by_its_number():
    assert split("segmenters/ce.12") == ("segmenters/ce", 12)
    assert split("segmenters/ce") == ("segmenters/ce", 0)
