import numpy as np

from seedmask.dataset.images import palette
from seedmask.report.drawing import heat_colours
from seedmask.viewer.images import page_colours, safe_palette


def table(text):
    return np.frombuffer(bytes.fromhex(text), np.uint8).reshape(-1, 3)


def test_the_page_draws_in_the_colours_of_the_report():
    report = page_colours()["report"]
    assert np.array_equal(table(report["labels"]), palette())
    assert np.array_equal(table(report["heat"]), np.rint(heat_colours(np.linspace(0, 1, 256)[None]))[0])


def test_safe_colours_differ_as_long_as_the_page_says_and_then_repeat():
    found, repeats = safe_palette().tolist(), page_colours()["safe"]["repeats"]
    assert len(set(map(tuple, found[: repeats + 1]))) == repeats + 1
    assert found[repeats + 1] == found[1]
    assert found[0] == [0, 0, 0]
    assert found[255] not in found[:255]


def test_safe_heat_grows_lighter_all_the_way():
    lightness = table(page_colours()["safe"]["heat"]) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(lightness) >= -0.5).all()
    assert lightness[-1] - lightness[0] > 150
