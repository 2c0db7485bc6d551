"""Candidates: one row per open episode and hour, folded from the scored buckets; and the log of their transitions."""

from collections.abc import Iterator
from datetime import datetime

import pandas as pd

from trend_assets.hours import HOUR, Span
from trend_assets.lake.lake import Snapshot
from trend_assets.lake.tables import BUCKETS, CANDIDATES, COVERAGE, TRANSITIONS
from trend_assets.steps import Step
from trend_assets.trends.lifecycle import ENDED, Episode, Hour, advance
from trend_assets.trends.scoring import COMPONENTS, DETECTOR, FORMULA_VERSION, score_sql

_STATE = {
    "status": "VARCHAR",
    "previous_status": "VARCHAR",
    "detected_at": "TIMESTAMP",
    "last_active_hour": "TIMESTAMP",
    "peak_score": "DOUBLE",
    "high": "INTEGER",
    "falling": "INTEGER",
    "activated_at": "TIMESTAMP",
    "peaked_at": "TIMESTAMP",
    "stale_at": "TIMESTAMP",
}
"""The fields of an `Episode`, in its order, as stored."""

_SCORED = (
    "key_hash", "hour", "cluster_id", "cluster_key_type", "cluster_key", "display_name", "provisional", "activity",
    "silent_hours", "velocity", "path", "trend_score", "filters", "promoted",
)  # fmt: skip
"""What of a scored bucket the candidates need, besides its components."""

_RELEVANT = f"""
CREATE OR REPLACE TEMP TABLE scored AS
SELECT {", ".join(_SCORED)}, {", ".join(f"{name}_score" for name in COMPONENTS)} FROM ({score_sql("cluster_buckets")});
CREATE OR REPLACE TEMP TABLE open_before AS SELECT * FROM stored WHERE status NOT IN {ENDED};
CREATE OR REPLACE TEMP TABLE relevant AS
SELECT key_hash FROM scored WHERE promoted AND velocity > 0 AND NOT provisional UNION SELECT key_hash FROM open_before;
CREATE OR REPLACE TEMP TABLE episode_rows (
    key_hash BIGINT, hour TIMESTAMP, provisional BOOLEAN, {", ".join(f"{name} {type_}" for name, type_ in _STATE.items())})
"""

_HOURS = """
SELECT key_hash, hour, provisional, velocity, trend_score, promoted, activity > 0, silent_hours
FROM scored SEMI JOIN relevant USING (key_hash) ORDER BY key_hash, hour
"""

_CANDIDATES = f"""
CREATE OR REPLACE TEMP TABLE labels AS
SELECT key_hash, hour + INTERVAL 1 HOUR AS detected_at, cluster_id, cluster_key_type, cluster_key, display_name FROM scored
UNION ALL
SELECT key_hash, detected_at, cluster_id, cluster_key_type, cluster_key, display_name FROM open_before;

CREATE OR REPLACE TEMP TABLE trend_candidates AS
SELECT row.*, id_of(concat('candidate:{DETECTOR}:', label.cluster_id, ':', detected_at)) AS candidate_id,
    label.cluster_id, label.cluster_key_type, label.cluster_key, label.display_name,
    '{DETECTOR}' AS detector, '{FORMULA_VERSION}' AS formula_version, coalesce(promoted, false) AS promoted,
    coalesce(filters, []) AS filters, path, trend_score, velocity, {", ".join(f"{name}_score" for name in COMPONENTS)}
FROM episode_rows AS row JOIN labels AS label USING (key_hash, detected_at)
LEFT JOIN (SELECT * EXCLUDE (provisional) FROM scored) AS now USING (key_hash, hour)
"""

_TRANSITIONS = """
CREATE OR REPLACE TEMP TABLE candidate_transitions AS
SELECT hour, candidate_id, cluster_id, detector, previous_status AS from_status, status AS to_status,
    hour + INTERVAL 1 HOUR AS moved_at, trend_score, velocity
FROM trend_candidates WHERE status <> previous_status
"""


def trend_candidates(snapshot: Snapshot, span: Span) -> str:
    """Return the relation with the candidates of the span."""
    for table in (BUCKETS, COVERAGE):
        snapshot.view(table, span.start, span.end)
    snapshot.view(CANDIDATES, span.start - HOUR, span.start, "stored")
    snapshot.run(_RELEVANT)
    frame = pd.DataFrame(_fold(snapshot, span), columns=["key_hash", "hour", "provisional", *_STATE])
    snapshot.connection.register("folded", frame)
    if len(frame):
        snapshot.run("INSERT INTO episode_rows SELECT * FROM folded")
    snapshot.run(_CANDIDATES)
    return "trend_candidates"


def candidate_transitions(snapshot: Snapshot, span: Span) -> str:
    """Return the relation with the transitions of the span."""
    snapshot.view(CANDIDATES, span.start, span.end)
    snapshot.run(_TRANSITIONS)
    return "candidate_transitions"


def _fold(snapshot: Snapshot, span: Span) -> Iterator[tuple[object, ...]]:
    """Yield (key_hash, hour, provisional, *state) for every hour of every episode of the span."""
    provisional = {hour for (hour,) in snapshot.rows("SELECT DISTINCT hour FROM coverage WHERE provisional")}
    episodes = {key: Episode(*state) for key, *state in snapshot.rows(f"SELECT key_hash, {', '.join(_STATE)} FROM open_before")}
    hours: dict[int, dict[datetime, Hour]] = {key: {} for key in episodes}
    for key, hour, *values in snapshot.rows(_HOURS):
        hours.setdefault(key, {})[hour] = Hour(hour, *values)
    for key, rows in hours.items():
        for hour, episode in _episodes(episodes.get(key), rows, span, provisional):
            yield (key, hour, hour in provisional, *(getattr(episode, name) for name in _STATE))


def _episodes(
    episode: Episode | None, rows: dict[datetime, Hour], span: Span, provisional: set[datetime]
) -> Iterator[tuple[datetime, Episode]]:
    """Yield the state of one cluster's episode in each hour in which there is one."""
    ordered = iter(sorted(rows))
    hour = span.start if episode else next(ordered, span.end)
    while hour < span.end:
        episode = advance(episode, rows.get(hour) or Hour(hour, hour in provisional))
        if episode:
            yield hour, episode
        if episode is None or episode.status in ENDED:
            episode, after = None, hour
            hour = next((later for later in ordered if later > after), span.end)
        else:
            hour += HOUR


STEPS = (
    Step(CANDIDATES, f"1 {FORMULA_VERSION}", lambda work, span: work.replace(CANDIDATES, span, trend_candidates)),
    Step(TRANSITIONS, "1", lambda work, span: work.replace(TRANSITIONS, span, candidate_transitions)),
)
