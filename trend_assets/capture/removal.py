"""Removals: what people ask to forget is treated as never captured, before and after (DESIGN §2, docs/spine.md §1).

A removal appends tombstones; the hours that it changes become dirty by themselves. Purging `raw_json` is another command.
"""

from dataclasses import dataclass
from datetime import datetime

from trend_assets.errors import UnknownNameError
from trend_assets.hours import floor_hour
from trend_assets.lake.lake import Lake, Snapshot
from trend_assets.lake.tables import CAPTURES, TOMBSTONES

KINDS = ("item", "author", "run")

# The author's ids, and the handles of those ids. Handles change hands: of another id they are not theirs, unless it is the
# handle that was named.
_NAMES = """
WITH sighted AS (SELECT DISTINCT author_id, author_handle FROM captures WHERE platform = $platform),
ids AS (SELECT $value AS name UNION SELECT author_id FROM sighted WHERE author_handle = $value)
SELECT 'author' AS kind, name FROM ids WHERE name IS NOT NULL
UNION ALL
SELECT DISTINCT 'handle', author_handle FROM sighted
WHERE author_id IN (SELECT name FROM ids) AND author_handle NOT IN (SELECT name FROM ids WHERE name IS NOT NULL)
ORDER BY ALL
"""

_ITEMS = """
SELECT DISTINCT platform_item_id FROM captures
WHERE platform = $platform AND (
    list_has_any($authors, [author_id, author_handle]) OR (author_id IS NULL AND list_contains($handles, author_handle)))
ORDER BY ALL
"""

_NEW = """
CREATE OR REPLACE TEMP TABLE removals AS
SELECT $hour AS hour, kind, $platform AS platform, value, $at AS created_at, $reason AS reason
FROM (SELECT unnest($kinds) AS kind, unnest($values) AS value)
ANTI JOIN (SELECT kind, value FROM tombstones WHERE platform = $platform) USING (kind, value)
"""

# New rows name a removed author: they may show items and handles that nobody knew to be theirs.
_FOLLOWED = """
CREATE OR REPLACE TEMP TABLE removals AS
WITH theirs AS (
    SELECT row.platform, platform_item_id, CASE WHEN value = author_id THEN author_handle END AS handle, reason
    FROM {rows} AS row JOIN tombstones AS t ON t.platform = row.platform AND (
        (kind = 'author' AND value IN (author_id, author_handle))
        OR (kind = 'handle' AND value = author_handle AND author_id IS NULL)))
SELECT $hour AS hour, kind, platform, value, $at AS created_at, min(reason) AS reason
FROM (
    SELECT 'item' AS kind, platform, platform_item_id AS value, reason FROM theirs
    UNION ALL SELECT 'handle', platform, handle, reason FROM theirs WHERE handle IS NOT NULL) AS named
ANTI JOIN tombstones USING (kind, platform, value) GROUP BY kind, platform, value
"""


@dataclass(frozen=True, slots=True)
class Removed:
    """What a removal names."""

    authors: tuple[str, ...]
    """Ids and handles of the author."""
    items: tuple[str, ...]
    runs: tuple[str, ...]
    written: int
    """Tombstones that were not there before."""


@dataclass(frozen=True, slots=True)
class Author:
    """By what an author is known."""

    names: tuple[str, ...]
    """What was named, and the ids that go by it as a handle."""
    handles: tuple[str, ...]
    """Other handles of those ids."""
    items: tuple[str, ...]
    """What was ever seen of them."""


def remove(lake: Lake, kind: str, platform: str, value: str, reason: str, at: datetime) -> Removed:
    """Treat an item, an author or a run as never captured.

    An author goes by every id and handle that occurs together with the given one, with all items that were ever seen with one
    of them: also sightings of those items that do not name the author. Captures that come later are followed (`follow`).

    Args:
        lake: Where.
        kind: item, author or run.
        platform: Of the item or author; ignored for runs.
        value: Item id, author id or handle, or run id. It need not have been captured yet.
        reason: Why, for the record.
        at: Now, naive UTC.

    Raises:
        UnknownNameError: another kind.
    """
    if kind not in KINDS:
        raise UnknownNameError(f"'{kind}' cannot be removed; choose one of: {', '.join(KINDS)}.")
    platform = "" if kind == "run" else platform
    with lake.snapshot() as snapshot:
        author = author_of(snapshot, platform, value) if kind == "author" else Author((), (), ())
        items = (value,) if kind == "item" else author.items
        runs = (value,) if kind == "run" else ()
        named = [("author", name) for name in author.names] + [("handle", name) for name in author.handles]
        named += [("item", item) for item in items] + [("run", run) for run in runs]
        snapshot.view(TOMBSTONES, None, None)
        kinds, values = [kind for kind, _ in named], [name for _, name in named]
        snapshot.run(_NEW, hour=floor_hour(at), platform=platform, at=at, reason=reason, kinds=kinds, values=values)
        written = _write(lake, snapshot)
    return Removed((*author.names, *author.handles), items, runs, written)


def follow(lake: Lake, snapshot: Snapshot, rows: str, at: datetime) -> None:
    """Remove what new rows of captures show of removed authors: their items, and handles that they did not have before.

    Args:
        lake: Where.
        snapshot: Where the rows are.
        rows: Relation with the columns of captures, not committed yet: it is then hidden from the start.
        at: Now, naive UTC.
    """
    written = 1
    while written:  # by a handle that has just become known, more is known to be theirs
        snapshot.view(TOMBSTONES, None, None)
        snapshot.run(_FOLLOWED.format(rows=rows), hour=floor_hour(at), at=at)
        written = _write(lake, snapshot)


def author_of(snapshot: Snapshot, platform: str, value: str) -> Author:
    """Return an author, named by an id or handle."""
    snapshot.view(CAPTURES, None, None)
    found = snapshot.connection.execute(_NAMES, {"platform": platform, "value": value}).fetchall()
    names, handles = ([name for kind, name in found if kind == which] for which in ("author", "handle"))
    given = {"platform": platform, "authors": names, "handles": handles}
    items = snapshot.connection.execute(_ITEMS, given).fetchall()
    return Author(tuple(names), tuple(handles), tuple(item for (item,) in items))


def _write(lake: Lake, snapshot: Snapshot) -> int:
    written = int(snapshot.rows("SELECT count(*) FROM removals")[0][0])
    if written:
        lake.append(TOMBSTONES, snapshot.connection, "removals")
    return written
