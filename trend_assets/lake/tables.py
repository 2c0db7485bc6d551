"""The contract of every lake table: one declaration that drives write checks, docs and Dagster's column schema.

A table is stored by `day` (Delta partition) and holds whole hours. All times are UTC without a zone. Contracts of the spine
follow seed 004 §4 where it names a column; how the values are made is in docs/spine.md.
"""

from dataclasses import dataclass

WINDOW_HOURS = 168
"""How far back the spine looks: coverage, growth, watchers, novelty (docs/spine.md)."""

KEYS = 'STRUCT(key_type VARCHAR, "key" VARCHAR, "value" VARCHAR, "name" VARCHAR)[]'
AMOUNT = "DECIMAL(24,4)"
PROFILE = """STRUCT(item_type VARCHAR, "items" INTEGER, fields STRUCT(field VARCHAR, "items" INTEGER)[], "keys" VARCHAR[])[]"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: DuckDB type, meaning (with unit), and whether it may be null."""

    name: str
    type: str
    meaning: str
    nullable: bool = False
    before: str = ""
    """SQL of its value in rows that were written before there was the column; needed if it may not be null."""


@dataclass(frozen=True, slots=True)
class Table:
    """One lake table."""

    name: str
    grain: str
    key: tuple[str, ...]
    """Columns that identify a row within the table."""
    columns: tuple[Column, ...]
    about: str
    """What the table is, in a sentence for people."""
    reach_hours: int = 0
    """How many later hours read an hour of this table: those go stale when its rows change."""

    @property
    def select_list(self) -> str:
        """The columns, quoted and typed, as a SELECT list."""
        return ", ".join(f'CAST("{column.name}" AS {column.type}) AS "{column.name}"' for column in self.columns)


def _required(**columns: tuple[str, str]) -> tuple[Column, ...]:
    return tuple(Column(name, type_, meaning) for name, (type_, meaning) in columns.items())


def _optional(**columns: tuple[str, str]) -> tuple[Column, ...]:
    return tuple(Column(name, type_, meaning, nullable=True) for name, (type_, meaning) in columns.items())


def _later(**columns: tuple[str, str]) -> tuple[Column, ...]:
    """Lists that came with a later version: earlier rows have empty ones."""
    return tuple(Column(name, type_, meaning, before="[]") for name, (type_, meaning) in columns.items())


_HOUR = _required(hour=("TIMESTAMP", "start of the hour of capture"))
_RUN = _required(
    run_id=("VARCHAR", "capture run: uuid5 of surface, slot and attempt"),
    surface=("VARCHAR", "surface id, for example tiktok:discover"),
    platform=("VARCHAR", "platform"),
    captured_at=("TIMESTAMP", "start of the run"),
)
_COMMIT = _required(commit_id=("VARCHAR", "the commit that wrote the row; a run's last commit counts"))
_ITEM = _required(
    platform_item_id=("VARCHAR", "id on the platform"),
    item_type=("VARCHAR", "video, post, sound, hashtag, topic, …"),
    is_post=("BOOLEAN", "a post, not a topic that posts belong to"),
)
_DESCRIPTION = _optional(
    author_id=("VARCHAR", "author's id on the platform"),
    author_handle=("VARCHAR", "author's public name"),
    text_content=("VARCHAR", "caption, title or body as captured: hostile text"),
    audio_id=("VARCHAR", "sound used"),
    audio_title=("VARCHAR", "title of the sound"),
    hashtags=("VARCHAR[]", "hashtags as captured"),
    item_created_at=("TIMESTAMP", "when the item was posted, as the platform says"),
    canonical_url=("VARCHAR", "address of the item"),
)
_COUNTERS = _optional(
    view_count=("BIGINT", "views so far"),
    like_count=("BIGINT", "likes so far (Reddit, Hacker News: score)"),
    comment_count=("BIGINT", "comments so far"),
    share_count=("BIGINT", "shares so far"),
    use_count=("BIGINT", "posts so far that use a sound or hashtag, as the platform reports"),
    volume_24h=("BIGINT", "posts or searches of the last 24 hours, as the platform reports"),
    gauge=("BIGINT", "the platform's own rising and falling score"),
)
_RANK = _optional(rank=("INTEGER", "rank on the surface, as reported"))
_POSITION = _required(position=("INTEGER", "place in the payload's list, from 0"))
_CLUSTER = _required(
    cluster_id=("VARCHAR", "uuid5 of key type and key"),
    cluster_key_type=("VARCHAR", "audio_id, hashtag, entity or phrase"),
    cluster_key=("VARCHAR", "stable key, for example tiktok:#viral"),
    display_name=("VARCHAR", "what people call it"),
)

CAPTURES = Table(
    "captures",
    "item × run, as parsed",
    ("commit_id", "position"),
    _HOUR
    + _RUN
    + _COMMIT
    + _POSITION
    + _RANK
    + _ITEM
    + _DESCRIPTION
    + _COUNTERS
    + (Column("keys", KEYS, "clusters the item belongs to, primary first"),)
    + _optional(raw_json=("VARCHAR", "the entry as sent; null once purged, only named where it is too long")),
    about="What the surfaces showed, as parsed. Append-only: with the runs and the removals it is the one truth.",
)

QUARANTINE = Table(
    "quarantine",
    "rejected entry × run",
    ("commit_id", "position"),
    _HOUR
    + _RUN
    + _COMMIT
    + _POSITION
    + _required(
        reason=("VARCHAR", "code word"), detail=("VARCHAR", "what was wrong"), raw_json=("VARCHAR", "the entry as sent")
    ),
    about="Entries of payloads that could not become items, with the reason. Nothing is lost silently.",
)

CAPTURE_RUNS = Table(
    "capture_runs",
    "run: the commit marker of its items",
    ("run_id", "commit_id"),
    _HOUR
    + _RUN
    + _COMMIT
    + _required(
        surface_type=("VARCHAR", "kind of surface"),
        surface_key=("VARCHAR", "its key, empty when there is none"),
        slot=("TIMESTAMP", "the point of the cadence that the run stands for"),
        attempt=("INTEGER", "0 for the first run of the slot"),
        ended_at=("TIMESTAMP", "end of the run"),
        committed_at=("TIMESTAMP", "when the run was committed to the lake"),
        status=("VARCHAR", "success, partial or failed"),
        item_count=("INTEGER", "items"),
        quarantined_count=("INTEGER", "rejected entries"),
        content_digest=("VARCHAR", "digest of ids and counters: equal when nothing moved"),
        content_hash=("VARCHAR", "digest of everything in the run"),
        error_message=("VARCHAR", "why it is not a success, empty otherwise"),
        cadence_minutes=("INTEGER", "minutes between runs as configured then, 0 = irregular"),
        min_items=("INTEGER", "items expected at least, as configured then"),
        config=("VARCHAR", "the surface's configuration as it was then, JSON"),
    )
    + _later(
        item_digests=("BIGINT[]", "64-bit digests of the items' ids, ascending"),
        profile=(
            PROFILE,
            "what the items of each type have: fields, and keys that most entries have as the platform sent them",
        ),
    )
    + _optional(cursor=("VARCHAR", "where a continued capture goes on")),
    about="Every capture run. Items without a run row do not exist; of several commits of a run the last one counts.",
)

TOMBSTONES = Table(
    "tombstones",
    "removal",
    ("kind", "platform", "value"),
    _HOUR
    + _required(
        kind=("VARCHAR", "item, author, handle (of an author; counts where no id is known) or run"),
        platform=("VARCHAR", "platform, empty for runs"),
        value=("VARCHAR", "platform_item_id, author id or handle, or run_id"),
        created_at=("TIMESTAMP", "when it was asked for"),
        reason=("VARCHAR", "why"),
    ),
    about="Removals asked for by people: treated as never captured.",
)

_SIGHTING_COLUMNS = _HOUR + _required(key=("BIGINT", "64-bit digest of the natural key"))

ITEM_SIGHTINGS = Table(
    "item_sightings",
    "item × hour: which hours have seen it",
    ("key", "hour"),
    _SIGHTING_COLUMNS,
    about="Index of first sight of items: which hours have seen which item.",
)
CLUSTER_SIGHTINGS = Table(
    "cluster_sightings",
    "cluster × hour: which hours have seen it, and where",
    ("key", "hour"),
    _SIGHTING_COLUMNS + _required(surfaces=("VARCHAR[]", "surfaces that saw it in the hour, ascending")),
    about="Index of the sightings of clusters: which hours have seen which cluster, and on which surfaces.",
    reach_hours=WINDOW_HOURS,
)

COVERAGE = Table(
    "coverage",
    "surface × hour",
    ("surface", "hour"),
    _HOUR
    + _required(
        surface=("VARCHAR", "surface id"),
        platform=("VARCHAR", "platform"),
        status=("VARCHAR", "good, partial, suspect, missing or not_due"),
        reason=("VARCHAR", "why, in words; of a good one, what is new in its payloads"),
        run_count=("INTEGER", "runs in the hour"),
        item_count=("INTEGER", "items of the hour's runs"),
        inputs=("VARCHAR", "digest of the hour's runs"),
        provisional=("BOOLEAN", "the hour's due runs had not all landed and it had not closed"),
    )
    + _optional(
        completeness=("DOUBLE", "estimated share of what the surface shows that its last run saw, 0 to 1 (capture-recapture)"),
    ),
    about="What each surface delivered in each hour, judged by its own earlier runs: unknown is neither zero nor missing.",
    reach_hours=WINDOW_HOURS,
)

OBSERVATIONS = Table(
    "observations",
    "item × run: every sighting",
    ("run_id", "item_key"),
    _HOUR
    + _RUN
    + _POSITION
    + _RANK
    + _required(item_key=("BIGINT", "64-bit digest of platform and id"))
    + _ITEM
    + _COUNTERS
    + _required(
        last_in_hour=("BOOLEAN", "the item's last sighting on this surface in the hour: growth is booked here"),
        cluster_keys=("BIGINT[]", "64-bit digests of the clusters it carries, primary first"),
    )
    + _optional(
        growth_views=(AMOUNT, "views per hour since the last earlier hour that saw it on this surface"),
        growth_likes=(AMOUNT, "likes per hour, likewise"),
        growth_comments=(AMOUNT, "comments per hour, likewise"),
        growth_shares=(AMOUNT, "shares per hour, likewise"),
        growth_uses=(AMOUNT, "uses per hour, likewise"),
    ),
    about="Every sighting of every item, with the growth of its counters since the last earlier hour that saw it.",
    reach_hours=WINDOW_HOURS,
)

EVIDENCE = Table(
    "evidence",
    "item, in the hour of its first sight; immutable",
    ("platform", "platform_item_id"),
    _HOUR
    + _required(evidence_id=("VARCHAR", "uuid5 of platform and id"), item_key=("BIGINT", "64-bit digest of platform and id"))
    + _RUN
    + _RANK
    + _ITEM
    + _DESCRIPTION
    + _COUNTERS
    + (Column("keys", KEYS, "clusters at first sight, primary first"),),
    about="Each item once, as it was when it was first seen: the proof behind every trend.",
)

ARTIFACTS = Table(
    "artifacts",
    "evidence, normalized 1:1",
    ("artifact_id",),
    _HOUR
    + _required(
        artifact_id=("VARCHAR", "uuid5 of the evidence"),
        evidence_id=("VARCHAR", "its evidence"),
        normalized_text=("VARCHAR", "text with single spaces, without invisible characters"),
    )
    + _optional(engagement_score=("DOUBLE", "0-100 from likes, comments and shares, else from views")),
    about="The normalized form of each piece of evidence.",
)

CLUSTERS = Table(
    "clusters",
    "cluster, in the hour of its first sight",
    ("cluster_key_type", "cluster_key"),
    _HOUR
    + _CLUSTER
    + _required(
        key_hash=("BIGINT", "64-bit digest of key type and key"),
        first_seen_at=("TIMESTAMP", "captured_at of the first sighting"),
        platform=("VARCHAR", "platform of the first sighting"),
        surface=("VARCHAR", "surface of the first sighting"),
    ),
    about="The sounds, hashtags, entities and phrases that items are grouped by, each once.",
    reach_hours=WINDOW_HOURS,
)

LINKS = Table(
    "artifact_cluster_links",
    "artifact × cluster × role",
    ("artifact_id", "cluster_id", "role"),
    _HOUR
    + _required(
        artifact_id=("VARCHAR", "artifact"),
        cluster_id=("VARCHAR", "cluster"),
        evidence_id=("VARCHAR", "the artifact's evidence"),
        key_hash=("BIGINT", "64-bit digest of the cluster's key"),
        role=("VARCHAR", "primary (one per artifact) or secondary"),
        key_type=("VARCHAR", "type of the cluster's key"),
        key_value=("VARCHAR", "value as extracted"),
    )
    + _optional(rank=("INTEGER", "order among the secondary links, from 0")),
    about="Which artifact belongs to which clusters: exactly one primary link, any number of secondary ones.",
)

BUCKETS = Table(
    "cluster_buckets",
    "cluster × hour",
    ("cluster_id", "hour"),
    _HOUR
    + _required(bucket_id=("VARCHAR", "uuid5 of cluster and hour"))
    + _CLUSTER
    + _required(
        key_hash=("BIGINT", "64-bit digest of the cluster's key"),
        bucket_start=("TIMESTAMP", "start of the hour"),
        bucket_end=("TIMESTAMP", "end of the hour"),
        seen=("BOOLEAN", "an observation of the hour carries the cluster"),
        artifact_count=("BIGINT", "posts first seen in the hour"),
        unique_authors=("BIGINT", "known authors of those posts"),
        authored_count=("BIGINT", "those posts with a known author"),
        max_author_artifacts=("BIGINT", "most posts by one author"),
        total_views=("BIGINT", "views of the new posts at first sight + growth of views"),
        total_engagement=("BIGINT", "likes, comments, shares of the new posts + their growth"),
        growth_views=(AMOUNT, "growth of views per hour"),
        growth_engagement=(AMOUNT, "growth of likes, comments and shares per hour"),
        growth_uses=(AMOUNT, "growth of uses per hour that the platform reports"),
        activity=(AMOUNT, "new posts and reported uses in the hour"),
        novelty=("DOUBLE", "1 - hours since first sight / 168, at least 0"),
        surfaces=("VARCHAR[]", "surfaces that saw it in the hour"),
        watchers=("VARCHAR[]", "surfaces that could have seen it"),
        complete=("BOOLEAN", "all watchers good or not due, at least one good"),
        silent_hours=("INTEGER", "known hours without activity since the last one, 0..6"),
        provisional=("BOOLEAN", "the hour was not complete when computed"),
        activity_parts=(f"STRUCT(part VARCHAR, surface VARCHAR, amount {AMOUNT})[]", "what activity is made of"),
    )
    + _optional(
        avg_engagement_score=("DOUBLE", "mean engagement score of the new posts"),
        volume_24h=("BIGINT", "reported level of the last 24 hours"),
        breadth=("DOUBLE", "unique_authors / authored_count"),
        concentration=("DOUBLE", "max_author_artifacts / authored_count"),
        first_seen_hour=("TIMESTAMP", "hour of the first sight; null when more than 168 h ago"),
        hours_since_first=("INTEGER", "hours since first_seen_hour"),
        cross_surface=("DOUBLE", "share of the hour's good or partial surfaces that saw it"),
        previous_hour=("TIMESTAMP", "the hour that velocity compares with"),
        velocity=("DOUBLE", "change of activity per hour; null = unknown"),
        acceleration=("DOUBLE", "change of velocity per hour; null = unknown"),
    ),
    about="What happened to each cluster in each hour: posts, growth, activity, velocity, breadth, novelty.",
    reach_hours=WINDOW_HOURS,
)

CANDIDATES = Table(
    "trend_candidates",
    "detector × episode × hour, from opening to end",
    ("candidate_id", "hour"),
    _HOUR
    + _required(candidate_id=("VARCHAR", "uuid5 of detector, cluster and hour of detection"))
    + _CLUSTER
    + _required(
        key_hash=("BIGINT", "64-bit digest of the cluster's key"),
        detector=("VARCHAR", "which detector"),
        formula_version=("VARCHAR", "version of its formula"),
        status=("VARCHAR", "emerging, active, peaked, stale or expired"),
        previous_status=("VARCHAR", "status an hour earlier, empty at the opening"),
        detected_at=("TIMESTAMP", "end of the hour that opened the episode"),
        peak_score=("DOUBLE", "highest score so far"),
        high=("INTEGER", "moving hours in a row with score > 60"),
        falling=("INTEGER", "moving hours in a row with velocity < 0"),
        last_active_hour=("TIMESTAMP", "last hour with activity"),
        promoted=("BOOLEAN", "score > 50 and no filter applies in this hour"),
        filters=("VARCHAR[]", "filters that apply in this hour"),
        provisional=("BOOLEAN", "the hour was not complete when computed: nothing moved"),
    )
    + _optional(
        activated_at=("TIMESTAMP", "end of the hour that made it active"),
        peaked_at=("TIMESTAMP", "end of the hour that made it peaked"),
        stale_at=("TIMESTAMP", "end of the hour that ended it (stale or expired)"),
        path=("VARCHAR", "counters or sampling; null in an hour without a bucket"),
        trend_score=("DOUBLE", "0-100; null in an hour without a bucket"),
        velocity=("DOUBLE", "the bucket's velocity"),
        engagement_score=("DOUBLE", "points from views and engagement, before scaling"),
        velocity_score=("DOUBLE", "points from velocity, before scaling"),
        breadth_score=("DOUBLE", "points from breadth, before scaling"),
        novelty_score=("DOUBLE", "points from novelty, before scaling"),
        volume_score=("DOUBLE", "points from activity, before scaling"),
    ),
    about="Clusters that passed the threshold, hour by hour, from the opening of the episode to its end.",
    reach_hours=1,
)

TRANSITIONS = Table(
    "candidate_transitions",
    "transition of a candidate",
    ("candidate_id", "hour"),
    _HOUR
    + _required(
        candidate_id=("VARCHAR", "candidate"),
        cluster_id=("VARCHAR", "cluster"),
        detector=("VARCHAR", "which detector"),
        from_status=("VARCHAR", "status before, empty at the opening"),
        to_status=("VARCHAR", "status after"),
        moved_at=("TIMESTAMP", "end of the hour"),
    )
    + _optional(trend_score=("DOUBLE", "score of the hour"), velocity=("DOUBLE", "velocity of the hour")),
    about="The log of the candidates' transitions.",
)

INPUTS = (CAPTURES, QUARANTINE, CAPTURE_RUNS, TOMBSTONES)
"""Append-only: the one truth."""
SPINE = (COVERAGE, OBSERVATIONS, EVIDENCE, ARTIFACTS, CLUSTERS, LINKS, BUCKETS, CANDIDATES, TRANSITIONS)
"""Functions of the inputs, in flow order; an hour is replaced whole."""
TABLES = {table.name: table for table in (*INPUTS, ITEM_SIGHTINGS, CLUSTER_SIGHTINGS, *SPINE)}
