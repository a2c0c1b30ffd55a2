from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from seedmask.methods.image_bank import ImageBank

CASE = {
    key: torch.as_tensor(value)
    for key, value in np.load(Path(__file__).parents[1] / "golden" / "sfc" / "image_bank.npz").items()
}


def test_the_bank_holds_and_gives_what_the_reference_does():
    bank = ImageBank(20)
    for step in ("step0", "step1"):
        images, labels, valid = (CASE[f"{step}_{name}"] for name in ("img", "label", "valid_mask"))
        bank.update(images, labels, valid)
        slots = bank.draw(torch.arange(20))
        for found, name in zip(slots, ("slot", "slot_label", "slot_mask"), strict=True):
            assert torch.equal(found, CASE[f"{step}_{name}"])
        drawn = bank.draw(CASE[f"{step}_draw"])
        for found, own, name in zip(drawn, (images, labels, valid), ("img", "label", "valid_mask"), strict=True):
            assert torch.equal(torch.cat([own, found]), CASE[f"{step}_out_{name}"])


def filled(labels):
    labels = torch.tensor(labels, dtype=torch.float32)
    bank = ImageBank(labels.shape[1])
    images = torch.arange(1.0, len(labels) + 1).view(-1, 1, 1, 1).expand(-1, 3, 2, 2)
    bank.update(images, labels, torch.ones(len(labels), 1, 2, 2))
    return bank


def test_a_slot_holds_the_last_picture_of_its_class_and_an_empty_one_zeros():
    images, labels, valid = filled([[1, 1, 0], [1, 0, 0]]).draw(torch.arange(3))
    assert images[:, 0, 0, 0].tolist() == [2, 1, 0]
    assert labels.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 0]]
    assert valid[:, 0, 0, 0].tolist() == [1, 1, 0]


def test_a_batch_of_untagged_pictures_changes_nothing():
    bank = filled([[1, 0], [0, 1]])
    before = bank.draw(torch.arange(2))
    bank.update(torch.full((2, 3, 2, 2), 9.0), torch.zeros(2, 2), torch.zeros(2, 1, 2, 2))
    assert all(map(torch.equal, before, bank.draw(torch.arange(2))))


def test_what_is_put_in_later_does_not_change_with_its_source():
    bank, images = ImageBank(1), torch.ones(1, 3, 2, 2)
    bank.update(images, torch.ones(1, 1), torch.ones(1, 1, 2, 2))
    images += 5
    assert bank.draw(torch.tensor([0]))[0].max() == 1


def test_draws_are_even_over_the_slots_and_determined_by_the_generator():
    bank = ImageBank(20)
    draws = bank.sample(4000, torch.Generator().manual_seed(0))
    assert chisquare(torch.bincount(draws, minlength=20)).pvalue > 0.01
    assert torch.equal(draws, bank.sample(4000, torch.Generator().manual_seed(0)))


def test_a_draw_shows_a_class_as_often_as_pictures_of_all_classes_do():
    """The chance of a draw to show class c is the mean over slots s of whether the picture in slot s shows c."""
    bank = filled([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]])
    _, slots, _ = bank.draw(torch.arange(4))
    _, drawn, _ = bank.draw(bank.sample(20_000, torch.Generator().manual_seed(1)))
    torch.testing.assert_close(drawn.mean(dim=0), slots.mean(dim=0), rtol=0, atol=0.02)


def test_an_empty_bank_and_other_classes_are_refused():
    with pytest.raises(ValueError, match="the bank is empty"):
        ImageBank(2).draw(torch.tensor([0]))
    with pytest.raises(ValueError, match="tags for 3 classes, expected 2"):
        ImageBank(2).update(torch.zeros(1, 3, 2, 2), torch.zeros(1, 3), torch.zeros(1, 1, 2, 2))
