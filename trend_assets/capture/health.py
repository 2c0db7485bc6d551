"""Coverage: what each surface delivered in each hour, judged by its own earlier runs only (docs/spine.md §2)."""

from datetime import datetime

from trend_assets.capture.profile import AUTHORS_FIELDS
from trend_assets.capture.visible import visible_runs
from trend_assets.hours import Span
from trend_assets.lake.lake import Snapshot
from trend_assets.lake.tables import COVERAGE, WINDOW_HOURS
from trend_assets.steps import Step

GRACE_MINUTES = 15
"""How late a due run may start, and how long after its end an hour waits for it."""
JUDGED_ITEMS = 5
"""Least items of which anything can be told: a run's own, or usual ones."""
EARLIER_RUNS = 3
"""Least earlier runs that say what is usual."""
LIVELY_RUNS = 4
"""Least earlier runs with other content that say how long one content stays."""
LONG = 0.9
"""Share of the contents that stay no longer than what counts as long. Half as long again is frozen."""
FROZEN_RUNS = 6
"""Where there are fewer: earlier runs with the same content that make a run frozen."""
SLACK_PERMILLE = 200
"""What a run may fall short of the usual, in any case: of the items, and of the share of items with a field."""
AUTHORS_SLACK_PERMILLE = 500
"""Of the share of items with a field that authors choose to give."""
SLACK_SPREADS = 4
"""And, if that is more: in spreads, which are the distance from the median of the earlier runs to their lower quartile."""
_SHOWN_KEYS = 5

HOUR_INPUTS = "md5(string_agg(concat(run_id, ' ', status, ' ', content_hash), ',' ORDER BY run_id))"
"""Digest of the runs of one surface and hour."""

_EARLIER = f"""ORDER BY captured_at
    RANGE BETWEEN INTERVAL {WINDOW_HOURS} HOUR PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING"""
_LATEST_BEFORE = f"captured_before >= captured_at - INTERVAL {WINDOW_HOURS} HOUR"

_SQL = f"""
-- Once: the view reads files.
CREATE OR REPLACE TEMP TABLE runs AS
SELECT * EXCLUDE (config, commit_id, committed_at, slot, attempt, ended_at) FROM visible_runs;

CREATE OR REPLACE TEMP TABLE filled_runs AS
SELECT *, count(*) OVER earlier AS earlier_runs,
    quantile_cont(item_count, 0.5) OVER earlier AS usual_items, quantile_cont(item_count, 0.25) OVER earlier AS low_items,
    lag(captured_at) OVER in_order AS captured_before, lag(content_digest) OVER in_order AS digest_before,
    lag(item_digests) OVER in_order AS items_before
FROM runs WHERE item_count > 0
WINDOW earlier AS (PARTITION BY surface {_EARLIER}), in_order AS (PARTITION BY surface ORDER BY captured_at, run_id);

-- A content that stays much longer than others do. Only what is as it was just before can be one.
CREATE OR REPLACE TEMP TABLE frozen_runs AS
SELECT run_id FROM (
    SELECT run.run_id, run.content_digest, before.content_digest AS other, count(*) AS runs
    FROM filled_runs AS run JOIN filled_runs AS before ON before.surface = run.surface
        AND before.captured_at < run.captured_at AND before.captured_at >= run.captured_at - INTERVAL {WINDOW_HOURS} HOUR
    WHERE run.content_digest = run.digest_before AND run.item_count >= {JUDGED_ITEMS} GROUP BY ALL)
GROUP BY run_id
HAVING CASE WHEN sum(runs) FILTER (other <> content_digest) >= {LIVELY_RUNS}
    THEN 2 * (1 + sum(runs) FILTER (other = content_digest)) > 3 * quantile_disc(runs, {LONG}) FILTER (other <> content_digest)
    ELSE sum(runs) FILTER (other = content_digest) >= {FROZEN_RUNS} END;

CREATE OR REPLACE TEMP TABLE shares AS
SELECT run_id, surface, captured_at, item_count, entry.field, entry.items, entry.items * 1000 // item_count AS permille
FROM (SELECT run_id, surface, captured_at, item_count, unnest(fields) AS entry FROM filled_runs);

CREATE OR REPLACE TEMP TABLE lost_fields AS
SELECT run_id,
    concat('only ', string_agg(concat(items, ' of ', item_count, ' items have ', field), ', ' ORDER BY field)) AS lost
FROM (
    SELECT *, count(*) OVER earlier AS earlier_runs,
        quantile_cont(permille, 0.5) OVER earlier AS usual, quantile_cont(permille, 0.25) OVER earlier AS low
    FROM shares SEMI JOIN (
        SELECT surface, field FROM shares GROUP BY ALL HAVING max(permille) - min(permille) > {SLACK_PERMILLE})
        USING (surface, field)
    WINDOW earlier AS (PARTITION BY surface, field {_EARLIER}))
WHERE earlier_runs >= {EARLIER_RUNS} AND item_count >= {JUDGED_ITEMS}
    AND usual - permille > {SLACK_SPREADS} * (usual - low)
    AND usual - permille > CASE WHEN field IN {AUTHORS_FIELDS} THEN {AUTHORS_SLACK_PERMILLE} ELSE {SLACK_PERMILLE} END
GROUP BY run_id;

CREATE OR REPLACE TEMP TABLE new_keys AS
SELECT run_id, array_to_string(list(key ORDER BY key)[:{_SHOWN_KEYS}], ', ') AS keys,
    2 * count(*) >= any_value(len(payload_keys)) AS all_new
FROM (
    SELECT *, lag(captured_at) OVER (PARTITION BY surface, key ORDER BY captured_at, run_id) AS captured_before
    FROM (SELECT run_id, surface, captured_at, earlier_runs, payload_keys, unnest(payload_keys) AS key FROM filled_runs))
WHERE ({_LATEST_BEFORE}) IS NOT true AND earlier_runs >= {EARLIER_RUNS} GROUP BY run_id;

CREATE OR REPLACE TEMP TABLE judged_runs AS
SELECT run.*, frozen_runs.run_id IS NOT NULL AS frozen, new_keys.keys AS new_keys,
    concat_ws('; ', nullif(error_message, ''),
        CASE WHEN item_count < min_items THEN concat(item_count, ' items, at least ', min_items, ' expected')
            WHEN earlier_runs >= {EARLIER_RUNS} AND usual_items >= {JUDGED_ITEMS}
                AND (usual_items - item_count) * 1000 > usual_items * {SLACK_PERMILLE}
                AND usual_items - item_count > {SLACK_SPREADS} * (usual_items - low_items)
            THEN concat(item_count, ' items, ', floor(usual_items)::INTEGER, ' are usual') END,
        lost_fields.lost, CASE WHEN all_new THEN concat('most keys of its payload are new: ', new_keys.keys) END) AS finding,
    CASE WHEN {_LATEST_BEFORE} THEN round(least(1, len(item_digests) / (
        (len(item_digests) + 1) * (len(items_before) + 1) / (len(list_intersect(item_digests, items_before)) + 1) - 1)), 4)
        END AS completeness
FROM filled_runs AS run LEFT JOIN frozen_runs USING (run_id)
    LEFT JOIN lost_fields USING (run_id) LEFT JOIN new_keys USING (run_id)
UNION ALL BY NAME
SELECT *, 0 AS earlier_runs, false AS frozen, error_message AS finding FROM runs WHERE item_count = 0;

CREATE OR REPLACE TEMP TABLE hour_runs AS
SELECT surface, hour, count(*) AS run_count, sum(item_count) AS item_count, {HOUR_INPUTS} AS inputs,
    bool_or(status = 'success' AND item_count > 0 AND finding = '' AND NOT frozen) AS good,
    bool_or(item_count > 0 AND (status = 'partial' OR finding <> '')) AS partial,
    bool_or(status = 'success' OR (status = 'partial' AND item_count = 0)) AS suspect,
    bool_or(frozen) AS frozen, max(finding) AS finding, max(new_keys) AS new_keys,
    arg_max(completeness, captured_at) AS completeness
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
    coalesce(inputs, '') AS inputs, completeness,
    cadence_minutes > 0 AND due.hour + INTERVAL 1 HOUR > last_at + to_minutes(cadence_minutes + {GRACE_MINUTES}) AS overdue,
    CASE WHEN good THEN 'good' WHEN partial THEN 'partial' WHEN suspect THEN 'suspect'
        WHEN run_count > 0 OR overdue THEN 'missing' ELSE 'not_due' END AS status,
    CASE WHEN good THEN coalesce('new in the payload: ' || new_keys, '')
        WHEN partial THEN finding
        WHEN suspect AND frozen THEN 'the same content as before, for longer than usual'
        WHEN suspect THEN 'no items'
        WHEN run_count > 0 THEN concat('the run failed: ', finding)
        WHEN overdue THEN concat('no run; due every ', cadence_minutes, ' minutes')
        WHEN cadence_minutes > 0 THEN 'the next run is not due in this hour'
        ELSE 'no run; the surface has no cadence' END AS reason,
    cadence_minutes > 0 AND $as_of < due.hour + INTERVAL 1 HOUR + INTERVAL {GRACE_MINUTES} MINUTE
        AND last_at + to_minutes(cadence_minutes) < due.hour + INTERVAL 1 HOUR AS awaited
FROM surface_hours AS due LEFT JOIN hour_runs AS run USING (surface, hour);

-- What is final goes on from final hours only.
CREATE OR REPLACE TEMP TABLE coverage AS
SELECT hour, surface, platform, status, reason, run_count, item_count, inputs, completeness,
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
    "2",
    lambda work, span: work.replace(COVERAGE, span, lambda snapshot, hours: coverage(snapshot, hours, work.as_of)),
)
