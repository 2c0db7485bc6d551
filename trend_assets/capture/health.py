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
EARLIER_RUNS = 5
"""Least earlier runs that say what is usual."""
SLACK_PERMILLE = 200
"""What a run may fall short of the usual, in any case: of the items, and of the share of items with a field."""
AUTHORS_SLACK_PERMILLE = 500
"""Of the share of items with a field that authors choose to give."""
SLACK_SPREADS = 5
"""And, if that is more: in spreads, median absolute deviations: they hold while fewer than half of the earlier runs are bad."""
LIVELY_CONTENTS = 3
"""Least other contents in the earlier runs that say how long one content stays."""
LONG = 0.9
"""Share of the contents that stay no longer than what counts as long. Half as long again is frozen."""
FROZEN_RUNS, FROZEN_HOURS = 6, 36
"""Where there are fewer contents: earlier runs with the same one, and since when, that make a run frozen."""
_SHOWN_KEYS = 5

HOUR_INPUTS = "md5(string_agg(concat(run_id, ' ', status, ' ', content_hash), ',' ORDER BY run_id))"
"""Digest of the runs of one surface and hour."""

_EARLIER = f"""ORDER BY captured_at
    RANGE BETWEEN INTERVAL {WINDOW_HOURS} HOUR PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING"""
_RECENT = f"captured_before >= captured_at - INTERVAL {WINDOW_HOURS} HOUR"


def _short(items: str) -> str:
    """Return the condition that a number of items is less than is usual."""
    return f"""earlier_runs >= {EARLIER_RUNS} AND usual >= {JUDGED_ITEMS}
        AND (usual - {items}) * 1000 > usual * {SLACK_PERMILLE} AND usual - {items} > {SLACK_SPREADS} * spread"""


_SQL = f"""
-- Once: the view reads files.
CREATE OR REPLACE TEMP TABLE runs AS
SELECT * EXCLUDE (config, commit_id, committed_at, slot, attempt, ended_at) FROM visible_runs;

CREATE OR REPLACE TEMP TABLE filled_runs AS
SELECT *, count(*) OVER earlier AS earlier_runs,
    median(item_count) OVER earlier AS usual, mad(item_count) OVER earlier AS spread,
    lag(captured_at) OVER in_order AS captured_before, lag(content_digest) OVER in_order AS digest_before,
    lag(item_digests) OVER in_order AS items_before
FROM runs WHERE item_count > 0
WINDOW earlier AS (PARTITION BY surface {_EARLIER}), in_order AS (PARTITION BY surface ORDER BY captured_at, run_id);

-- A content that stays much longer than others do. Only what is as it was just before can be one.
CREATE OR REPLACE TEMP TABLE frozen_runs AS
SELECT run_id FROM (
    SELECT run.run_id, run.captured_at, run.content_digest = before.content_digest AS same,
        count(*) AS runs, min(before.captured_at) AS since
    FROM filled_runs AS run JOIN filled_runs AS before ON before.surface = run.surface
        AND before.captured_at < run.captured_at AND before.captured_at >= run.captured_at - INTERVAL {WINDOW_HOURS} HOUR
    WHERE run.content_digest = run.digest_before AND run.item_count >= {JUDGED_ITEMS}
    GROUP BY run.run_id, run.captured_at, run.content_digest, before.content_digest)
GROUP BY run_id
HAVING CASE WHEN count(*) FILTER (NOT same) >= {LIVELY_CONTENTS}
    THEN 2 * (1 + sum(runs) FILTER (same)) > 3 * quantile_disc(runs, {LONG}) FILTER (NOT same)
    ELSE sum(runs) FILTER (same) >= {FROZEN_RUNS} AND bool_or(same AND since <= captured_at - INTERVAL {FROZEN_HOURS} HOUR) END;

CREATE OR REPLACE TEMP TABLE profiles AS
SELECT run_id, surface, captured_at, entry.item_type, entry.items, entry.fields, entry.keys
FROM (SELECT run_id, surface, captured_at, unnest(profile) AS entry FROM filled_runs);

-- Of each type that the surface has, also where a run has none.
CREATE OR REPLACE TEMP TABLE few_of_a_type AS
SELECT run_id,
    string_agg(concat(items, ' of type ', item_type, ', ', floor(usual)::INTEGER, ' are usual'), ', ' ORDER BY item_type)
    AS finding
FROM (
    SELECT run_id, item_type, items, count(*) OVER earlier AS earlier_runs,
        median(items) OVER earlier AS usual, mad(items) OVER earlier AS spread
    FROM (
        SELECT run_id, surface, captured_at, item_type, coalesce(items, 0) AS items
        FROM (FROM filled_runs WHERE len(profile) > 0) JOIN (SELECT DISTINCT surface, item_type FROM profiles) USING (surface)
        LEFT JOIN (SELECT run_id, item_type, items FROM profiles) USING (run_id, item_type))
    WINDOW earlier AS (PARTITION BY surface, item_type {_EARLIER}))
WHERE {_short("items")} GROUP BY run_id;

CREATE OR REPLACE TEMP TABLE shares AS
SELECT *, having_it * 1000 // items AS permille FROM (
    SELECT run_id, surface, captured_at, item_type, items, entry.field, entry.items AS having_it
    FROM (SELECT *, unnest(fields) AS entry FROM profiles WHERE items >= {JUDGED_ITEMS}));

CREATE OR REPLACE TEMP TABLE lost_fields AS
SELECT run_id,
    string_agg(
        concat('only ', having_it, ' of ', items, ' of type ', item_type, ' have ', field), ', ' ORDER BY item_type, field
    ) AS finding
FROM (
    SELECT *, count(*) OVER earlier AS earlier_runs,
        median(permille) OVER earlier AS usual, mad(permille) OVER earlier AS spread
    FROM shares SEMI JOIN (
        SELECT surface, item_type, field FROM shares GROUP BY ALL HAVING max(permille) > min(permille))
        USING (surface, item_type, field)
    WINDOW earlier AS (PARTITION BY surface, item_type, field {_EARLIER}))
WHERE earlier_runs >= {EARLIER_RUNS} AND usual - permille > {SLACK_SPREADS} * spread
    AND usual - permille > CASE WHEN having_it = 0 AND usual * items >= {1000 * JUDGED_ITEMS} THEN 0
        WHEN field IN {AUTHORS_FIELDS} THEN {AUTHORS_SLACK_PERMILLE} ELSE {SLACK_PERMILLE} END
GROUP BY run_id;

CREATE OR REPLACE TEMP TABLE keys AS
SELECT run_id, count(*) FILTER (2 * earlier_runs_with_it >= earlier_runs) AS usual_keys, count(*) AS all_keys,
    list(key ORDER BY key) FILTER (earlier_runs_with_it = 0) AS new_keys
FROM (
    SELECT *, count(*) OVER (PARTITION BY surface, item_type, key {_EARLIER}) AS earlier_runs_with_it
    FROM (
        SELECT run_id, surface, captured_at, item_type, earlier_runs, unnest(keys) AS key
        FROM (
            SELECT *, count(*) OVER (PARTITION BY surface, item_type {_EARLIER}) AS earlier_runs
            FROM profiles SEMI JOIN (
                SELECT surface, item_type FROM profiles GROUP BY ALL HAVING count(DISTINCT keys) > 1) USING (surface, item_type)
            WHERE items >= {JUDGED_ITEMS} AND len(keys) > 0)))
WHERE earlier_runs >= {EARLIER_RUNS} GROUP BY run_id;

CREATE OR REPLACE TEMP TABLE judged_runs AS
SELECT run.*, frozen_runs.run_id IS NOT NULL AS frozen,
    'new in the payload: ' || nullif(array_to_string(new_keys[:{_SHOWN_KEYS}], ', '), '') AS news,
    concat_ws('; ', nullif(error_message, ''),
        CASE WHEN item_count < min_items THEN concat(item_count, ' items, at least ', min_items, ' expected')
            WHEN {_short("item_count")} THEN concat(item_count, ' items, ', floor(usual)::INTEGER, ' are usual')
            ELSE few_of_a_type.finding END,
        lost_fields.finding,
        CASE WHEN 2 * usual_keys < all_keys THEN concat('of ', all_keys, ' keys of its entries ', usual_keys, ' are usual') END
    ) AS finding,
    CASE WHEN {_RECENT} AND len(item_digests) > 0 AND len(items_before) > 0 THEN round(least(1, len(item_digests) / (
        (len(item_digests) + 1) * (len(items_before) + 1) / (len(list_intersect(item_digests, items_before)) + 1) - 1)), 4)
        END AS completeness
FROM filled_runs AS run LEFT JOIN frozen_runs USING (run_id) LEFT JOIN few_of_a_type USING (run_id)
    LEFT JOIN lost_fields USING (run_id) LEFT JOIN keys USING (run_id)
UNION ALL BY NAME
SELECT *, false AS frozen, error_message AS finding FROM runs WHERE item_count = 0;

CREATE OR REPLACE TEMP TABLE hour_runs AS
SELECT surface, hour, count(*) AS run_count, sum(item_count) AS item_count, {HOUR_INPUTS} AS inputs,
    count(*) FILTER (good) AS good_runs, bool_or(item_count > 0 AND (status = 'partial' OR finding <> '')) AS partial,
    bool_or(status = 'success' OR (status = 'partial' AND item_count = 0)) AS suspect,
    bool_or(frozen) AS frozen, max(finding) AS finding, max(news) AS news, arg_max(completeness, captured_at) AS completeness
FROM (SELECT *, status = 'success' AND item_count > 0 AND finding = '' AND NOT frozen AS good FROM judged_runs)
WHERE hour >= $start - INTERVAL 1 HOUR GROUP BY surface, hour;

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
    CASE WHEN good_runs > 0 THEN 'good' WHEN partial THEN 'partial' WHEN suspect THEN 'suspect'
        WHEN run_count > 0 OR overdue THEN 'missing' ELSE 'not_due' END AS status,
    CASE WHEN good_runs = run_count THEN coalesce(news, '')
        WHEN good_runs > 0 THEN concat_ws('; ', concat('good runs: ', good_runs, ' of ', run_count), news, nullif(finding, ''))
        WHEN partial THEN finding
        WHEN suspect AND frozen THEN 'the same content as before, for longer than usual'
        WHEN suspect THEN coalesce(nullif(finding, ''), 'no items')
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
