"""The scores class by class as a plot: groups of bars from the most frequent class to the rarest."""

import io
import math
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from seedmask.errors import SeedmaskError
from seedmask.report.class_scores import ClassReport, ClassScores, ScoredVariant

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
"""Of the variants, in their order: Okabe and Ito's, which colour-blind people can tell apart."""
PANELS = {"iou": "IoU", "over": "over-activation\nFP / union", "under": "under-activation\nFN / union"}
INCHES_HIGH, LEAST_WIDE, DOTS_AN_INCH = 7.5, 7.0, 150
GROUP = 0.8
"""Share of a class's width that its bars fill."""
PALE, GRID, BAND = "#666666", "#dddddd", "#f3f3f3"
STYLE = {
    "text.parse_math": False,  # a class may be called `$`
    "font.size": 9,
    "axes.axisbelow": True,
    "axes.edgecolor": PALE,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "xtick.major.size": 0,
}


def plot_png(report: ClassReport) -> bytes:
    """The plot as a PNG; equal reports give equal bytes.

    Raises:
        SeedmaskError: matplotlib is not installed.
    """
    _require_matplotlib()
    from matplotlib import style

    stream = io.BytesIO()
    # "default" overrides the user's own settings.
    with style.context(["default", STYLE]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # scripts that the font lacks become boxes
        plot_figure(report).savefig(stream, format="png", dpi=DOTS_AN_INCH, metadata={"Software": None})
    return stream.getvalue()


def plot_figure(report: ClassReport) -> Any:
    """The plot as a `Figure` of matplotlib: a panel for each share, in it a group of bars for each class."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(_inches_wide(report), INCHES_HIGH), layout="constrained")
    panels = list(drawn.subplots(len(PANELS), sharex=True, height_ratios=(2, 1, 1)))
    for axes, (share, label) in zip(panels, PANELS.items(), strict=True):
        axes.set_ylabel(label)
        _draw_bars(axes, report, share)
        _draw_means(axes, report, share)
    _set_limits(panels, len(report.classes))
    for third, left, right in _extents(report):
        over_it = {"transform": panels[0].get_xaxis_transform(), "ha": "center", "va": "bottom"}
        panels[0].text((left + right) / 2, 1.01, third.third, **over_it)
    names = [f"{line.name} ({line.images})" for line in report.classes]
    panels[-1].set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    _write_around(drawn, report, panels[0].containers)
    return drawn


def _inches_wide(report: ClassReport) -> float:
    """Wide enough for the bars and the slanted name of each class."""
    return max(LEAST_WIDE, 2 + len(report.classes) * max(0.25, 0.08 + 0.12 * len(report.variants)))


def _draw_bars(axes: Any, report: ClassReport, share: str) -> None:
    width = GROUP / len(report.variants)
    for number in range(len(report.variants)):
        heights = [_height(line, number, share) for line in report.classes]
        positions = [position + (number + 0.5) * width - GROUP / 2 for position in range(len(heights))]
        axes.bar(positions, heights, width, color=COLOURS[number])
        for position, height in zip(positions, heights, strict=True):
            if math.isnan(height):
                axes.text(position, 0, "–", ha="center", va="bottom", color=PALE)


def _draw_means(axes: Any, report: ClassReport, share: str) -> None:
    """Behind the bars, a line over each third for each variant; every other third is shaded."""
    for number_of_third, (third, left, right) in enumerate(_extents(report)):
        if number_of_third % 2 == 0:
            axes.axvspan(left, right, color=BAND, linewidth=0, zorder=0)
        for number in range(len(report.variants)):
            axes.hlines(_height(third, number, share), left, right, color=COLOURS[number], linewidth=1.5, zorder=0.9)


def _height(line: ClassScores, number: int, share: str) -> float:
    value = getattr(line.shares[number], share)
    return math.nan if value is None else value


def _extents(report: ClassReport) -> Iterator[tuple[ClassScores, float, float]]:
    """Thirds that have classes, with their left and right end on the axis."""
    for third in report.thirds:
        positions = [position for position, line in enumerate(report.classes) if line.third == third.third]
        if positions:
            yield third, positions[0] - 0.5, positions[-1] + 0.5


def _set_limits(panels: Sequence[Any], classes: int) -> None:
    """IoU from 0 to 1; the other two panels share their limits, so that they compare."""
    panels[0].set_xlim(-0.5, classes - 0.5)
    panels[0].set_ylim(0, 1)
    highest = max(axes.get_ylim()[1] for axes in panels[1:])
    for axes in panels[1:]:
        axes.set_ylim(0, highest)


def _write_around(drawn: Any, report: ClassReport, bars: Sequence[Any]) -> None:
    """Title, key of the colours, and notes."""
    drawn.legend(
        bars,
        [_legend_text(variant) for variant in report.variants],
        loc="outside upper left",
        frameon=False,
        title=f"{report.dataset}, {report.split}: classes by number of tagged images",
        title_fontproperties={"size": 12},
        alignment="left",
    )
    notes = ["lines: means over the classes of a third"]
    if any(variant.pixel_labels for variant in report.variants):
        notes.append("* uses pixel labels: a bound, not a result")
    drawn.supxlabel("; ".join(notes), x=0.01, ha="left", color=PALE, size=8)


def _legend_text(variant: ScoredVariant) -> str:
    parts = [variant.name + (" *" if variant.pixel_labels else "")]
    parts += [f"threshold {variant.threshold_text}"] * (variant.threshold_mode != "none")
    parts += [f"mean of {len(variant.runs)} runs"] * (len(variant.runs) > 1)
    return ", ".join(parts)


def _require_matplotlib() -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise SeedmaskError(
            "the plot needs matplotlib, which is not installed; run `pip install 'seedmask[plots]'`"
        ) from error
