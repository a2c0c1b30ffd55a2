"""What the pages and docstrings show, run as it stands there."""

import doctest
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seedmask.export import arrays
from seedmask.export.onnx_file import export_onnx
from seedmask.prediction import segmenter

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "results/README.md", "docs/arrays.md", "docs/predict.md")


@pytest.fixture
def as_shown(copied):
    """A run under the name that the pages use, with the other files that they name."""
    os.rename("results/tiny", "results/stamps")  # noqa: PTH104
    Image.open("pictures/p2.png").resize((90, 75)).save("picture.jpg")
    return copied


@pytest.mark.parametrize("page", PAGES)
def test_the_python_of_a_page_runs(as_shown, page, capsys):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    assert blocks
    if page == "docs/predict.md":
        export_onnx(Path("results/stamps"), "segmenters/crf", Path("onnx"))
    names = {}
    for block in blocks:
        exec(compile(block, page, "exec"), names)
    shape = (75, 90) if page == "docs/predict.md" else (12, 16)
    assert names["labels" if page == "README.md" else "mask"].shape == shape
    capsys.readouterr()


def test_both_ways_to_open_a_store_give_the_same(as_shown):
    shown = re.findall(r"```python\n(.*?)```", (ROOT / "results/README.md").read_text(), re.DOTALL)
    first, second = {}, {}
    exec(shown[0], first)
    exec(shown[1], second)
    assert first["one"].image.item() == second["rows"][0]["id"]
    np.testing.assert_allclose(first["cam"].values, second["cam"], rtol=1e-6)
    assert first["one"].classes.values[0] == second["number"]
    assert np.array_equal(first["mask"].values, second["mask"])


@pytest.mark.parametrize("module", [arrays, segmenter])
def test_examples_of_docstrings_are_right(here, module):
    result = doctest.testmod(module)
    assert result.attempted > 3
    assert result.failed == 0
