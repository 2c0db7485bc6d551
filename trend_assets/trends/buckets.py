"""Buckets: what happened to each cluster in each hour (docs/spine.md §5).

The SQL goes in the document's order: what was seen, what it amounts to, who watches, which hours are comparable, which
hours without a sighting get a row, and the change from the previous hour.
"""

from datetime import timedelta

from trend_assets.capture.visible import visible_items
from trend_assets.hours import Span
from trend_assets.lake.lake import Snapshot
from trend_assets.lake.tables import (
    ARTIFACTS,
    BUCKETS,
    CLUSTER_SIGHTINGS,
    CLUSTERS,
    COVERAGE,
    EVIDENCE,
    LINKS,
    OBSERVATIONS,
    WINDOW_HOURS,
)
from trend_assets.steps import Step

PREVIOUS_HOURS = 48
"""How far back the hour that velocity compares with may lie."""
SILENT_HOURS = 6
"""Known hours without activity after which a cluster gets no more rows, and its episode is stale."""
NOVELTY_HOURS = 168

_SEEN = """
CREATE OR REPLACE TEMP TABLE sightings AS
SELECT hour, unnest(cluster_keys) AS key_hash, item_key, surface, growth_views, growth_likes, growth_comments, growth_shares,
    growth_uses, CASE WHEN last_in_hour THEN volume_24h END AS volume_24h
FROM observations;

CREATE OR REPLACE TEMP TABLE seen AS
SELECT key AS key_hash, hour, surfaces FROM cluster_sightings WHERE hour >= $start;

CREATE OR REPLACE TEMP TABLE names AS
SELECT key_of(key_type, key) AS key_hash, hour, key_type AS cluster_key_type, key AS cluster_key, min(name) AS display_name
FROM (SELECT hour, unnest(keys, recursive := true) FROM visible_items) GROUP BY hour, key_type, key;

CREATE OR REPLACE TEMP TABLE ids AS
SELECT key_hash, id_of(concat('cluster:', cluster_key_type, ':', cluster_key)) AS cluster_id
FROM (SELECT DISTINCT key_hash, cluster_key_type, cluster_key FROM names);
"""

_AMOUNTS = """
CREATE OR REPLACE TEMP TABLE posts AS
SELECT link.key_hash, link.hour, surface, engagement_score, view_count,
    greatest(0, coalesce(like_count, 0)) + coalesce(comment_count, 0) + coalesce(share_count, 0) AS engagement,
    concat(platform, ':', coalesce(author_id, author_handle)) AS author,
    coalesce(author_id, author_handle) IS NOT NULL AS authored
FROM artifact_cluster_links AS link
JOIN (SELECT * FROM evidence WHERE is_post) USING (evidence_id) JOIN artifacts USING (evidence_id);

CREATE OR REPLACE TEMP TABLE post_amounts AS
SELECT key_hash, hour, sum(posts) AS artifact_count, count(*) FILTER (authored) AS unique_authors,
    coalesce(sum(posts) FILTER (authored), 0) AS authored_count,
    coalesce(max(posts) FILTER (authored), 0) AS max_author_artifacts,
    sum(views) AS views, sum(engagement) AS engagement, round(sum(scores) / nullif(sum(scored), 0), 4) AS avg_engagement_score
FROM (
    SELECT key_hash, hour, author, authored, count(*) AS posts, coalesce(sum(view_count), 0) AS views,
        sum(engagement) AS engagement, sum(engagement_score::DECIMAL(18, 4)) AS scores, count(engagement_score) AS scored
    FROM posts GROUP BY ALL)
GROUP BY key_hash, hour;

CREATE OR REPLACE TEMP TABLE growth AS
SELECT key_hash, hour, coalesce(sum(views), 0)::DECIMAL(24, 4) AS growth_views,
    sum(engagement)::DECIMAL(24, 4) AS growth_engagement,
    sum(uses)::DECIMAL(24, 4) AS growth_uses, sum(volume)::BIGINT AS volume_24h
FROM (
    SELECT key_hash, hour, item_key, max(growth_views) AS views, max(growth_uses) AS uses, max(volume_24h) AS volume,
        coalesce(max(growth_likes), 0) + coalesce(max(growth_comments), 0) + coalesce(max(growth_shares), 0) AS engagement
    FROM sightings
    WHERE coalesce(growth_views, growth_likes, growth_comments, growth_shares, growth_uses, volume_24h) IS NOT NULL
    GROUP BY key_hash, hour, item_key)
GROUP BY key_hash, hour;

CREATE OR REPLACE TEMP TABLE parts AS
SELECT key_hash, hour, concat('posts:', surface) AS part, surface, count(*)::DECIMAL(24, 4) AS amount FROM posts GROUP BY ALL
UNION ALL
SELECT key_hash, hour, item_key::VARCHAR, surface, max(growth_uses) FROM sightings WHERE growth_uses IS NOT NULL GROUP BY ALL
UNION ALL
SELECT key_hash, hour, item_key::VARCHAR, surface, rate(max(sightings.volume_24h)::DECIMAL(24, 4), 24)
FROM sightings JOIN (SELECT key_hash, hour FROM growth WHERE growth_uses IS NULL) USING (key_hash, hour)
WHERE volume_24h IS NOT NULL GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE activities AS
SELECT key_hash, hour, sum(part_amount)::DECIMAL(24, 4) AS activity, list_sort(list(entry)) AS activity_parts
FROM (
    SELECT key_hash, hour, {'part': part, 'surface': surface, 'amount': amount} AS entry,
        CASE WHEN row_number() OVER (PARTITION BY key_hash, hour, part ORDER BY amount DESC) = 1 THEN amount END AS part_amount
    FROM parts)
GROUP BY key_hash, hour;
"""

# The last row of an open cluster is that of its last sight, or of the last hour in which one of its watchers was good. So it
# lies in an hour in which some surface delivered items and was never good since; and an open row is a last one when nobody
# saw the cluster since and none of its watchers was good since. A cluster seen before without such a row has gone silent.
_OPEN = f"""
CREATE OR REPLACE TEMP TABLE last_good_hours AS
SELECT surface, max(hour) FILTER (status = 'good') AS good_hour FROM coverage WHERE hour < $start GROUP BY surface;

CREATE OR REPLACE TEMP TABLE open_hours AS
SELECT hour, coalesce(list(surface) FILTER (good_hour > hour), []) AS good_since
FROM (
    SELECT DISTINCT hour FROM coverage JOIN last_good_hours USING (surface)
    WHERE hour < $start AND item_count > 0 AND hour >= coalesce(good_hour, hour))
CROSS JOIN last_good_hours GROUP BY hour;

CREATE OR REPLACE TEMP TABLE open_rows AS
SELECT key_hash, hour, silent_hours, watchers, cluster_key_type, cluster_key, display_name, cluster_id
FROM stored JOIN open_hours USING (hour) WHERE silent_hours < {SILENT_HOURS} AND NOT list_has_any(watchers, good_since);

CREATE OR REPLACE TEMP TABLE seen_earlier AS
SELECT key_hash, surface, max(hour) AS hour
FROM (
    SELECT key AS key_hash, hour, unnest(surfaces) AS surface FROM cluster_sightings
    WHERE hour < $start AND key IN (SELECT key_hash FROM seen UNION ALL SELECT key_hash FROM open_rows))
GROUP BY key_hash, surface;

CREATE OR REPLACE TEMP TABLE last_rows AS
SELECT last.key_hash, coalesce(silent_hours, {SILENT_HOURS}) AS silent_hours, seen_hour, watchers, cluster_key_type,
    cluster_key, display_name, cluster_id
FROM (SELECT key_hash, max(hour) AS seen_hour FROM seen_earlier GROUP BY key_hash) AS last
LEFT JOIN open_rows AS open ON open.key_hash = last.key_hash AND open.hour >= seen_hour;
"""

_WATCHERS = f"""
CREATE OR REPLACE TEMP TABLE watched AS
SELECT key_hash, hour, unnest(surfaces) AS surface FROM seen
UNION ALL
SELECT key_hash, hour, surface FROM seen_earlier WHERE key_hash IN (SELECT key_hash FROM seen);

CREATE OR REPLACE TEMP TABLE shared AS
SELECT key_hash FROM watched GROUP BY key_hash HAVING min(surface) <> max(surface);

CREATE OR REPLACE TEMP TABLE watches AS
SELECT key_hash, surface, min(hour) AS first_hour, max(hour) + INTERVAL {WINDOW_HOURS} HOUR AS last_hour
FROM (
    SELECT key_hash, surface, hour, count(*) FILTER (WHERE apart) OVER (PARTITION BY key_hash, surface ORDER BY hour) AS stretch
    FROM (
        SELECT *, hour > lag(hour) OVER (PARTITION BY key_hash, surface ORDER BY hour) + INTERVAL {WINDOW_HOURS} HOUR AS apart
        FROM watched SEMI JOIN shared USING (key_hash)))
GROUP BY key_hash, surface, stretch;

CREATE OR REPLACE TEMP TABLE seen_by AS
SELECT key_hash, hour, surfaces, surfaces AS watchers FROM seen ANTI JOIN shared USING (key_hash)
UNION ALL
SELECT seen.key_hash, hour, any_value(surfaces), list_sort(list(DISTINCT surface))
FROM seen JOIN watches ON watches.key_hash = seen.key_hash AND hour BETWEEN first_hour AND last_hour
GROUP BY seen.key_hash, hour;
"""

_COMPARABLE = f"""
CREATE OR REPLACE TEMP TABLE span_hours AS
SELECT unnest(generate_series($start, $end - INTERVAL 1 HOUR, INTERVAL 1 HOUR)) AS hour;

CREATE OR REPLACE TEMP TABLE good_hours AS
SELECT surface, hour, CASE WHEN before >= hour - INTERVAL {PREVIOUS_HOURS} HOUR THEN before END AS before
FROM (
    SELECT surface, hour, lag(hour) OVER (PARTITION BY surface ORDER BY hour) AS before FROM coverage WHERE status = 'good');

CREATE OR REPLACE TEMP TABLE watcher_hours AS
SELECT watchers, hour, known, complete, previous, base,
    (complete AND previous IS NOT NULL)::INTEGER AS countable,
    sum(countable) OVER (PARTITION BY watchers ORDER BY hour)::INTEGER AS counted,
    sum(known::INTEGER) OVER (PARTITION BY watchers ORDER BY hour)::INTEGER AS known_count
FROM (
    SELECT watchers, day.hour, count(good.surface) > 0 AS known, max(before) AS previous,
        bool_and(coalesce(status IN ('good', 'not_due'), false)) AND known AS complete,
        list_transform(list_filter(list({{'surface': good.surface, 'before': before}} ORDER BY good.surface),
            lambda pair: pair.before = max(before)), lambda pair: pair.surface) AS base
    FROM (SELECT DISTINCT watchers FROM (SELECT watchers FROM seen_by UNION ALL SELECT watchers FROM last_rows)) AS sets
    CROSS JOIN span_hours AS day CROSS JOIN unnest(watchers) AS each(surface)
    LEFT JOIN coverage ON coverage.surface = each.surface AND coverage.hour = day.hour
    LEFT JOIN good_hours AS good ON good.surface = each.surface AND good.hour = day.hour
    GROUP BY watchers, day.hour);

CREATE OR REPLACE TEMP TABLE hour_surfaces AS
SELECT hour, bool_or(provisional) AS provisional,
    coalesce(list(surface) FILTER (status IN ('good', 'partial')), []) AS capturing
FROM coverage WHERE hour >= $start GROUP BY hour;

CREATE OR REPLACE TEMP TABLE births AS
SELECT key_hash, min(hour) AS first_seen_hour FROM clusters
WHERE key_hash IN (SELECT key_hash FROM seen UNION ALL SELECT key_hash FROM last_rows) GROUP BY key_hash;
"""

_VELOCITY = """
CASE WHEN first_seen_hour = hour THEN 0
    WHEN previous IS NULL THEN NULL
    WHEN previous < first_seen_hour THEN 0
    ELSE rate({now} - {before}, date_diff('hour', previous, hour)) END
"""
_BEFORE = """CASE WHEN before_hour IS NULL THEN 0::DECIMAL(24, 4) WHEN list_has_all(base, before_surfaces) THEN before_activity
    ELSE amount_over(before_parts, base) END"""
_WITH_BEFORE = """LEFT JOIN (
    SELECT key_hash AS before_key, hour AS before_hour, surfaces AS before_surfaces, activity AS before_activity,
        activity_parts AS before_parts
    FROM amounts) ON before_key = key_hash AND before_hour = previous"""
_NOW = "CASE WHEN list_has_all(base, surfaces) THEN activity ELSE amount_over(activity_parts, base) END"

_ROWS = f"""
CREATE OR REPLACE TEMP TABLE compared AS
SELECT key_hash, hour, surfaces, activity, activity_parts, velocity FROM stored
WHERE hour >= $start - INTERVAL {PREVIOUS_HOURS} HOUR AND hour IN (SELECT previous FROM watcher_hours);

CREATE OR REPLACE TEMP TABLE amounts AS
SELECT key_hash, hour, surfaces, activity, activity_parts FROM compared
UNION ALL
SELECT key_hash, hour, surfaces, coalesce(activity, 0), coalesce(activity_parts, [])
FROM seen LEFT JOIN activities USING (key_hash, hour);

CREATE OR REPLACE TEMP TABLE seen_rows AS
SELECT key_hash, hour, surfaces, watchers, activity, activity_parts, complete, previous, first_seen_hour, counted, known_count,
    {_VELOCITY.format(now=_NOW, before=_BEFORE)} AS velocity,
    activity > 0 AS active, (complete AND activity = 0 AND velocity IS NOT NULL)::INTEGER AS silent
FROM (
    SELECT sighted.key_hash, sighted.hour, sighted.surfaces, watchers, activity, activity_parts, complete, previous, base,
        counted, known_count,
        CASE WHEN first_seen_hour BETWEEN sighted.hour - INTERVAL {WINDOW_HOURS} HOUR AND sighted.hour THEN first_seen_hour END
            AS first_seen_hour
    FROM seen_by AS sighted JOIN amounts USING (key_hash, hour) JOIN watcher_hours USING (watchers, hour)
    LEFT JOIN births USING (key_hash))
{_WITH_BEFORE};
"""

_SILENCE = f"""
CREATE OR REPLACE TEMP TABLE ordered AS
SELECT key_hash, base_row.hour, base_row.watchers, active, silent, base_row.counted, base_row.known_count,
    lead(base_row.hour) OVER own AS next_seen,
    coalesce(lag(base_row.hour) OVER own, last.seen_hour) AS before_hour,
    coalesce(lag(base_row.watchers) OVER own, last.watchers) AS before_watchers,
    coalesce(lag(base_row.counted) OVER own, 0) AS before_counted,
    CASE WHEN lag(base_row.hour) OVER own IS NULL THEN coalesce(last.silent_hours, 0) ELSE 0 END AS carried
FROM seen_rows AS base_row LEFT JOIN last_rows AS last USING (key_hash)
WINDOW own AS (PARTITION BY key_hash ORDER BY base_row.hour);

CREATE OR REPLACE TEMP TABLE silences AS
SELECT key_hash, hour, watchers, counted, known_count, next_seen,
    least({SILENT_HOURS}, sum(added) OVER (PARTITION BY key_hash, stretch ORDER BY hour))::INTEGER AS silent_hours
FROM (
    SELECT *, count(*) FILTER (WHERE active OR apart) OVER (PARTITION BY key_hash ORDER BY hour) AS stretch,
        CASE WHEN active THEN 0 WHEN apart THEN silent ELSE silent + carried + between_rows END AS added
    FROM (
        SELECT ordered.*,
            coalesce(before_hour < ordered.hour - INTERVAL {WINDOW_HOURS} HOUR, true) AS apart,
            coalesce(until.counted, 0) - before_counted AS between_rows
        FROM ordered LEFT JOIN watcher_hours AS until
            ON until.watchers = before_watchers AND until.hour = ordered.hour - INTERVAL 1 HOUR));
"""

_FILL = f"""
CREATE OR REPLACE TEMP TABLE anchors AS
SELECT key_hash, watchers, hour AS seen_hour, silent_hours, counted, known_count, next_seen FROM silences
UNION ALL
SELECT key_hash, watchers, seen_hour, silent_hours, 0, 0, first_seen
FROM last_rows LEFT JOIN (SELECT key_hash, min(hour) AS first_seen FROM seen GROUP BY key_hash) USING (key_hash);

CREATE OR REPLACE TEMP TABLE fill_rows AS
SELECT key_hash, filled.hour, watchers, seen_hour, filled.complete, filled.previous, filled.base,
    (silent_hours + filled.counted - before_counted)::INTEGER AS silent_hours
FROM (
    SELECT key_hash, watchers, seen_hour, silent_hours, counted AS before_counted,
        unnest(generate_series(known_count + 1, last_known)) AS known_count
    FROM (
        SELECT anchors.*, until.known_count AS last_known
        FROM anchors
        LEFT JOIN (SELECT watchers, counted, min(hour) AS hour FROM watcher_hours GROUP BY watchers, counted) AS sixth
            ON sixth.watchers = anchors.watchers AND sixth.counted = anchors.counted + {SILENT_HOURS} - silent_hours
        JOIN watcher_hours AS until ON until.watchers = anchors.watchers AND until.hour = least(
            sixth.hour, next_seen - INTERVAL 1 HOUR, seen_hour + INTERVAL {WINDOW_HOURS} HOUR, $end - INTERVAL 1 HOUR)
        WHERE silent_hours < {SILENT_HOURS})) AS due
JOIN (SELECT * FROM watcher_hours WHERE known) AS filled USING (watchers, known_count);
"""

_BUCKETS = f"""
CREATE OR REPLACE TEMP TABLE bucket_rows AS
SELECT key_hash, base_row.hour, base_row.hour AS seen_hour, surfaces, watchers, activity, activity_parts, complete, previous,
    first_seen_hour, velocity, silent_hours
FROM seen_rows AS base_row JOIN (SELECT key_hash, hour, silent_hours FROM silences) USING (key_hash, hour)
UNION ALL BY NAME
SELECT key_hash, hour, seen_hour, []::VARCHAR[] AS surfaces, watchers, 0::DECIMAL(24, 4) AS activity,
    [] AS activity_parts, complete, previous, first_seen_hour, silent_hours,
    {_VELOCITY.format(now="0::DECIMAL(24, 4)", before=_BEFORE)} AS velocity
FROM (
    SELECT fill_rows.*,
        CASE WHEN first_seen_hour >= hour - INTERVAL {WINDOW_HOURS} HOUR THEN first_seen_hour END AS first_seen_hour
    FROM fill_rows LEFT JOIN births USING (key_hash))
{_WITH_BEFORE};

CREATE OR REPLACE TEMP TABLE velocities AS
SELECT key_hash, hour, velocity::DECIMAL(24, 4) AS velocity FROM bucket_rows
UNION ALL
SELECT key_hash, hour, velocity::DECIMAL(24, 4) FROM compared;

CREATE OR REPLACE TEMP TABLE labels AS
SELECT key_hash, hour AS seen_hour, cluster_key_type, cluster_key, display_name, cluster_id
FROM names JOIN ids USING (key_hash)
UNION ALL
SELECT key_hash, seen_hour, cluster_key_type, cluster_key, display_name, cluster_id FROM last_rows
WHERE cluster_id IS NOT NULL;

CREATE OR REPLACE TEMP TABLE cluster_buckets AS
SELECT hour, id_of(concat('bucket:', cluster_id, ':', hour)) AS bucket_id, cluster_id, cluster_key_type, cluster_key,
    display_name, key_hash, hour AS bucket_start, hour + INTERVAL 1 HOUR AS bucket_end, hour = seen_hour AS seen,
    coalesce(artifact_count, 0) AS artifact_count, coalesce(unique_authors, 0) AS unique_authors,
    coalesce(authored_count, 0) AS authored_count, coalesce(max_author_artifacts, 0) AS max_author_artifacts,
    floor(coalesce(views, 0) + coalesce(growth_views, 0)) AS total_views,
    floor(coalesce(engagement, 0) + coalesce(growth_engagement, 0)) AS total_engagement,
    coalesce(growth_views, 0) AS growth_views, coalesce(growth_engagement, 0) AS growth_engagement,
    coalesce(growth_uses, 0) AS growth_uses, volume_24h, activity, activity_parts, surfaces, watchers, complete, silent_hours,
    provisional, avg_engagement_score, round(unique_authors / nullif(authored_count, 0), 4) AS breadth,
    round(max_author_artifacts / nullif(authored_count, 0), 4) AS concentration, first_seen_hour,
    date_diff('hour', first_seen_hour, hour) AS hours_since_first,
    coalesce(round(greatest(0, 1 - hours_since_first / {NOVELTY_HOURS}), 4), 0) AS novelty,
    round(len(list_intersect(surfaces, capturing)) / nullif(len(capturing), 0), 4) AS cross_surface,
    previous AS previous_hour, velocity,
    CASE WHEN velocity IS NULL THEN NULL
        WHEN first_seen_hour = hour OR previous < first_seen_hour THEN 0
        WHEN before_key IS NOT NULL AND before_velocity IS NULL THEN NULL
        ELSE rate(velocity - coalesce(before_velocity, 0), date_diff('hour', previous, hour)) END AS acceleration
FROM bucket_rows
JOIN labels USING (key_hash, seen_hour) JOIN hour_surfaces USING (hour)
LEFT JOIN post_amounts USING (key_hash, hour) LEFT JOIN growth USING (key_hash, hour)
LEFT JOIN (SELECT key_hash AS before_key, hour AS before_hour, velocity AS before_velocity FROM velocities)
    ON before_key = key_hash AND before_hour = previous;
"""

_AMOUNT_OVER = """
CREATE OR REPLACE TEMP MACRO amount_over(parts, chosen) AS coalesce(list_sum(list_transform(
    list_distinct(list_transform(list_filter(parts, lambda p: list_contains(chosen, p.surface)), lambda p: p.part)),
    lambda name: list_max(list_transform(
        list_filter(parts, lambda p: p.part = name AND list_contains(chosen, p.surface)), lambda p: p.amount)))), 0)
    ::DECIMAL(24, 4);
"""

_STAGES = (_AMOUNT_OVER, _SEEN, _AMOUNTS, _OPEN, _WATCHERS, _COMPARABLE, _ROWS, _SILENCE, _FILL, _BUCKETS)


def cluster_buckets(snapshot: Snapshot, span: Span) -> str:
    """Return the relation with the buckets of the span."""
    window = span.start - timedelta(hours=WINDOW_HOURS)
    visible_items(snapshot, span)
    for table in (OBSERVATIONS, LINKS, EVIDENCE, ARTIFACTS):
        snapshot.view(table, span.start, span.end)
    for table in (CLUSTERS, CLUSTER_SIGHTINGS, COVERAGE):
        snapshot.view(table, window, span.end)
    snapshot.view(BUCKETS, window, span.start, "stored")
    for stage in _STAGES:
        snapshot.run(stage, start=span.start, end=span.end)
    return "cluster_buckets"


STEP = Step(BUCKETS, "1", lambda work, span: work.replace(BUCKETS, span, cluster_buckets))
