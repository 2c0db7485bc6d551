"""What people look at first: the top candidates with their course, what changed its status, and how scores are spread.

Markdown for Dagster's asset pages. Names are captured text: they pass through `_cell`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from trend_assets.capture.overview import plain
from trend_assets.hours import HOUR, Span
from trend_assets.lake.lake import Lake, Snapshot
from trend_assets.lake.tables import BUCKETS, CANDIDATES, TRANSITIONS
from trend_assets.trends.pictures import histogram, image, sparkline
from trend_assets.trends.scoring import THRESHOLD, score_sql

TOP = 10
COURSE_HOURS = 24
LOG_ROWS = 30
BIN = 10
"""Points of a bar of the score distribution."""

_TOP = """
SELECT candidate_id, display_name, cluster_key, status, detected_at, trend_score, velocity FROM trend_candidates
WHERE hour = $hour AND status NOT IN ('stale', 'expired') ORDER BY trend_score DESC NULLS LAST, candidate_id LIMIT $top
"""
_COURSES = "SELECT candidate_id, hour, trend_score FROM trend_candidates WHERE list_contains($ids, candidate_id)"
_LOG = """
SELECT moved.moved_at, display_name, from_status, to_status, moved.trend_score
FROM candidate_transitions AS moved JOIN trend_candidates USING (candidate_id, hour)
ORDER BY moved.moved_at DESC, moved.trend_score DESC NULLS LAST, candidate_id LIMIT ?
"""
_SCORED = f"""
CREATE OR REPLACE TEMP TABLE scored AS
SELECT hour, cluster_id, display_name, cluster_key, trend_score, filters FROM ({score_sql(BUCKETS.name)})
"""
_BINS = f"""
SELECT least(trend_score // {BIN}, {100 // BIN - 1})::INTEGER AS bin, count(*)
FROM scored WHERE hour = $hour AND trend_score IS NOT NULL GROUP BY bin
"""
_REFUSED = f"""
SELECT hour, display_name, cluster_key, trend_score, list_aggregate(filters, 'string_agg', ', ')
FROM scored WHERE trend_score > {THRESHOLD} AND len(filters) > 0
ORDER BY hour DESC, trend_score DESC, cluster_id LIMIT $top
"""


def describe_candidates(lake: Lake, span: Span) -> Mapping[str, str]:
    """Return Markdown on the last hour of the span: its highest open candidates, with sparklines."""
    hour = span.end - HOUR
    hours = list(Span(hour - timedelta(hours=COURSE_HOURS - 1), span.end))
    with lake.snapshot() as snapshot:
        snapshot.view(CANDIDATES, hours[0], span.end)
        top = snapshot.connection.execute(_TOP, {"hour": hour, "top": TOP}).fetchall()
        courses = _courses(snapshot, [row[0] for row in top])
    if not top:
        return {"top candidates": f"No open candidate at {_time(hour)}."}
    rows = []
    for candidate, name, key, status, since, score, velocity in top:
        course = image(sparkline([courses[candidate].get(at) for at in hours], 100, THRESHOLD), "score")
        rows.append((_cell(name), _cell(key), status, f"{since:%d %b %H:00}", _number(score), _number(velocity), course))
    header = ("topic", "key", "status", "since", "score", "velocity", f"score of the last {COURSE_HOURS} hours")
    note = f"\n\nThe line across is the threshold, {THRESHOLD}; a gap is an hour in which nothing was known."
    return {"top candidates": f"Open candidates at {_time(hour)}\n\n" + _table(header, rows) + note}


def describe_transitions(lake: Lake, span: Span) -> Mapping[str, str]:
    """Return Markdown on the span: its latest transitions."""
    with lake.snapshot() as snapshot:
        for table in (TRANSITIONS, CANDIDATES):
            snapshot.view(table, span.start, span.end)
        log = snapshot.rows(_LOG, [LOG_ROWS])
    rows = [(_time(at), _cell(name), before or "–", after, _number(score)) for at, name, before, after, score in log]
    text = _table(("at", "topic", "from", "to", "score"), rows) if rows else f"No transition in the hours {span}."
    return {"latest transitions": text}


def describe_buckets(lake: Lake, span: Span) -> Mapping[str, str]:
    """Return Markdown on the last hours of the span: how scores are spread, and what a filter refused."""
    hour = span.end - HOUR
    with lake.snapshot() as snapshot:
        snapshot.view(BUCKETS, max(span.start, span.end - COURSE_HOURS * HOUR), span.end)
        snapshot.run(_SCORED)
        counts = dict(snapshot.connection.execute(_BINS, {"hour": hour}).fetchall())
        refused = snapshot.connection.execute(_REFUSED, {"top": TOP}).fetchall()
    labels = [str(start) for start in range(0, 100, BIN)]
    svg = histogram([counts.get(index, 0) for index in range(len(labels))], labels, marked=THRESHOLD // BIN)
    text = f"Scores of the {sum(counts.values())} buckets at {_time(hour)}; from {THRESHOLD} on in blue\n\n"
    rows = [(_time(at), _cell(name), _cell(key), _number(score), filters) for at, name, key, score, filters in refused]
    table = _table(("hour", "topic", "key", "score", "refused by"), rows)
    return {
        "score distribution": text + image(svg, "score distribution"),
        "refused by a filter": table if rows else f"No score above {THRESHOLD} was refused in the last {COURSE_HOURS} hours.",
    }


def _courses(snapshot: Snapshot, candidates: list[str]) -> dict[str, dict[datetime, float | None]]:
    courses: dict[str, dict[datetime, float | None]] = {candidate: {} for candidate in candidates}
    for candidate, at, score in snapshot.connection.execute(_COURSES, {"ids": candidates}).fetchall():
        courses[candidate][at] = score
    return courses


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return plain(text, 80)


def _time(hour: datetime) -> str:
    return f"{hour:%Y-%m-%d %H:00} UTC"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.1f}"
