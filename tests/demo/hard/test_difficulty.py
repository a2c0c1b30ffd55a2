from dataclasses import fields

import pytest

from seedmask.demo.hard.difficulty import Difficulty
from seedmask.errors import SeedmaskError

SHARES = [field.name for field in fields(Difficulty) if field.type is float and field.name != "tail_exponent"]
RANGES = [field.name for field in fields(Difficulty) if field.name.endswith("area") or field.name == "brightness"]


@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_a_share_lies_between_0_and_1(name, value):
    with pytest.raises(SeedmaskError, match=f"{name} is {value}, expected a share"):
        Difficulty(**{name: value})


@pytest.mark.parametrize("name", [*RANGES, "period"])
@pytest.mark.parametrize("value", [(0.2, 0.1), (-0.1, 0.1)])
def test_a_range_rises_from_0(name, value):
    with pytest.raises(SeedmaskError, match=f"{name} is .* expected a range"):
        Difficulty(**{name: value})


@pytest.mark.parametrize("chances", [(), (0.5, 0.4), (1.5, -0.5), (1.0, *[0.0] * 12)])
def test_chances_of_the_number_of_classes_sum_to_1(chances):
    with pytest.raises(SeedmaskError, match=r"classes is .* expected at most 12 chances that sum to 1"):
        Difficulty(classes=chances)
