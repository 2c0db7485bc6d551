"""Synthetic captures, written with SQL straight into the lake: the same for the same arguments.

Items live for one to four hours on their home surface (a tenth of them on a second one too), so that 40 % of all
captured items are new; their counters grow. Most clusters are Zipf-distributed, and who is popular changes;
phrases are mostly seen once. One run in fifty fails. What parsing costs stays out.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from trend_assets.hours import HOUR, Span
from trend_assets.lake.lake import Lake, Snapshot
from trend_assets.lake.tables import CAPTURE_RUNS, CAPTURES

START = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
SURFACES = (
    ("tiktok:discover", "tiktok", "video"),
    ("tiktok:hashtag:ai", "tiktok", "video"),
    ("tiktok:hashtag:fyp", "tiktok", "video"),
    ("tiktok:creators", "tiktok", "video"),
    ("reddit:hot:marketing", "reddit", "post"),
    ("reddit:hot:all", "reddit", "post"),
    ("x:trending:us", "x", "topic"),
    ("tiktok:sounds", "tiktok", "sound"),
)
SHARED = 4
"""The first ones show each other's items."""
CLUSTERS = 20_000
"""Clusters of each key type that are around on one day."""
SIGHTINGS_PER_ITEM = 2.5 * 1.05


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is captured in an hour."""

    items_per_hour: int

    @property
    def births_per_hour(self) -> int:
        """New items of an hour."""
        return round(self.items_per_hour / SIGHTINGS_PER_ITEM)


_ITEMS = """
CREATE OR REPLACE TEMP TABLE sightings AS
SELECT item, CASE WHEN second = 1 THEN (item + 1) % $shared ELSE item % $surfaces END AS surface_index, hour,
    date_diff('hour', born, hour) AS age, hash(item, 'a') AS dice,
    exp((hash(item, 'v') % 1000000) / 1e6 * ln(1e6)) AS size
FROM (
    SELECT item, $epoch::TIMESTAMP + to_hours((item // $births)::BIGINT) AS born, unnest(range(1 + item % 4)) AS later
    FROM range(greatest(0, ($first - 4) * $births), $last * $births) AS items(item)),
    unnest(CASE WHEN item % $surfaces < $shared AND hash(item, 's') % 10 = 0 THEN [0, 1] ELSE [0] END) AS places(second),
    LATERAL (SELECT born + to_hours(later) AS hour)
WHERE hour >= $start AND hour < $end;

CREATE OR REPLACE TEMP MACRO zipf(item, salt) AS (exp((hash(item, salt) % 1000000) / 1e6 * ln($clusters)))::BIGINT;
CREATE OR REPLACE TEMP MACRO topic(rank, day) AS rank * 1000 + ((day + rank * 7) // 10)::BIGINT;
CREATE OR REPLACE TEMP MACRO named(type_, prefix, number) AS
    {'key_type': type_, 'key': concat(prefix, number), 'value': concat(number), 'name': concat('Topic ', number)};
"""
# Who holds a rank of popularity changes every ten days, for each rank on another day.
_TOPIC = "topic(zipf(item, '{salt}'), item // ($births * 24))"

_CAPTURES = f"""
CREATE OR REPLACE TEMP TABLE new_captures AS
SELECT hour, md5(concat(name, hour)) AS run_id, name AS surface, platform, hour + INTERVAL 7 MINUTE AS captured_at,
    md5(concat('commit', name, hour)) AS commit_id,
    (row_number() OVER (PARTITION BY name, hour ORDER BY dice) - 1)::INTEGER AS position,
    (position + 1)::INTEGER AS rank, concat('item', item) AS platform_item_id, kind AS item_type,
    kind IN ('video', 'post') AS is_post, NULL::VARCHAR AS author_id, concat('author', dice % 50000) AS author_handle,
    concat('A caption of some length about topic ', dice % 1000, ' and a few words more #tag') AS text_content,
    NULL::VARCHAR AS audio_id, NULL::VARCHAR AS audio_title, ['tag', 'viral'] AS hashtags,
    hour - to_hours(age + 2) AS item_created_at, concat('https://example.org/', item) AS canonical_url,
    CASE WHEN kind = 'video' THEN size * (1 + age) END::BIGINT AS view_count,
    CASE WHEN kind IN ('video', 'post') THEN size / 20 * (1 + age) END::BIGINT AS like_count,
    CASE WHEN kind IN ('video', 'post') THEN size / 200 * (1 + age) END::BIGINT AS comment_count,
    CASE WHEN kind = 'video' THEN size / 100 * (1 + age) END::BIGINT AS share_count,
    CASE WHEN kind = 'sound' THEN size / 10000 * (1 + age) END::BIGINT AS use_count,
    CASE WHEN kind = 'topic' THEN size / 1000 * (10 + age) END::BIGINT AS volume_24h, NULL::BIGINT AS gauge,
    CASE WHEN item % 2 = 0
        THEN [named('audio_id', 'tiktok:', {_TOPIC.format(salt="audio")}), named('hashtag', '#', {_TOPIC.format(salt="tag")})]
        ELSE [named('hashtag', '#', {_TOPIC.format(salt="tag")}), named('entity', 'e:', {_TOPIC.format(salt="entity")}),
            named('phrase', 'p:', item // 4)] END AS keys,
    concat('{{"id": ', item, ', "filler": "', repeat(md5(dice::VARCHAR), 16), '"}}') AS raw_json
FROM sightings JOIN surfaces USING (surface_index) SEMI JOIN (FROM surface_hours WHERE status = 'success') USING (name, hour);
"""

_RUNS = """
CREATE OR REPLACE TEMP TABLE surface_hours AS
SELECT hour, name, platform, kind, CASE WHEN hash(name, hour) % 50 = 0 THEN 'failed' ELSE 'success' END AS status
FROM surfaces CROSS JOIN (SELECT unnest(generate_series($start, $end - INTERVAL 1 HOUR, INTERVAL 1 HOUR)) AS hour);
"""

_RUN_ROWS = """
CREATE OR REPLACE TEMP TABLE new_runs AS
SELECT hour, md5(concat(name, hour)) AS run_id, name AS surface, platform, hour + INTERVAL 7 MINUTE AS captured_at,
    md5(concat('commit', name, hour)) AS commit_id, kind AS surface_type, '' AS surface_key, hour AS slot, 0 AS attempt,
    hour + INTERVAL 9 MINUTE AS ended_at, hour + INTERVAL 10 MINUTE AS committed_at, status,
    coalesce(items, 0)::INTEGER AS item_count, 0 AS quarantined_count, md5(concat(name, hour)) AS content_digest,
    md5(concat(name, hour)) AS content_hash, CASE status WHEN 'failed' THEN 'timeout' ELSE '' END AS error_message,
    60 AS cadence_minutes, 5 AS min_items, '{}' AS config, NULL::VARCHAR AS cursor
FROM surface_hours
LEFT JOIN (SELECT surface AS name, hour, count(*) AS items FROM new_captures GROUP BY ALL) USING (name, hour);
"""


def capture(lake: Lake, span: Span, pace: Pace) -> int:
    """Append the captures of the hours in one commit and return their number."""
    with lake.snapshot() as snapshot:
        captured(snapshot, span, pace)
        lake.append(CAPTURES, snapshot.connection, "new_captures")
        lake.append(CAPTURE_RUNS, snapshot.connection, "new_runs")
        return int(snapshot.rows("SELECT count(*) FROM new_captures")[0][0])


def captured(snapshot: Snapshot, span: Span, pace: Pace) -> None:
    """Make the tables `new_captures` and `new_runs` of the hours."""
    snapshot.run("CREATE OR REPLACE TEMP TABLE surfaces (surface_index BIGINT, name VARCHAR, platform VARCHAR, kind VARCHAR)")
    snapshot.connection.executemany("INSERT INTO surfaces VALUES (?, ?, ?, ?)", [(i, *s) for i, s in enumerate(SURFACES)])
    numbers = {
        "births": pace.births_per_hour,
        "first": int((span.start - START) / HOUR),
        "last": int((span.end - START) / HOUR),
        "clusters": CLUSTERS,
        "surfaces": len(SURFACES),
        "shared": SHARED,
    }
    for statements in (_ITEMS, _RUNS, _CAPTURES, _RUN_ROWS):
        text = statements
        for name, value in {
            **numbers,
            "start": f"TIMESTAMP '{span.start}'",
            "end": f"TIMESTAMP '{span.end}'",
            "epoch": f"'{START}'",
        }.items():
            text = text.replace(f"${name}", str(value))
        snapshot.run(text)
