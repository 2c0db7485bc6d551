"""Evidence: each item once, in the hour of its first sight, and its normalized form, the artifact (docs/spine.md §4)."""

from trend_assets.capture.visible import visible_items
from trend_assets.hours import Span
from trend_assets.lake.lake import Replaced, Snapshot
from trend_assets.lake.tables import ARTIFACTS, EVIDENCE, ITEM_SIGHTINGS, OBSERVATIONS
from trend_assets.steps import Step, Work
from trend_assets.trends.first_sight import replace_first_sights

_EVIDENCE = """
CREATE OR REPLACE TEMP TABLE first_sightings AS
SELECT run_id, position, platform_item_id, item_key FROM observations SEMI JOIN unseen ON item_key = unseen.key
QUALIFY row_number() OVER (PARTITION BY item_key ORDER BY captured_at, surface, position, run_id) = 1;

CREATE OR REPLACE TEMP TABLE evidence AS
SELECT hour, id_of(concat('item:', platform, ':', platform_item_id)) AS evidence_id, item_key, run_id, surface, platform,
    captured_at, rank, platform_item_id, item_type, is_post, author_id, author_handle, text_content, audio_id, audio_title,
    hashtags, item_created_at, canonical_url, view_count, like_count, comment_count, share_count, use_count, volume_24h,
    gauge, keys
FROM visible_items JOIN first_sightings USING (run_id, position, platform_item_id)
"""

_ARTIFACTS = r"""
CREATE OR REPLACE TEMP TABLE artifacts AS
SELECT hour, id_of(concat('artifact:', evidence_id)) AS artifact_id, evidence_id,
    trim(regexp_replace(
        regexp_replace(nfc_normalize(coalesce(text_content, '')), '[\x{200b}-\x{200f}\x{2060}\x{feff}]', '', 'g'),
        '\s+', ' ', 'g')) AS normalized_text,
    CASE
        WHEN coalesce(like_count, comment_count, share_count) IS NOT NULL THEN
            least(100, round(100 * ln(1 + engagement) / ln(1 + 1e6), 4))
        WHEN view_count IS NOT NULL THEN least(100, round(100 * ln(1 + view_count) / ln(1 + 1e8), 4))
    END AS engagement_score
FROM (
    SELECT *, greatest(0, coalesce(like_count, 0)) + coalesce(comment_count, 0) + coalesce(share_count, 0) AS engagement
    FROM evidence)
"""


def _sightings(snapshot: Snapshot, span: Span) -> str:
    snapshot.view(OBSERVATIONS, span.start, span.end)
    snapshot.run("CREATE OR REPLACE TEMP TABLE sightings AS SELECT DISTINCT hour, item_key AS key FROM observations")
    return "sightings"


def _evidence(snapshot: Snapshot, span: Span) -> str:
    visible_items(snapshot, span)
    snapshot.view(OBSERVATIONS, span.start, span.end)
    snapshot.run(_EVIDENCE)
    return "evidence"


def evidence(work: Work, span: Span) -> Replaced:
    """Replace the evidence of the span."""
    return replace_first_sights(work, span, EVIDENCE, ITEM_SIGHTINGS, "item_key", _sightings, _evidence)


def artifacts(snapshot: Snapshot, span: Span) -> str:
    """Return the relation with the artifacts of the span."""
    snapshot.view(EVIDENCE, span.start, span.end)
    snapshot.run(_ARTIFACTS)
    return "artifacts"


STEPS = (
    Step(EVIDENCE, "1", evidence),
    Step(ARTIFACTS, "1", lambda work, span: work.replace(ARTIFACTS, span, artifacts)),
)
