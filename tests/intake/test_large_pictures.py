import numpy as np
import pytest
from PIL import Image

from seedmask.dataset.images import save_mask
from seedmask.intake.large_pictures import object_shares
from seedmask.intake.write import set_up, summary_lines


def make(folder, side, thing=None):
    """Two large pictures with tags, and with masks of a thing of some pixels where it is given."""
    (folder / "farm").mkdir()
    (folder / "farm/tags.csv").write_text("a.png,cow\nb.png,cow\n")
    for name in "ab":
        Image.new("RGB", (side, 400), "green").save(folder / f"farm/{name}.png")
        if thing:
            mask = np.zeros((400, side), np.uint8)
            mask[50 : 50 + thing, 100 : 100 + thing] = 1
            mask[300 : 300 + thing, 900 : 900 + thing] = 1
            save_mask(folder / f"farm/masks/{name}.png", mask)


@pytest.mark.parametrize(
    ("side", "thing", "line", "why"),
    [
        (2400, None, "working_side: 2048", "write `tiles: 1024` instead where things are smaller than 3% of the side"),
        (2400, 40, "tiles: 1024", "because things in the masks are 1.7% of the side"),
        (2400, 200, "working_side: 2048", "because things in the masks are 8.3% of the side"),
        (2000, 40, None, None),
    ],
)
def test_init_shrinks_large_pictures_or_cuts_them_where_things_are_small(tmp_path, monkeypatch, side, thing, line, why):
    monkeypatch.chdir(tmp_path)
    make(tmp_path, side, thing)
    setup = set_up(tmp_path / "farm", tmp_path / "config.yaml")
    text, said = (tmp_path / "config.yaml").read_text(), "\n".join(summary_lines(setup))
    if line is None:
        assert "working_side" not in text
        assert "tiles" not in text
        return
    assert f"  {line}" in text
    assert why in said
    assert "max_side" not in text


def test_things_are_connected_parts_of_a_class():
    mask = np.zeros((100, 200), np.uint8)
    mask[:, :20], mask[10:20, 50:90], mask[30, 30] = 1, 2, 255
    assert sorted(object_shares(mask)) == [0.2, 0.5]
    assert not list(object_shares(None))
