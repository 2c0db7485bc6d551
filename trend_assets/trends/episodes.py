"""What people ask first of the candidates: who is open in an hour, which episodes a range of hours held, what was detected."""

from datetime import datetime
from typing import Any

from trend_assets.capture.visible import visible_items
from trend_assets.hours import HOUR, Span
from trend_assets.lake.lake import Lake, Snapshot
from trend_assets.lake.tables import BUCKETS, CANDIDATES, OBSERVATIONS
from trend_assets.trends.evaluation import ClusterKey, Detection

MOST_URLS = 50
"""Addresses that an episode is shown with: those seen first."""

_EPISODES = f"""
SELECT cluster_key_type, cluster_key, display_name, detected_at, activated_at, peaked_at, stale_at, peak_score, status,
    candidate_id, coalesce(urls, []) AS evidence
FROM (SELECT * FROM asked QUALIFY row_number() OVER (PARTITION BY candidate_id ORDER BY hour DESC) = 1)
LEFT JOIN (
    SELECT candidate_id, list(url ORDER BY first_seen, url)[:{MOST_URLS}] AS urls
    FROM (
        SELECT candidate_id, canonical_url AS url, min(sighting.captured_at) AS first_seen
        FROM (SELECT candidate_id, key_hash, hour FROM trend_candidates SEMI JOIN asked USING (candidate_id)) AS row
        JOIN (
            SELECT hour, captured_at, run_id, position, platform_item_id, unnest(cluster_keys) AS key_hash
            FROM observations) AS sighting USING (key_hash, hour)
        JOIN (SELECT run_id, position, platform_item_id, canonical_url FROM visible_items)
            USING (run_id, position, platform_item_id)
        WHERE canonical_url IS NOT NULL GROUP BY ALL)
    GROUP BY candidate_id) USING (candidate_id)
ORDER BY detected_at, cluster_key, cluster_key_type, candidate_id
"""

_OPEN = """
SELECT hour, status, trend_score, velocity, display_name, cluster_key_type, cluster_key, detected_at, activated_at, peaked_at,
    peak_score, promoted, filters, provisional, candidate_id, cluster_id
FROM trend_candidates WHERE status NOT IN ('stale', 'expired') ORDER BY trend_score DESC NULLS LAST, candidate_id
"""


def episodes(lake: Lake, span: Span) -> list[dict[str, Any]]:
    """Return the episodes that were open in an hour of the span, by time of detection.

    The state is that at the end of the span, or of the episode; `evidence` holds the addresses of the items that carried the
    cluster in the episode's hours, from the hour of detection on.
    """
    with lake.snapshot() as snapshot:
        snapshot.view(CANDIDATES, span.start, span.end, "asked")
        first = snapshot.rows("SELECT min(detected_at) FROM asked")[0][0]
        if first is None:
            return []
        for table in (CANDIDATES, OBSERVATIONS):
            snapshot.view(table, first - HOUR, span.end)
        visible_items(snapshot, Span(first - HOUR, span.end))
        return _dicts(snapshot, _EPISODES)


def open_candidates(lake: Lake, hour: datetime) -> list[dict[str, Any]]:
    """Return the open candidates of the hour, the highest score first."""
    with lake.snapshot() as snapshot:
        snapshot.view(CANDIDATES, hour, hour + HOUR)
        return _dicts(snapshot, _OPEN)


def detections(lake: Lake, span: Span, detector: str) -> list[Detection]:
    """Return the episodes that a detector opened in an hour of the span, by time and cluster."""
    with lake.snapshot() as snapshot:
        snapshot.view(CANDIDATES, span.start, span.end)
        opened = snapshot.rows(
            "SELECT cluster_key_type, cluster_key, detected_at FROM trend_candidates "
            "WHERE detector = ? AND detected_at = hour + INTERVAL 1 HOUR ORDER BY 3, 2, 1",
            (detector,),
        )
    return [Detection((key_type, key), detected_at) for key_type, key, detected_at in opened]


def cluster_hours(lake: Lake, span: Span) -> dict[ClusterKey, int]:
    """Return the rows of cluster_buckets in the span, by cluster."""
    with lake.snapshot() as snapshot:
        snapshot.view(BUCKETS, span.start, span.end)
        counted = snapshot.rows("SELECT cluster_key_type, cluster_key, count(*) FROM cluster_buckets GROUP BY ALL ORDER BY ALL")
    return {(key_type, key): count for key_type, key, count in counted}


def _dicts(snapshot: Snapshot, sql: str) -> list[dict[str, Any]]:
    result = snapshot.connection.execute(sql)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
