"""The heuristic trend score of seed 004 §9, 0-100 per bucket, and its filters (docs/spine.md §6).

One SQL expression scores a relation of buckets: the pipeline, `explain` and the tests all use it, so that a stored row
always gives the stored score again.
"""

from trend_assets.trends.buckets import NOVELTY_HOURS

DETECTOR = "heuristic"
FORMULA_VERSION = "heuristic-1"
"""Stored with every scored row; raise it with every change of the formula."""

THRESHOLD = 50
"""A bucket is promoted above this score, not at it."""
ACTIVE_THRESHOLD = 60

FULL_VIEWS = 1_000_000
FULL_ENGAGEMENT = 100_000
FULL_VELOCITY = 10
FULL_ACTIVITY = 50

WEIGHTS = {
    "counters": {"engagement": 35, "velocity": 25, "breadth": 20, "novelty": 20},
    "sampling": {"velocity": 40, "breadth": 30, "novelty": 20, "volume": 10},
}
"""Points of each component by path; they sum to 100."""
COMPONENTS = ("engagement", "velocity", "breadth", "novelty", "volume")

INPUTS = (
    "total_views", "total_engagement", "velocity", "unique_authors", "authored_count", "max_author_artifacts",
    "artifact_count", "activity", "growth_views", "growth_engagement", "hours_since_first",
)  # fmt: skip
"""The bucket columns that the score and the filters read."""

_SHARES = f"""
    (least(total_views / {FULL_VIEWS}, 1) + least(total_engagement / {FULL_ENGAGEMENT}, 1)) / 2 AS engagement_share,
    CASE WHEN velocity IS NOT NULL THEN greatest(0, least(velocity / {FULL_VELOCITY}, 1)) END AS velocity_share,
    unique_authors / nullif(authored_count, 0) AS breadth_share,
    coalesce(greatest(0, 1 - hours_since_first / {NOVELTY_HOURS}), 0) AS novelty_share,
    least(activity::DOUBLE / {FULL_ACTIVITY}, 1) AS volume_share,
    max_author_artifacts / nullif(authored_count, 0) AS concentration_share"""

_FILTERS = {
    "single_author": "breadth_share < 0.2 AND artifact_count > 5",
    "bot_pattern": "concentration_share > 0.8",
    "old_trend": "novelty_share < 0.1 AND velocity < 1",
    "too_small": "activity < 3 AND NOT (artifact_count = 0 AND growth_views + growth_engagement >= 10000)",
}


def _weight(component: str) -> str:
    counters, sampling = (WEIGHTS[path].get(component) for path in ("counters", "sampling"))
    return f"CASE path WHEN 'counters' THEN {counters or 'NULL'} ELSE {sampling or 'NULL'} END::DOUBLE"


def score_sql(buckets: str) -> str:
    """Return the query that scores a relation of buckets.

    The result has all its columns, and: path, <component>_score (points before scaling, null when unknown or not
    of the path), trend_score (rounded to 4 digits), filters (those that apply), promoted.
    """
    points = ", ".join(f"{component}_share * {_weight(component)} AS {component}_score" for component in COMPONENTS)
    total = " + ".join(f"coalesce({component}_score, 0)" for component in COMPONENTS)
    weights = " + ".join(
        f"CASE WHEN {component}_score IS NULL THEN 0 ELSE {_weight(component)} END" for component in COMPONENTS
    )
    filters = ", ".join(f"CASE WHEN {rule} THEN '{name}' END" for name, rule in _FILTERS.items())
    return f"""
    SELECT * EXCLUDE ({", ".join(f"{name}_share" for name in (*COMPONENTS, "concentration"))}),
        trend_score > {THRESHOLD} AND len(filters) = 0 AS promoted
    FROM (
        SELECT *, round(greatest(0, least(100, ({total}) * 100 / ({weights}))), 4) AS trend_score,
            list_filter([{filters}], lambda name: name IS NOT NULL) AS filters
        FROM (
            SELECT *, {points} FROM (
                SELECT *, {_SHARES},
                    CASE WHEN total_views > 0 OR total_engagement > 0 THEN 'counters' ELSE 'sampling' END AS path
                FROM {buckets})))"""
