import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.evaluation.trust import Parts, above_chance

SHARES = st.floats(0.01, 1)
KNOWN = st.dictionaries(st.sampled_from(["clear", "fits", "finds", "agrees"]), SHARES, min_size=1)


def test_a_hand_example():
    assert Parts(knows=0.9, fits=0.4).trust == pytest.approx(0.6)
    assert Parts(clear=1.0, fits=1.0, finds=0.0, agrees=0.9).trust == 0


def test_trust_is_undefined_where_nothing_is_known():
    assert Parts().trust is None


def test_what_the_network_knows_counts_where_nothing_says_what_predictions_find():
    assert Parts(knows=0.2, finds=0.9).counted() == {"finds": 0.9}
    assert Parts(knows=0.2, agrees=0.9).counted() == {"knows": 0.2, "agrees": 0.9}


@given(KNOWN)
def test_trust_lies_between_the_worst_part_and_the_best(values):
    found = Parts(**values).trust
    assert min(values.values()) - 1e-9 <= found <= max(values.values()) + 1e-9


@given(KNOWN)
def test_a_part_that_says_what_the_others_say_together_changes_nothing(values):
    missing = next((name for name in ("clear", "fits", "finds", "agrees") if name not in values), None)
    if missing:
        assert Parts(**values, **{missing: Parts(**values).trust}).trust == pytest.approx(Parts(**values).trust)


@given(KNOWN, SHARES)
def test_a_better_part_never_lowers_trust(values, gain):
    name = min(values, key=values.get)
    better = {**values, name: min(1.0, values[name] + gain)}
    assert Parts(**better).trust >= Parts(**values).trust - 1e-9


def test_average_precision_is_scaled_from_chance_to_perfect():
    assert above_chance(0.55, 0.1) == pytest.approx(0.5)
    assert above_chance(1.0, 0.1) == 1
    assert above_chance(0.05, 0.1) == 0
    assert above_chance(1.0, 1.0) is None
    assert above_chance(None, 0.1) is None
