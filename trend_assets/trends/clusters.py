"""Clusters, each once in the hour of its first sight, and the links of artifacts to them (docs/spine.md §4)."""

from trend_assets.capture.visible import visible_items
from trend_assets.hours import Span
from trend_assets.lake.lake import Replaced, Snapshot
from trend_assets.lake.tables import CLUSTER_SIGHTINGS, CLUSTERS, EVIDENCE, LINKS, OBSERVATIONS
from trend_assets.steps import Step, Work
from trend_assets.trends.first_sight import replace_first_sights

CLUSTER_ID = "id_of(concat('cluster:', key_type, ':', key))"

_SIGHTINGS = """
CREATE OR REPLACE TEMP TABLE sightings AS
SELECT hour, key, list_sort(list(surface)) AS surfaces
FROM (SELECT DISTINCT hour, surface, unnest(cluster_keys) AS key FROM observations) GROUP BY hour, key
"""

_CLUSTERS = f"""
CREATE OR REPLACE TEMP TABLE first_sightings AS
SELECT run_id, position, platform_item_id, key_hash, place FROM (
    SELECT run_id, position, platform_item_id, captured_at, surface, unnest(cluster_keys) AS key_hash,
        generate_subscripts(cluster_keys, 1) AS place
    FROM observations) SEMI JOIN unseen ON key_hash = unseen.key
QUALIFY row_number() OVER (PARTITION BY key_hash ORDER BY captured_at, surface, position, place, run_id) = 1;

CREATE OR REPLACE TEMP TABLE clusters AS
SELECT hour, {CLUSTER_ID} AS cluster_id, key_type AS cluster_key_type, key AS cluster_key, name AS display_name, key_hash,
    captured_at AS first_seen_at, platform, surface
FROM (
    SELECT hour, captured_at, platform, surface, key_hash, unnest(keys[place], recursive := true)
    FROM visible_items JOIN first_sightings USING (run_id, position, platform_item_id)
    WHERE key_of(keys[place].key_type, keys[place].key) = key_hash)
"""

_LINKS = f"""
CREATE OR REPLACE TEMP TABLE artifact_cluster_links AS
SELECT hour, id_of(concat('artifact:', evidence_id)) AS artifact_id, {CLUSTER_ID} AS cluster_id, evidence_id,
    key_of(key_type, key) AS key_hash, CASE WHEN place = 1 THEN 'primary' ELSE 'secondary' END AS role, key_type,
    value AS key_value, CASE WHEN place > 1 THEN place - 2 END AS rank
FROM (
    SELECT hour, evidence_id, unnest(keys, recursive := true), generate_subscripts(keys, 1) AS place FROM evidence)
"""


def _sightings(snapshot: Snapshot, span: Span) -> str:
    snapshot.view(OBSERVATIONS, span.start, span.end)
    snapshot.run(_SIGHTINGS)
    return "sightings"


def _clusters(snapshot: Snapshot, span: Span) -> str:
    visible_items(snapshot, span)
    snapshot.view(OBSERVATIONS, span.start, span.end)
    snapshot.run(_CLUSTERS)
    return "clusters"


def clusters(work: Work, span: Span) -> Replaced:
    """Replace the clusters of the span."""
    return replace_first_sights(work, span, CLUSTERS, CLUSTER_SIGHTINGS, "key_hash", _sightings, _clusters)


def links(snapshot: Snapshot, span: Span) -> str:
    """Return the relation with the links of the span's artifacts."""
    snapshot.view(EVIDENCE, span.start, span.end)
    snapshot.run(_LINKS)
    return "artifact_cluster_links"


STEPS = (
    Step(CLUSTERS, "2", clusters),
    Step(LINKS, "1", lambda work, span: work.replace(LINKS, span, links)),
)
