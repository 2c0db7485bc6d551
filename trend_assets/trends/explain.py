"""Why a cluster is, or is not, a trend in an hour: what was seen, what it scores, and what would change that.

Everything is read from the lake's stored rows. The score is computed once more from the stored bucket by the pipeline's own
formula; it must be the stored one. How the answer is printed stays out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from trend_assets.capture.keys import normalize
from trend_assets.capture.visible import visible_items
from trend_assets.errors import UnknownNameError
from trend_assets.hours import HOUR, Span
from trend_assets.lake.lake import Lake, Snapshot
from trend_assets.lake.tables import BUCKETS, CANDIDATES, CLUSTERS, COVERAGE, OBSERVATIONS, WINDOW_HOURS
from trend_assets.trends.buckets import SILENT_HOURS
from trend_assets.trends.lifecycle import ENDED, EXPIRY_HOURS, IN_A_ROW
from trend_assets.trends.scoring import ACTIVE_THRESHOLD, COMPONENTS, FORMULA_VERSION, THRESHOLD, WEIGHTS, score_sql
from trend_assets.trends.threshold import Change, crossings

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that a text names, and the last hour with something to explain about it."""

    cluster_id: str
    cluster_key_type: str
    cluster_key: str
    display_name: str
    key_hash: int
    last_hour: datetime


@dataclass(frozen=True, slots=True)
class Component:
    """One part of the score."""

    name: str
    points: float | None
    """After scaling: the components' points sum to the score. None when unknown."""
    weight: float | None
    """Most points that it could give, after scaling. None when unknown."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known about a cluster in an hour."""

    cluster: Cluster
    hour: datetime
    bucket: Row | None
    """The stored row; None in an hour without one."""
    sightings: Sequence[Row]
    coverage: Sequence[Row]
    """What the hour's surfaces delivered."""
    formula_version: str
    path: str | None
    score: float | None
    """Computed now from the stored bucket."""
    promoted: bool
    components: Sequence[Component]
    filters: Mapping[str, str]
    """Those that apply, with the reason."""
    candidate: Row | None
    """The stored row of the candidate in this hour."""
    outlook: Sequence[str]
    """What would change the status, in sentences."""
    changes: Sequence[Change]
    """What each quantity alone would have to be to cross the threshold, the relatively smallest change first."""

    @property
    def verified(self) -> bool | None:
        """Whether the score is the stored one; None when none is stored: only candidates' scores are."""
        return None if self.candidate is None else self.candidate["trend_score"] == self.score


_NAMED = """
SELECT key_hash, any_value(cluster_id), any_value(cluster_key_type), any_value(cluster_key), arg_max(display_name, hour),
    max(hour)
FROM (
    SELECT {columns} FROM cluster_buckets UNION ALL SELECT {columns} FROM trend_candidates)
WHERE {condition} GROUP BY key_hash ORDER BY max(hour) DESC, 4, 3
"""
_COLUMNS = "key_hash, hour, cluster_id, cluster_key_type, cluster_key, display_name"

_PLAIN = r"lower(trim(regexp_replace({}, '[\p{{C}}\s]+', ' ', 'g')))"
"""A name in small letters, as it looks when printed: what cannot be seen is a space."""

_BY = (
    "cluster_key = $text",
    "cluster_id = $text",
    "cluster_key = $folded",
    "key_hash IN (SELECT key_hash FROM clusters WHERE display_name = $text) OR display_name = $text",
    f"""key_hash IN (SELECT key_hash FROM clusters WHERE {_PLAIN.format("display_name")} = {_PLAIN.format("$text")})
    OR {_PLAIN.format("display_name")} = {_PLAIN.format("$text")}""",
)
"""How a text can name a cluster, most exact first; the first that finds any counts."""

_SIGHTINGS = """
SELECT o.captured_at, o.surface, o.platform, o.platform_item_id, o.item_type, o.rank, c.author_handle, c.author_id,
    o.view_count, o.like_count, o.comment_count, o.share_count, o.use_count, o.volume_24h, o.gauge,
    o.growth_views, o.growth_likes, o.growth_comments, o.growth_shares, o.growth_uses,
    c.canonical_url AS url, c.text_content AS text
FROM observations AS o LEFT JOIN visible_items AS c USING (run_id, position, platform_item_id)
WHERE list_contains(o.cluster_keys, $key_hash)
ORDER BY o.captured_at, o.surface, o.position, o.run_id
"""


_LAST = "SELECT hour, silent_hours FROM earlier WHERE key_hash = $key_hash ORDER BY hour DESC LIMIT 1"
"""The cluster's last row before the hour."""


def find(lake: Lake, text: str) -> list[Cluster]:
    """Return the clusters that a key, cluster id, candidate id or name (in any case) stands for, the latest first.

    Raises:
        UnknownNameError: there is none.
    """
    text = text.strip()
    with lake.snapshot() as snapshot:
        for table in (BUCKETS, CANDIDATES, CLUSTERS):
            snapshot.view(table, None, None)
        one = "SELECT DISTINCT key_hash FROM trend_candidates WHERE candidate_id = $text"
        for condition in (f"key_hash IN ({one})", *_BY):
            if found := _named(snapshot, condition, text):
                return found
    raise UnknownNameError(
        f"No cluster is called '{text}'. Give its key (like tiktok:#viral or phrase:nobody_wants_to_work), its name, its "
        "id or a candidate's id; `trend-assets trends` lists the open candidates."
    )


def _named(snapshot: Snapshot, condition: str, text: str) -> list[Cluster]:
    sql = _NAMED.format(columns=_COLUMNS, condition=condition)
    values = {name: value for name, value in (("text", text), ("folded", normalize(text))) if f"${name}" in sql}
    rows = snapshot.connection.execute(sql, values).fetchall()
    return [
        Cluster(cluster_id, key_type, key, name, key_hash, hour) for key_hash, cluster_id, key_type, key, name, hour in rows
    ]


def explain(lake: Lake, cluster: Cluster, hour: datetime) -> Explanation:
    """Return everything about the cluster in the hour."""
    span = Span.of(hour)
    with lake.snapshot() as snapshot:
        for table in (OBSERVATIONS, COVERAGE, BUCKETS, CANDIDATES):
            snapshot.view(table, span.start, span.end)
        visible_items(snapshot, span)
        snapshot.run("CREATE OR REPLACE TEMP TABLE bucket AS FROM cluster_buckets WHERE key_hash = $key", key=cluster.key_hash)
        sightings = _rows(snapshot, _SIGHTINGS, key_hash=cluster.key_hash)
        coverage = _rows(snapshot, "SELECT surface, status, reason, provisional FROM coverage ORDER BY surface")
        candidates = _rows(snapshot, "FROM trend_candidates WHERE key_hash = $key", key=cluster.key_hash)
        buckets = _rows(snapshot, "FROM bucket")
        snapshot.view(BUCKETS, hour - timedelta(hours=WINDOW_HOURS), hour, "earlier")
        earlier = _rows(snapshot, _LAST, key_hash=cluster.key_hash)
        scored = _rows(snapshot, score_sql("bucket"))
        changes = crossings(snapshot, "bucket", buckets[0]) if buckets else []
    bucket, score = (buckets[0], scored[0]) if buckets else (None, {"filters": []})
    candidate = candidates[0] if candidates else None
    return Explanation(
        cluster=cluster,
        hour=hour,
        bucket=bucket,
        sightings=sightings,
        coverage=coverage,
        formula_version=candidate["formula_version"] if candidate else FORMULA_VERSION,
        path=score.get("path"),
        score=score.get("trend_score"),
        promoted=bool(score.get("promoted")),
        components=_components(score) if bucket else (),
        filters={name: _REASONS[name].format(**_facts(bucket)) for name in score["filters"]} if bucket else {},
        candidate=candidate,
        outlook=tuple(_outlook(bucket, score, candidate) if bucket or candidate else [_unseen(coverage, earlier)]),
        changes=changes,
    )


def _rows(snapshot: Snapshot, sql: str, **values: object) -> list[dict[str, Any]]:
    result = snapshot.connection.execute(sql, values)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _components(score: Row) -> list[Component]:
    """Return the components of the row's path, scaled so that what is known could give 100."""
    weights = WEIGHTS[score["path"]]
    points = {name: score[f"{name}_score"] for name in COMPONENTS if name in weights}
    total = sum(weights[name] for name, value in points.items() if value is not None)
    return [
        Component(name, None, None) if value is None else Component(name, value * 100 / total, weights[name] * 100 / total)
        for name, value in points.items()
    ]


_REASONS = {
    "single_author": "{unique_authors} authors behind {authored_count} posts with a known author is a breadth of "
    "{breadth:.4f}, below 0.2, and there are more than 5 posts ({artifact_count})",
    "bot_pattern": "one author wrote {max_author_artifacts} of {authored_count} posts: {concentration:.4f}, above 0.8",
    "old_trend": "novelty {novelty:.4f} is below 0.1 and velocity {velocity} below 1",
    "too_small": "activity {activity} is below 3, and it is not a cluster without new posts that grew by at least 10,000 "
    "views and engagement (new posts {artifact_count}, growth {growth_views} + {growth_engagement})",
}


def _facts(bucket: Row) -> dict[str, Any]:
    authored = bucket["authored_count"] or 1
    exact = {
        "breadth": bucket["unique_authors"] / authored,
        "concentration": bucket["max_author_artifacts"] / authored,
    }
    return {**bucket, **exact}


def _outlook(bucket: Row | None, score: Row, candidate: Row | None) -> list[str]:
    """Say what has to happen for another status."""
    if candidate is None or candidate["status"] in ENDED:
        return _to_open(bucket, score, candidate)
    status, sentences = candidate["status"], []
    if candidate["provisional"]:
        sentences.append("The hour is provisional: it moves nothing until it is complete.")
    if status == "emerging":
        missing = max(IN_A_ROW - candidate["high"], 1)
        sentences.append(f"active: after {_more(missing)} with a score above {ACTIVE_THRESHOLD} and a known velocity.")
    if status == "active":
        missing = max(IN_A_ROW - candidate["falling"], 1)
        sentences.append(f"peaked: after {_more(missing)} with a velocity below 0.")
    silent = bucket["silent_hours"] if bucket else 0
    counted = f" ({silent} so far)" if bucket else ""
    sentences.append(f"stale: after {SILENT_HOURS} known hours without activity{counted}.")
    expiry = candidate["last_active_hour"] + timedelta(hours=EXPIRY_HOURS) + HOUR
    sentences.append(f"expired: at {expiry:%Y-%m-%dT%H:%MZ}, should no activity be seen until then.")
    return sentences


def _unseen(coverage: Sequence[Row], earlier: Sequence[Row]) -> str:
    """Say why there is no row."""
    if not coverage:
        return "The hour was never computed: nothing is known about it."
    if not earlier:
        return f"It was not seen in this hour, nor in the {WINDOW_HOURS} hours before."
    (last,) = earlier
    if last["silent_hours"] >= SILENT_HOURS:
        return (
            f"It has been silent for {SILENT_HOURS} known hours, until {_hour(last['hour'])}; its next sight is its next row."
        )
    return f"Nothing is known: no surface that could have seen it has delivered since {_hour(last['hour'])}."


def _hour(hour: datetime) -> str:
    return f"{hour:%Y-%m-%dT%H:00}"


def _more(hours: int) -> str:
    return "one more hour" if hours == 1 else f"{hours} more hours in a row"


def _to_open(bucket: Row | None, score: Row, candidate: Row | None) -> list[str]:
    sentences = [f"The episode ended as {candidate['status']}: a new burst opens a new one."] if candidate else []
    if bucket is None:
        return sentences
    velocity = bucket["velocity"]
    unmet = [
        (score["trend_score"] is None or score["trend_score"] <= THRESHOLD, f"a score above {THRESHOLD}"),
        (bool(score["filters"]), "no filter that applies"),
        (velocity is None, "a known velocity"),
        (velocity is not None and velocity <= 0, "a velocity above 0"),
        (bucket["provisional"], "the hour to be complete"),
    ]
    needs = [need for is_unmet, need in unmet if is_unmet]
    return [*sentences, f"emerging: needs {', '.join(needs)}." if needs else "emerging: everything is met."]
