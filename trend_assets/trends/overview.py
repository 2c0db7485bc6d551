"""What people look at first: the top candidates of an hour with their course, and how scores are distributed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from trend_assets.hours import HOUR, Span
from trend_assets.lake.lake import Lake
from trend_assets.lake.tables import BUCKETS, CANDIDATES
from trend_assets.trends.pictures import cell, histogram, image, sparkline
from trend_assets.trends.scoring import THRESHOLD, score_sql

TOP = 10
COURSE_HOURS = 24
BIN = 10
"""Points of a bar of the score distribution."""

_TOP = """
SELECT candidate_id, display_name, status, trend_score, velocity FROM trend_candidates
WHERE hour = $hour AND status NOT IN ('stale', 'expired') ORDER BY trend_score DESC NULLS LAST, candidate_id LIMIT $top
"""


def describe_candidates(lake: Lake, span: Span) -> Mapping[str, str]:
    """Return Markdown on the last hour of the span: its highest open candidates, with sparklines."""
    hour = span.end - HOUR
    first = hour - timedelta(hours=COURSE_HOURS - 1)
    with lake.snapshot() as snapshot:
        snapshot.view(CANDIDATES, first, span.end)
        top = snapshot.connection.execute(_TOP, {"hour": hour, "top": TOP}).fetchall()
        courses: dict[str, dict[Any, float | None]] = {row[0]: {} for row in top}
        rows = "SELECT candidate_id, hour, trend_score FROM trend_candidates WHERE list_contains($ids, candidate_id)"
        for candidate, at, score in snapshot.connection.execute(rows, {"ids": list(courses)}).fetchall():
            courses[candidate][at] = score
    hours = list(Span(first, span.end))
    lines = [
        f"Top candidates at {hour:%Y-%m-%d %H:00} UTC",
        "",
        "| topic | status | score | velocity | last 24 h |",
        "|---|---|---|---|---|",
    ]
    for candidate, name, status, score, velocity in top:
        course = image(sparkline([courses[candidate].get(at) for at in hours], 100), "score")
        lines.append(f"| {cell(name)} | {status} | {_number(score)} | {_number(velocity)} | {course} |")
    return {"top candidates": "\n".join(lines) if top else f"No open candidate at {hour:%Y-%m-%d %H:00} UTC."}


def describe_buckets(lake: Lake, span: Span) -> Mapping[str, str]:
    """Return Markdown on the last hour of the span: the distribution of its scores."""
    hour = span.end - HOUR
    with lake.snapshot() as snapshot:
        snapshot.view(BUCKETS, hour, span.end)
        bins = (
            f"SELECT least(trend_score // {BIN}, {100 // BIN - 1})::INTEGER AS bin, count(*) FROM ({score_sql(BUCKETS.name)})"
        )
        counts = dict(snapshot.rows(f"{bins} WHERE trend_score IS NOT NULL GROUP BY bin"))
    labels = [str(start) for start in range(0, 100, BIN)]
    svg = histogram([counts.get(index, 0) for index in range(len(labels))], labels, marked=THRESHOLD // BIN)
    text = f"Scores of the {sum(counts.values())} buckets at {hour:%Y-%m-%d %H:00} UTC; from {THRESHOLD} on in blue\n\n"
    return {"score distribution": text + image(svg, "score distribution")}


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.1f}"
