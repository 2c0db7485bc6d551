"""Observations: every sighting of every item, and the growth of its counters (docs/spine.md §3)."""

from datetime import timedelta

from trend_assets.capture.visible import visible_items
from trend_assets.hours import Span
from trend_assets.lake.lake import Snapshot
from trend_assets.lake.tables import OBSERVATIONS, WINDOW_HOURS
from trend_assets.steps import Step

_GROWN = {
    "growth_views": "view_count",
    "growth_likes": "like_count",
    "growth_comments": "comment_count",
    "growth_shares": "share_count",
    "growth_uses": "use_count",
}
"""Growth column and the cumulative counter that it measures."""

_LAST = "row_number() OVER (PARTITION BY item_key, surface, hour ORDER BY captured_at DESC, run_id DESC) = 1"

_EARLIER = ", ".join(
    f"lag(CASE WHEN {counter} IS NOT NULL THEN {{'hour': hour, 'value': {counter}}} END IGNORE NULLS) OVER track AS {growth}"
    for growth, counter in _GROWN.items()
)
_GROWTH = ", ".join(
    f"""CASE WHEN last_in_hour AND {counter} IS NOT NULL AND {growth}.hour >= hour - INTERVAL {WINDOW_HOURS} HOUR THEN rate(
        greatest(0, {counter} - {growth}.value), date_diff('hour', {growth}.hour, hour)) END AS {growth}"""
    for growth, counter in _GROWN.items()
)

_SQL = f"""
CREATE OR REPLACE TEMP TABLE sightings AS
SELECT hour, run_id, surface, platform, captured_at, position, rank,
    key_of(platform, platform_item_id) AS item_key, platform_item_id, item_type, is_post,
    {", ".join(_GROWN.values())}, volume_24h, gauge,
    list_transform(keys, lambda k: key_of(k.key_type, k.key)) AS cluster_keys
FROM visible_items;

CREATE OR REPLACE TEMP TABLE hourly AS
SELECT *, {_LAST} AS last_in_hour FROM sightings;

CREATE OR REPLACE TEMP TABLE earlier AS
SELECT item_key, surface, hour, {_EARLIER}
FROM (
    SELECT item_key, surface, hour, {", ".join(_GROWN.values())} FROM hourly WHERE last_in_hour
    UNION ALL BY NAME
    SELECT item_key, surface, hour, {", ".join(_GROWN.values())} FROM stored
    WHERE last_in_hour AND item_key IN (SELECT item_key FROM hourly))
WINDOW track AS (PARTITION BY item_key, surface ORDER BY hour);

CREATE OR REPLACE TEMP TABLE observations AS
SELECT now.*, {_GROWTH}
FROM hourly AS now JOIN earlier USING (item_key, surface, hour)
"""


def observations(snapshot: Snapshot, span: Span) -> str:
    """Return the relation with the observations of the span."""
    visible_items(snapshot, span)
    snapshot.view(OBSERVATIONS, span.start - timedelta(hours=WINDOW_HOURS), span.start, "stored")
    snapshot.run(_SQL)
    return "observations"


STEP = Step(OBSERVATIONS, "1", lambda work, span: work.replace(OBSERVATIONS, span, observations))
