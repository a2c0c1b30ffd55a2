"""Small drawings of the page as SVG text: the graph of variants, mIoU over the threshold, metrics over the epochs."""

from collections.abc import Collection, Sequence

from markupsafe import escape

from seedmask.config.stages import STAGES
from seedmask.report.chain import Variants
from seedmask.report.learning import Points
from seedmask.report.scores import Score

BOX, ROW, GAP = (150, 44), 60, 50
"""Width and height of a variant's box, distance of rows, and gap between stages, in pixels."""
PLOT = (360, 170)
"""Width and height of the plot's area in pixels."""
SMALL = (190, 90)
"""The same of a plot of a training."""
LEFT, TOP = 40, 10
COLOURS = {"label_free": "#1b6ca8", "oracle": "#c2410c"}


def graph_svg(variants: Variants, kept: Collection[str] = ()) -> str:
    """Boxes by stage, arrows from the sources of each variant; `truth` has no box.

    Args:
        variants: all variants of the configuration.
        kept: those that existed before the last run; their boxes are dashed.
    """
    stages = [stage for stage in STAGES if any(name.startswith(f"{stage}/") for name in variants)]
    columns = [[name for name in variants if name.startswith(f"{stage}/")] for stage in stages]
    corners = {
        name: (column * (BOX[0] + GAP), 20 + row * ROW)
        for column, names in enumerate(columns)
        for row, name in enumerate(names)
    }
    width, height = len(stages) * (BOX[0] + GAP), 20 + ROW * max([1, *map(len, columns)])
    parts = [
        f'<svg class="graph" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        'aria-label="what each variant is made from; the table below lists it">'
    ]
    for column, stage in enumerate(stages):
        parts.append(f'<text class="stage" x="{column * (BOX[0] + GAP)}" y="12">{stage}</text>')
    for name, (x, y) in corners.items():
        facts = variants[name]
        parts += [_arrow(corners[source], (x, y)) for source in facts["from"]]
        kind = facts["title"] + (", learns from truth" if facts["reads_truth"] else "")
        times = f" × {facts['replicates']}" if facts["replicates"] > 1 else ""
        dashed = ' class="kept"' if name in kept else ""
        parts.append(f'<rect{dashed} x="{x}" y="{y}" width="{BOX[0]}" height="{BOX[1]}" rx="6"/>')
        parts.append(f'<text x="{x + 10}" y="{y + 18}">{name.split("/")[1]}{times}</text>')
        parts.append(f'<text class="pale" x="{x + 10}" y="{y + 34}">{escape(kind)}</text>')
    return "".join([*parts, "</svg>"])


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    x0, y0, x1, y1 = start[0] + BOX[0], start[1] + BOX[1] // 2, end[0], end[1] + BOX[1] // 2
    bend = (x0 + x1) // 2
    tip = f"M{x1 - 7} {y1 - 4} L{x1} {y1} L{x1 - 7} {y1 + 4}"
    return f'<path d="M{x0} {y0} C{bend} {y0} {bend} {y1} {x1} {y1} {tip}"/>'


def threshold_svg(points: Sequence[tuple[float, float]], marked: Sequence[Score]) -> str:
    """MIoU over the background threshold, both 0..1, with the selected thresholds marked."""
    width, height = PLOT
    parts = [
        f'<svg class="curve" viewBox="0 0 {LEFT + width + 20} {TOP + height + 38}" width="{LEFT + width + 20}" '
        f'height="{TOP + height + 38}" role="img" aria-label="mIoU at every background threshold">'
    ]
    for step in range(6):
        x, y = _position(step / 5, step / 5)
        parts.append(f'<path class="grid" d="M{x} {TOP} V{TOP + height} M{LEFT} {y} H{LEFT + width}"/>')
        parts.append(f'<text class="pale" x="{x}" y="{TOP + height + 16}" text-anchor="middle">{step / 5:.1f}</text>')
        parts.append(f'<text class="pale" x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{step / 5:.1f}</text>')
    line = " ".join("{},{}".format(*_position(*point)) for point in points)
    parts.append(f'<polyline points="{line}"/>')
    for score in marked:
        miou = score.numbers["miou"]
        if score.threshold is None or miou is None:
            continue
        x, y = _position(score.threshold, miou)
        colour = COLOURS.get(score.threshold_mode, "#222")
        parts.append(f'<circle cx="{x}" cy="{y}" r="5" fill="{colour}"/>')
    middle = LEFT + width // 2
    parts.append(f'<text x="{middle}" y="{TOP + height + 34}" text-anchor="middle">background threshold</text>')
    parts.append(f'<text x="{LEFT + 6}" y="{TOP + 14}">mIoU</text>')
    return "".join([*parts, "</svg>"])


def metric_svg(name: str, lines: Sequence[Points]) -> str:
    """A metric over the epochs, from 0 or the least value to the largest; one line for each training."""
    values = [value for line in lines for _, value in line]
    low, high = min(0.0, *values), max(values)
    last = max(epoch for line in lines for epoch, _ in line)
    width, height = SMALL
    parts = [
        f'<svg class="curve" viewBox="0 0 {LEFT + width + 12} {TOP + height + 24}" width="{LEFT + width + 12}" '
        f'height="{TOP + height + 24}" role="img" aria-label="{escape(name)} of each epoch">'
    ]
    for share, value in ((0, low), (1, high)):
        y = round(TOP + (1 - share) * height, 1)
        parts.append(f'<path class="grid" d="M{LEFT} {y} H{LEFT + width}"/>')
        parts.append(f'<text class="pale" x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{value:.2f}</text>')
    for epoch, anchor in ((1, "start"), (last, "end")):
        x = LEFT if epoch == 1 else LEFT + width
        parts.append(f'<text class="pale" x="{x}" y="{TOP + height + 18}" text-anchor="{anchor}">{epoch:.0f}</text>')
    for line in lines:
        points = [
            (LEFT + width * (epoch - 1) / max(1, last - 1), TOP + height * (high - value) / ((high - low) or 1))
            for epoch, value in line
        ]
        parts.append('<polyline points="{}"/>'.format(" ".join(f"{x:.1f},{y:.1f}" for x, y in points)))
        x, y = points[-1]
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>')
    parts.append(f'<text x="{LEFT + 6}" y="{TOP + 12}">{escape(name)}</text>')
    return "".join([*parts, "</svg>"])


def _position(x: float, y: float) -> tuple[float, float]:
    return round(LEFT + x * PLOT[0], 1), round(TOP + (1 - y) * PLOT[1], 1)
