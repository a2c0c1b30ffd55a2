import pytest
from pydantic import ValidationError

from seedmask.config.networks import Augmentation
from seedmask.masks.cyclic.options import CyclicOptions


@pytest.mark.parametrize(
    "options", [Augmentation, lambda **given: CyclicOptions.model_validate({"from": "segmenters/a", **given})]
)
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"longest": 2048}, "longest 2048: it bounds what short_side leads to; give short_side too"),
        ({"longest": 300, "short_side": 512}, "longest 300: less than short_side 512; exchange the two"),
    ],
)
def test_a_bound_that_bounds_nothing_is_refused_in_training_and_prediction(options, given, message):
    with pytest.raises(ValidationError, match=message):
        options(**given)
    assert options(short_side=512, longest=512).longest == 512
