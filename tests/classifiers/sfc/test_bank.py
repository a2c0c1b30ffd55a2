"""Pictures of a bank behind those of a batch."""

import pytest
import torch

from seedmask.classifiers.sfc.options import Bank
from seedmask.classifiers.sfc.samples import BankSampler

GREY = torch.full((1, 3, 1, 1), 0.5)


def batch(*classes, value=1.0):
    labels = torch.zeros(len(classes), 3)
    for number, c in enumerate(classes):
        if c is not None:
            labels[number, c] = 1
    return torch.full((len(classes), 3, 4, 4), value), labels, torch.ones(len(classes), 1, 4, 4)


def banked(**options):
    return BankSampler(Bank(**options), 3, 0, GREY)


def test_drawn_pictures_stand_behind_the_batch_with_their_labels_and_places():
    bank = banked(draws=5)
    pictures, labels, inside = bank.with_drawn(batch(0, 1, value=0.25))
    assert pictures.shape == (7, 3, 4, 4)
    filled = labels[2:].any(dim=1)
    assert torch.equal(pictures[2:][filled], torch.full_like(pictures[2:][filled], 0.25))
    assert torch.equal(inside[:, 0, 0, 0], torch.cat([torch.ones(2), filled.float()]))


def test_an_empty_slot_is_grey_without_a_label_and_can_be_left_out():
    bank = banked(draws=50)
    pictures, labels, inside = bank.with_drawn(batch(1))
    empty = ~labels.any(dim=1)
    assert empty.any()
    assert (pictures[empty] == 0.5).all()
    assert not inside[empty].any()
    _, labels, _ = banked(draws=50, allow_empty=False).with_drawn(batch(1))
    assert (labels[:, 1] == 1).all()


def test_the_batch_itself_can_be_drawn_only_if_the_bank_is_updated_first():
    late = banked(draws=4, update_before_draw=False, allow_empty=False)
    assert len(late.with_drawn(batch(0))[0]) == 1
    _, labels, _ = late.with_drawn(batch(2))
    assert labels[1:].argmax(dim=1).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("allow_empty", [True, False])
def test_batches_of_untagged_pictures_are_left_as_they_are(allow_empty):
    given = batch(None, None)
    found = banked(draws=3, allow_empty=allow_empty).with_drawn(given)
    assert all(map(torch.equal, found, given))


def test_a_bank_goes_on_where_another_was():
    first = banked(draws=4)
    first.with_drawn(batch(0, 1))
    other = BankSampler(Bank(draws=4), 3, 7, GREY)
    other.load_state_dict(first.state_dict())
    for step in range(3):
        given = batch(step, value=0.1 * step)
        assert all(map(torch.equal, first.with_drawn(given), other.with_drawn(given)))
