"""The spine as a loop: a few SQLite statements per captured item and per cluster and hour, the way a first version is written.

It does less than the spine, in its favour: every surface counts as good in every hour, so that nothing is compared over shared
surfaces; nothing can be late, replaced or removed; no ids are derived; one transaction per hour.
"""

import math
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from trend_assets.hours import HOUR
from trend_assets.lake.lake import Lake
from trend_assets.lake.tables import CAPTURES

SILENT_HOURS = 6
_SCHEMA = """
PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
CREATE TABLE evidence (id INTEGER PRIMARY KEY, platform, item, hour, author, text, views, engagement, UNIQUE (platform, item));
CREATE TABLE artifacts (evidence INTEGER PRIMARY KEY, text, score);
CREATE TABLE clusters (id INTEGER PRIMARY KEY, key_type, key, name, first_seen, UNIQUE (key_type, key));
CREATE TABLE links (evidence INTEGER, cluster INTEGER, place INTEGER, PRIMARY KEY (evidence, cluster)) WITHOUT ROWID;
CREATE TABLE observations (item, surface, at, views, engagement, uses, PRIMARY KEY (item, surface, at)) WITHOUT ROWID;
CREATE TABLE hour_clusters (cluster INTEGER PRIMARY KEY, posts, activity, views, engagement, authors);
CREATE TABLE buckets (cluster INTEGER, hour, posts, activity, views, engagement, authors, velocity, acceleration, silent, score,
    PRIMARY KEY (cluster, hour)) WITHOUT ROWID;
CREATE TABLE live (cluster INTEGER PRIMARY KEY, hour, silent);
CREATE TABLE candidates (cluster INTEGER, detected, status, peak, high, falling, ended, PRIMARY KEY (cluster, detected));
"""
_COLUMNS = (
    "hour, captured_at, surface, platform, platform_item_id, is_post, author_handle, text_content, view_count, "
    "coalesce(like_count, 0) + coalesce(comment_count, 0) + coalesce(share_count, 0) AS engagement, use_count, volume_24h, keys"
)


def run(lake: str, database: str, first: str, last: str) -> float:
    """Compute the hours from `first` up to, not including, `last`; returns the number of captured items."""
    Path(database).unlink(missing_ok=True)
    connection = sqlite3.connect(database, isolation_level=None)
    connection.executescript(_SCHEMA)
    items = 0
    for hour, rows in groupby(_captured(lake, first, last), key=itemgetter(0)):
        connection.execute("BEGIN")
        for row in rows:
            _item(connection, row)
            items += 1
        _hour(connection, hour)
        connection.execute("COMMIT")
    return items


def _captured(lake: str, first: str, last: str) -> Iterator[tuple[Any, ...]]:
    with Lake(lake).snapshot() as snapshot:
        snapshot.view(CAPTURES, datetime.fromisoformat(first), datetime.fromisoformat(last))
        yield from snapshot.rows(f"SELECT {_COLUMNS} FROM captures ORDER BY hour, captured_at, surface, position")


def _item(connection: sqlite3.Connection, row: tuple[Any, ...]) -> None:
    hour, at, surface, platform, name, is_post, author, text, views, engagement, uses, volume, keys = row
    one = connection.execute
    found = one("SELECT id FROM evidence WHERE platform = ? AND item = ?", (platform, name)).fetchone()
    if found is None:
        values = (platform, name, str(hour), author, text, views, engagement)
        one("INSERT INTO evidence VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", values)
        found = one("SELECT last_insert_rowid()").fetchone()
        score = min(100, round(100 * math.log1p(engagement) / math.log1p(1e6), 4))
        one("INSERT INTO artifacts VALUES (?, ?, ?)", (found[0], " ".join((text or "").split()), score))
        new = True
    else:
        new = False
    last = one(
        "SELECT at, views, engagement, uses FROM observations WHERE item = ? AND surface = ? ORDER BY at DESC LIMIT 1",
        (name, surface),
    ).fetchone()
    one("INSERT OR REPLACE INTO observations VALUES (?, ?, ?, ?, ?, ?)", (name, surface, str(at), views, engagement, uses))
    grown = [0.0, 0.0, 0.0]
    if last:
        hours = max(1, round((at - datetime.fromisoformat(last[0])) / HOUR))
        grown = [
            max(0, (now or 0) - (before or 0)) / hours for now, before in zip((views, engagement, uses), last[1:], strict=True)
        ]
    posts = int(new and is_post)
    for place, key in enumerate(keys):
        cluster = _cluster(connection, key, hour)
        if new:
            one("INSERT OR IGNORE INTO links VALUES (?, ?, ?)", (found[0], cluster, place))
        activity = posts + grown[2] + (volume or 0) / 24
        fresh = ((views or 0), engagement) if posts else (0, 0)
        one(
            """INSERT INTO hour_clusters VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET posts = posts + excluded.posts,
            activity = activity + excluded.activity, views = views + excluded.views,
            engagement = engagement + excluded.engagement, authors = authors + excluded.authors""",
            (cluster, posts, activity, fresh[0] + grown[0], fresh[1] + grown[1], posts),
        )


def _cluster(connection: sqlite3.Connection, key: dict[str, str], hour: datetime) -> int:
    names = (key["key_type"], key["key"])
    found = connection.execute("SELECT id FROM clusters WHERE key_type = ? AND key = ?", names).fetchone()
    if found is None:
        connection.execute("INSERT INTO clusters VALUES (NULL, ?, ?, ?, ?)", (*names, key["name"], str(hour)))
        found = connection.execute("SELECT last_insert_rowid()").fetchone()
    return int(found[0])


def _hour(connection: sqlite3.Connection, hour: datetime) -> None:
    one, before = connection.execute, str(hour - HOUR)
    seen = one("SELECT cluster, posts, activity, views, engagement, authors FROM hour_clusters").fetchall()
    names = {row[0] for row in seen}
    silent = [row for row in one("SELECT cluster, silent FROM live").fetchall() if row[0] not in names]
    rows = [(*row, 0 if row[2] > 0 else 1) for row in seen] + [(name, 0, 0, 0, 0, 0, count + 1) for name, count in silent]
    for cluster, posts, activity, views, engagement, authors, quiet in rows:
        last = one("SELECT activity, velocity FROM buckets WHERE cluster = ? AND hour = ?", (cluster, before)).fetchone()
        first_seen = one("SELECT first_seen FROM clusters WHERE id = ?", (cluster,)).fetchone()[0]
        age = (hour - datetime.fromisoformat(first_seen)) / HOUR
        velocity = 0.0 if age == 0 else activity - (last[0] if last else 0)
        acceleration = 0.0 if age == 0 else velocity - (last[1] if last else 0)
        score = _score(velocity, views, engagement, posts and authors / posts, max(0, 1 - age / 168), activity)
        values = (cluster, str(hour), posts, activity, views, engagement, authors, velocity, acceleration, quiet, score)
        one("INSERT INTO buckets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        if quiet < SILENT_HOURS:
            one("INSERT OR REPLACE INTO live VALUES (?, ?, ?)", (cluster, str(hour), quiet))
        else:
            one("DELETE FROM live WHERE cluster = ?", (cluster,))
        _candidate(connection, cluster, hour, score, velocity, quiet)
    one("DELETE FROM hour_clusters")


def _score(velocity: float, views: float, engagement: float, breadth: float, novelty: float, volume: float) -> float:
    speed = min(1.0, max(0.0, velocity / 10))
    if views or engagement:
        size = min(1.0, math.log1p(views) / math.log1p(1e7)) + min(1.0, math.log1p(engagement) / math.log1p(1e6))
        return 35 * size / 2 + 25 * speed + 20 * breadth + 20 * novelty
    return 40 * speed + 30 * breadth + 20 * novelty + 10 * min(1.0, volume / 20)


def _candidate(connection: sqlite3.Connection, cluster: int, hour: datetime, score: float, velocity: float, quiet: int) -> None:
    one = connection.execute
    query = "SELECT detected, status, peak, high, falling FROM candidates WHERE cluster = ? AND ended IS NULL"
    found = one(query, (cluster,)).fetchone()
    if found is None:
        if score > 50 and velocity > 0:
            one("INSERT INTO candidates VALUES (?, ?, 'emerging', ?, 0, 0, NULL)", (cluster, str(hour), score))
        return
    detected, status, peak, high, falling = found
    high, falling = (high + 1 if score > 60 else 0), (falling + 1 if velocity < 0 else 0)
    if status == "emerging" and high > 1:
        status = "active"
    elif status == "active" and falling > 1:
        status = "peaked"
    ended = str(hour + timedelta(hours=1)) if quiet >= SILENT_HOURS else None
    values = (status, max(peak, score), high, falling, ended, cluster, detected)
    one("UPDATE candidates SET status=?, peak=?, high=?, falling=?, ended=? WHERE cluster=? AND detected=?", values)
