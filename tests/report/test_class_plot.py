import io
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from seedmask.errors import SeedmaskError
from seedmask.report.class_plot import COLOURS, plot_figure, plot_png
from seedmask.report.class_scores import ClassReport, ClassScores, ScoredVariant, UnionShares


def shares(iou):
    """Half of what is missing is too much and half too little."""
    return UnionShares(iou, None, None) if iou is None else UnionShares(iou, (1 - iou) / 2, (1 - iou) / 2)


def line(name, *ious, **facts):
    return ClassScores(name, tuple(map(shares, ious)), **facts)


def report(**changes):
    """Two variants, four classes of which one is in no image."""
    facts = {
        "dataset": "farm",
        "split": "train",
        "variants": (
            ScoredVariant("seeds/cam", "oracle", 0.3, True, 9, ((shares(0.5),),)),
            ScoredVariant("predictions/sfc", "none", None, False, 9, ((shares(0.5),), (shares(0.5),))),
        ),
        "classes": (
            line("cow", 0.6, 0.8, images=7, third="head"),
            line("goat", 0.4, 0.6, images=5, third="head"),
            line("sheep", 0.2, None, images=2, third="middle"),
            line("yak", None, 0.0, images=0),
        ),
        "background": line("background", 0.9, 0.9),
        "thirds": (
            line("mean", 0.5, 0.7, third="head"),
            line("mean", 0.2, None, third="middle"),
            line("mean", None, None, third="tail"),
        ),
        "all": line("mean of all", 0.5, 0.6),
    }
    return ClassReport(**facts | changes)


def bars(axes):
    """For each variant its colour and bars, as left end, right end and height."""
    return [
        (
            to_hex(group[0].get_facecolor()).upper(),
            [(b.get_x(), b.get_x() + b.get_width(), b.get_height()) for b in group],
        )
        for group in axes.containers
    ]


def means(axes):
    """Colour, left end, right end and height of each line."""
    found = [(to_hex(lines.get_color()).upper(), ends) for lines in axes.collections for ends in lines.get_segments()]
    return {(colour, *np.round([*ends[:, 0], ends[0, 1]], 6).tolist()) for colour, ends in found if len(ends)}


def test_each_panel_has_a_bar_for_each_class_and_variant():
    panels = plot_figure(report()).axes
    for axes, heights in zip(
        panels,
        ([0.6, 0.4, 0.2, np.nan, 0.8, 0.6, np.nan, 0.0], *[[0.2, 0.3, 0.4, np.nan, 0.1, 0.2, np.nan, 0.5]] * 2),
        strict=True,
    ):
        found = bars(axes)
        assert [colour for colour, _ in found] == list(COLOURS[:2])
        np.testing.assert_allclose([height for _, group in found for *_, height in group], heights)
    assert [axes.get_ylabel().split("\n")[0] for axes in panels] == ["IoU", "over-activation", "under-activation"]


def test_over_and_under_activation_are_each_in_their_own_panel():
    cow = ClassScores("cow", (UnionShares(0.5, 0.2, 0.3),) * 2, images=1, third="head")
    _, over, under = plot_figure(report(classes=(cow,))).axes
    assert [group[0].get_height() for group in over.containers] == [0.2, 0.2]
    assert [group[0].get_height() for group in under.containers] == [0.3, 0.3]
    assert over.get_ylim() == under.get_ylim()


def test_bars_stand_side_by_side_over_the_names_and_counts_of_their_classes():
    axes = plot_figure(report()).axes
    (_, first), (_, second) = bars(axes[0])
    for place, ((left, middle, _), (start, right, _)) in enumerate(zip(first, second, strict=True)):
        assert middle == pytest.approx(start)
        assert (left + right) / 2 == pytest.approx(place)
        assert right - left < 1
    labels = axes[-1].get_xticklabels()
    assert [(label.get_position()[0], label.get_text()) for label in labels] == [
        (0, "cow (7)"), (1, "goat (5)"), (2, "sheep (2)"), (3, "yak (0)"),
    ]  # fmt: skip


def test_what_is_undefined_is_a_dash():
    axes = plot_figure(report()).axes[0]
    dashes = [text.get_position() for text in axes.texts if text.get_text() == "–"]
    assert dashes == [(pytest.approx(2.8), 0), (pytest.approx(2.2), 0)]  # yak of the first variant, sheep of the second


def test_means_are_lines_over_the_thirds_that_have_classes():
    axes = plot_figure(report()).axes
    first, second = COLOURS[:2]
    assert means(axes[0]) == {
        (first, -0.5, 1.5, 0.5), (second, -0.5, 1.5, 0.7), (first, 1.5, 2.5, 0.2),
    }  # fmt: skip
    assert (first, -0.5, 1.5, 0.25) in means(axes[1])
    names = {text.get_text(): text.get_position()[0] for text in axes[0].texts if text.get_text() != "–"}
    assert names == {"head": 0.5, "middle": 2.0}


def test_title_and_key_say_what_is_compared():
    drawn = plot_figure(report())
    (key,) = drawn.legends
    assert key.get_title().get_text().startswith("farm, train: ")
    assert [text.get_text() for text in key.get_texts()] == [
        "seeds/cam *, threshold oracle 0.300",
        "predictions/sfc, mean of 2 runs",
    ]
    assert [to_hex(bar.get_facecolor()).upper() for bar in key.get_patches()] == list(COLOURS[:2])
    assert "* uses pixel labels: a bound, not a result" in drawn.get_supxlabel()
    honest = report(variants=(report().variants[1],) * 2)
    assert "*" not in plot_figure(honest).get_supxlabel()


@pytest.mark.parametrize("iou", [None, 0.0, 1.0])
def test_plots_without_pixels_and_of_perfect_masks_can_be_drawn(iou):
    lines = [line(name, iou, iou, images=1, third=name) for name in ("head", "middle", "tail")]
    drawn = plot_figure(report(classes=tuple(lines), thirds=tuple(lines)))
    drawn.draw_without_rendering()
    assert all(axes.get_ylim()[1] > 0 for axes in drawn.axes)


def test_many_classes_widen_the_plot():
    """Slanted names of a height of 0.15 inches need 0.21 inches each."""
    many = tuple(line(f"class {k}", 0.5, 0.5, images=1, third="head") for k in range(80))
    axes = plot_figure(report(classes=many)).axes[0]
    axes.figure.draw_without_rendering()
    assert axes.get_window_extent().width / axes.figure.dpi / 80 > 0.21


def test_equal_reports_give_equal_bytes_whatever_the_user_prefers():
    plain = plot_png(report())
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        assert plot_png(report()) == plain
    assert plot_png(report(split="val")) != plain
    with Image.open(io.BytesIO(plain)) as image:
        assert image.format == "PNG"
        assert image.height == 1125
        assert "Software" not in image.info


def test_class_names_are_no_formulas_and_may_be_of_any_script():
    """The suite turns warnings into errors; a formula that is wrong raises one."""
    classes = (line("$\\cow$", 0.6, 0.8, images=7, third="head"), line("牛", 0.4, 0.6, images=5, third="middle"))
    assert plot_png(report(classes=classes)).startswith(b"\x89PNG")


def test_without_matplotlib_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(SeedmaskError, match=r"pip install 'seedmask\[plots\]'"):
        plot_png(report())
