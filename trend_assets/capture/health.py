"""Coverage: what each surface delivered in each hour, judged by its own earlier runs only (docs/spine.md §2)."""

from datetime import datetime

from trend_assets.capture.visible import visible_runs
from trend_assets.hours import Span
from trend_assets.lake.lake import Snapshot
from trend_assets.lake.tables import COVERAGE, WINDOW_HOURS
from trend_assets.steps import Step

GRACE_MINUTES = 15
"""How late a due run may start, and how long after its end an hour waits for it."""
FROZEN_RUNS = 6
"""Earlier runs with the same content that make a run frozen."""
FROZEN_MIN_ITEMS = 5

HOUR_INPUTS = "md5(string_agg(concat(run_id, ' ', status, ' ', content_hash), ',' ORDER BY run_id))"
"""Digest of the runs of one surface and hour."""

_SQL = f"""
CREATE OR REPLACE TEMP TABLE judged_runs AS
SELECT *,
    item_count >= {FROZEN_MIN_ITEMS} AND count(*) OVER earlier = {FROZEN_RUNS}
        AND min(content_digest) OVER earlier = content_digest AND max(content_digest) OVER earlier = content_digest
        AND min(captured_at) OVER earlier > captured_at - INTERVAL {WINDOW_HOURS} HOUR AS frozen
FROM visible_runs WHERE item_count > 0
WINDOW earlier AS (
    PARTITION BY surface ORDER BY captured_at, run_id ROWS BETWEEN {FROZEN_RUNS} PRECEDING AND 1 PRECEDING)
UNION ALL BY NAME SELECT *, false AS frozen FROM visible_runs WHERE item_count = 0;

CREATE OR REPLACE TEMP TABLE hour_runs AS
SELECT surface, hour, count(*) AS run_count, sum(item_count) AS item_count, {HOUR_INPUTS} AS inputs,
    max(min_items) AS min_items, max(error_message) AS error_message,
    bool_or(status = 'success' AND item_count > 0 AND item_count >= min_items AND NOT frozen) AS good,
    bool_or(item_count > 0 AND (status = 'partial' OR (status = 'success' AND item_count < min_items))) AS partial,
    bool_or(status = 'success' OR (status = 'partial' AND item_count = 0)) AS suspect,
    bool_or(frozen) AS frozen
FROM judged_runs WHERE hour >= $start - INTERVAL 1 HOUR GROUP BY surface, hour;

CREATE OR REPLACE TEMP TABLE surface_hours AS
SELECT surfaces.surface, platform, hours.hour, last.captured_at AS last_at, last.cadence_minutes
FROM (SELECT unnest(generate_series($start - INTERVAL 1 HOUR, $end - INTERVAL 1 HOUR, INTERVAL 1 HOUR)) AS hour) AS hours
CROSS JOIN (SELECT surface, min(platform) AS platform FROM judged_runs GROUP BY surface) AS surfaces
ASOF JOIN (
    SELECT surface, captured_at, arg_max(cadence_minutes, run_id) AS cadence_minutes, max(hour) AS run_hour
    FROM judged_runs GROUP BY surface, captured_at) AS last
    ON last.surface = surfaces.surface AND last.captured_at < hours.hour + INTERVAL 1 HOUR
WHERE run_hour >= hours.hour - INTERVAL {WINDOW_HOURS} HOUR;

CREATE OR REPLACE TEMP TABLE judged_hours AS
SELECT surface, platform, due.hour, coalesce(run_count, 0) AS run_count, coalesce(run.item_count, 0) AS item_count,
    coalesce(inputs, '') AS inputs,
    cadence_minutes > 0 AND due.hour + INTERVAL 1 HOUR > last_at + to_minutes(cadence_minutes + {GRACE_MINUTES}) AS overdue,
    CASE WHEN good THEN 'good' WHEN partial THEN 'partial' WHEN suspect THEN 'suspect'
        WHEN run_count > 0 OR overdue THEN 'missing' ELSE 'not_due' END AS status,
    CASE WHEN good THEN ''
        WHEN partial AND error_message <> '' THEN error_message
        WHEN partial THEN concat(run.item_count, ' items, at least ', min_items, ' expected')
        WHEN suspect AND frozen THEN 'the same content as in the last {FROZEN_RUNS} runs'
        WHEN suspect THEN 'no items'
        WHEN run_count > 0 THEN concat('the run failed: ', error_message)
        WHEN overdue THEN concat('no run; due every ', cadence_minutes, ' minutes')
        WHEN cadence_minutes > 0 THEN 'the next run is not due in this hour'
        ELSE 'no run; the surface has no cadence' END AS reason,
    cadence_minutes > 0 AND $as_of < due.hour + INTERVAL 1 HOUR + INTERVAL {GRACE_MINUTES} MINUTE
        AND last_at + to_minutes(cadence_minutes) < due.hour + INTERVAL 1 HOUR AS awaited
FROM surface_hours AS due LEFT JOIN hour_runs AS run USING (surface, hour);

-- What is final goes on from final hours only.
CREATE OR REPLACE TEMP TABLE coverage AS
SELECT hour, surface, platform, status, reason, run_count, item_count, inputs,
    bool_or(awaited) OVER (ORDER BY hour RANGE BETWEEN INTERVAL 1 HOUR PRECEDING AND CURRENT ROW) AS provisional
FROM judged_hours QUALIFY hour >= $start
"""


def coverage(snapshot: Snapshot, span: Span, as_of: datetime) -> str:
    """Return the relation with the coverage of the span.

    Args:
        snapshot: Where the runs are read.
        span: The hours.
        as_of: What counts as now: hours that had not closed by then, and whose due runs have not landed, are provisional, and
            so is the hour after one.
    """
    visible_runs(snapshot, span, WINDOW_HOURS + 1)
    snapshot.run(_SQL, start=span.start, end=span.end, as_of=as_of)
    return "coverage"


STEP = Step(
    COVERAGE,
    "1",
    lambda work, span: work.replace(COVERAGE, span, lambda snapshot, hours: coverage(snapshot, hours, work.as_of)),
)
