"""Pictures of an hour for the asset pages: sparklines and distributions as SVG. Numbers in, text out."""

import base64
import html
from collections.abc import Sequence
from typing import NamedTuple

INK, MUTED, ACCENT = "#6b7280", "#9ca3af", "#2563eb"
"""Readable on light and on dark pages."""
SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 160, 28, 3
BAR_WIDTH, BAR_GAP, PLOT_HEIGHT = 26, 4, 90
RANGE_WIDTH, RANGE_HEIGHT, LABEL_WIDTH = 420, 24, 130


def image(svg: str, title: str) -> str:
    """Return the SVG as a Markdown image that carries its own data."""
    return f"![{title}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def sparkline(values: Sequence[float | None], top: float, mark: float | None = None) -> str:
    """Return a line through the values, 0 at the bottom and `top` at the top; unknown values leave a gap.

    `mark` draws a thin line across at that value; the last known value has a dot.
    """
    step = (SPARK_WIDTH - 2 * SPARK_MARGIN) / max(len(values) - 1, 1)
    segments: list[list[str]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            segments.append([])
        else:
            segments[-1].append(f"{SPARK_MARGIN + index * step:.1f},{_height(value, top):.1f}")
    known = [points for points in segments if points]
    lines = "".join(
        f'<polyline points="{" ".join(points if len(points) > 1 else points * 2)}" fill="none" stroke="{ACCENT}" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>'
        for points in known
    )
    across = _across(_height(mark, top)) if mark is not None else ""
    return _svg(SPARK_WIDTH, SPARK_HEIGHT, across + lines + (_dot(known[-1][-1]) if known else ""))


def _height(value: float, top: float) -> float:
    share = min(max(value / top, 0), 1) if top else 0.5
    return SPARK_MARGIN + (SPARK_HEIGHT - 2 * SPARK_MARGIN) * (1 - share)


def _across(y: float) -> str:
    return f'<path d="M0 {y:.1f}H{SPARK_WIDTH}" stroke="{MUTED}" stroke-width="1" stroke-dasharray="2 3"/>'


def _dot(point: str) -> str:
    x, y = point.split(",")
    return f'<circle cx="{x}" cy="{y}" r="2.5" fill="{ACCENT}"/>'


def histogram(counts: Sequence[int], labels: Sequence[str], marked: int) -> str:
    """Return bars with their counts; bars from index `marked` on stand out."""
    top = max([*counts, 1])
    parts = []
    for index, (count, label) in enumerate(zip(counts, labels, strict=True)):
        x, height = index * (BAR_WIDTH + BAR_GAP), round(PLOT_HEIGHT * count / top)
        center = x + BAR_WIDTH / 2
        color = ACCENT if index >= marked else MUTED
        parts.append(f'<rect x="{x}" y="{PLOT_HEIGHT - height + 14}" width="{BAR_WIDTH}" height="{height}" fill="{color}"/>')
        parts.append(_text(center, PLOT_HEIGHT - height + 11, str(count)))
        parts.append(_text(center, PLOT_HEIGHT + 26, label))
    return _svg(len(counts) * (BAR_WIDTH + BAR_GAP), PLOT_HEIGHT + 32, "".join(parts))


class Range(NamedTuple):
    """A value and the interval around it."""

    label: str
    value: float
    low: float
    high: float


def ranges(rows: Sequence[Range], top: float = 100) -> str:
    """Return a line per row from 0 to `top`: a dot at the value, a bar over its interval; what is beyond is cut off.

    The last row stands out.
    """
    parts = [_down(LABEL_WIDTH + RANGE_WIDTH * tick / 4, len(rows) * RANGE_HEIGHT) for tick in range(5)]
    for index, row in enumerate(rows):
        y = index * RANGE_HEIGHT + RANGE_HEIGHT / 2
        low, middle, high = (
            LABEL_WIDTH + RANGE_WIDTH * min(max(value / top, 0), 1) for value in (row.low, row.value, row.high)
        )
        color = ACCENT if index == len(rows) - 1 else MUTED
        parts.append(_text(LABEL_WIDTH - 8, y + 3, row.label, "end"))
        parts.append(f'<path d="M{low:.1f} {y}H{high:.1f}" stroke="{color}" stroke-width="4" stroke-linecap="round"/>')
        parts.append(f'<circle cx="{middle:.1f}" cy="{y}" r="5" fill="{color}"/>')
        parts.append(_text(LABEL_WIDTH + RANGE_WIDTH + 8, y + 3, f"{row.value:.1f}", "start"))
    parts += [
        _text(LABEL_WIDTH + RANGE_WIDTH * tick / 4, len(rows) * RANGE_HEIGHT + 14, f"{top * tick / 4:g}") for tick in range(5)
    ]
    return _svg(LABEL_WIDTH + RANGE_WIDTH + 50, len(rows) * RANGE_HEIGHT + 20, "".join(parts))


def _down(x: float, height: float) -> str:
    return f'<path d="M{x:.1f} 0V{height}" stroke="{MUTED}" stroke-width="1" stroke-dasharray="2 3"/>'


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    style = f'font-size="9" font-family="sans-serif" text-anchor="{anchor}" fill="{INK}"'
    return f'<text x="{x}" y="{y}" {style}>{html.escape(text)}</text>'


def _svg(width: float, height: float, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">{body}</svg>'
    )
