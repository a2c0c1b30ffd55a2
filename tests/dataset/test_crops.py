import torch
from hypothesis import given
from hypothesis import strategies as st

from seedmask.dataset.crops import Window, draw_window, first_varied

SIDE = st.integers(1, 12)


@given(SIDE, SIDE, SIDE, st.booleans(), st.booleans(), st.integers(0, 99))
def test_a_crop_holds_all_that_it_can_and_its_place_is_kept(height, width, side, anywhere, mirrored, seed):
    image = torch.arange(1, height * width + 1).view(height, width)
    window = draw_window((height, width), side, anywhere, torch.Generator().manual_seed(seed))
    part = window.cut(image)
    assert part.shape == (min(height, side), min(width, side))
    canvas = window.paste(part.flip(-1) if mirrored else part, torch.zeros(side, side, dtype=torch.long), mirrored)
    canvas = canvas.flip(-1) if mirrored else canvas
    for row, column in (canvas > 0).nonzero().tolist():
        assert canvas[row, column] == image[row + window.top, column + window.left]
    assert (canvas > 0).sum() == part.numel()


def test_every_place_is_drawn_and_only_where_there_is_a_choice():
    generator = torch.Generator().manual_seed(0)
    drawn = [draw_window((5, 3), 4, True, generator) for _ in range(60)]
    assert {window.top for window in drawn} == {0, 1}
    assert {window.left for window in drawn} == {0, -1}
    before = generator.get_state()
    assert draw_window((4, 3), 4, False, generator) == Window(0, 0, 4)
    assert torch.equal(generator.get_state(), before)


def seen(labels, limit=0.75):
    """Crop that is taken of a row of labels in crops of four, and how many were drawn."""
    row = torch.tensor(labels, dtype=torch.uint8)[None]
    drawn = []

    def draw():
        drawn.append(Window(0, len(drawn), 4))
        return drawn[-1]

    window = first_varied(draw, row.expand(4, -1), limit)
    return window.left, len(drawn)


def test_a_crop_with_too_much_of_one_label_is_drawn_again():
    assert seen([0, 0, 0, 0, 0, 1, 1, *[0] * 20]) == (3, 4)
    assert seen([0, 0, 0, 1, 1, *[0] * 20]) == (1, 2), "a share equal to the limit is too much"
    assert seen([1, 2, 3, 4, *[0] * 20]) == (0, 1)


def test_ignored_pixels_are_not_counted():
    assert seen([255, 255, 255, 1, 2, *[0] * 20]) == (1, 2)
    assert seen([255, 255, 0, 1, *[0] * 20]) == (0, 1)
    assert seen([254, 254, 254, 1, 2, *[0] * 20]) == (1, 2), "nor those that a weak label leaves open"


def test_the_eleventh_crop_is_taken_whatever_it_shows():
    assert seen([0] * 20) == (10, 11)
    assert seen([255] * 20) == (10, 11)
