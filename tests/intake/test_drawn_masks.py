import numpy as np
import pytest

from seedmask.intake.contents import read_folder
from seedmask.intake.options import ReadingOptions

PART = "0 0 0.5 0 0.5 1 0.2 1 0 1"


@pytest.mark.parametrize(
    ("names", "options", "classes"),
    [
        ("[cow, sheep]", {}, ("cow", "sheep")),
        ("['a;b', 'big  cow']", {}, ("a,b", "big cow")),
        ("[cow, sheep]", {"classes": "names.lst"}, ("goat", "hen")),
    ],
)
def test_outlines_have_the_numbers_of_their_classes_whatever_those_are_called(
    folder, tmp_path, monkeypatch, names, options, classes
):
    monkeypatch.chdir(tmp_path)
    texts = {
        "data.yaml": f"train: images\nnames: {names}\n",
        "names.lst": "goat\nhen\n",
        "labels/a.txt": f"1 {PART}\n",
        "labels/b.txt": f"0 {PART}\n",
    }
    folder("images/a.jpg", "images/b.jpg", texts=texts)
    contents = read_folder(tmp_path, ReadingOptions(**options))
    assert contents.classes == classes
    for image, number in (("images/a.jpg", 2), ("images/b.jpg", 1)):
        np.testing.assert_array_equal(np.unique(contents.draw_mask(image)), [0, number])
