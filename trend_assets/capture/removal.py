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

_NAMES = """
WITH sighted AS (SELECT DISTINCT author_id, author_handle FROM captures WHERE platform = $platform),
ids AS (SELECT $value AS name UNION SELECT author_id FROM sighted WHERE author_handle = $value),
handles AS (SELECT author_handle AS name FROM sighted WHERE author_id IN (SELECT name FROM ids))
SELECT name FROM (FROM ids UNION FROM handles) WHERE name IS NOT NULL ORDER BY name
"""
"""The author's ids, and the handles of those ids. Not the other ids of a handle: handles change hands."""

_ITEMS = """
SELECT DISTINCT platform_item_id FROM captures
WHERE platform = $platform AND (author_id IN (SELECT unnest($names)) OR author_handle IN (SELECT unnest($names)))
ORDER BY ALL
"""

_NEW = """
CREATE OR REPLACE TEMP TABLE removals AS
SELECT $hour AS hour, kind, $platform AS platform, value, $at AS created_at, $reason AS reason
FROM (SELECT unnest($kinds) AS kind, unnest($values) AS value)
ANTI JOIN (SELECT kind, value FROM tombstones WHERE platform = $platform) USING (kind, value)
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


def remove(lake: Lake, kind: str, platform: str, value: str, reason: str, at: datetime) -> Removed:
    """Treat an item, an author or a run as never captured.

    An author goes by every id and handle that occurs together with the given one, with all items that were ever seen with one
    of them: also sightings of those items that do not name the author.

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
        authors, items = author_of(snapshot, platform, value) if kind == "author" else ((), ())
        items = (value,) if kind == "item" else items
        runs = (value,) if kind == "run" else ()
        named = [*(("author", name) for name in authors), *(("item", item) for item in items), *(("run", run) for run in runs)]
        snapshot.view(TOMBSTONES, None, None)
        kinds, values = [kind for kind, _ in named], [name for _, name in named]
        snapshot.run(_NEW, hour=floor_hour(at), platform=platform, at=at, reason=reason, kinds=kinds, values=values)
        written = int(snapshot.rows("SELECT count(*) FROM removals")[0][0])
        if written:
            lake.append(TOMBSTONES, snapshot.connection, "removals")
    return Removed(authors, items, runs, written)


def author_of(snapshot: Snapshot, platform: str, value: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids and handles of an author, and the items ever seen with one of them."""
    snapshot.view(CAPTURES, None, None)
    names = snapshot.connection.execute(_NAMES, {"platform": platform, "value": value}).fetchall()
    authors = tuple(str(name) for (name,) in names)
    items = snapshot.connection.execute(_ITEMS, {"platform": platform, "names": list(authors)}).fetchall()
    return authors, tuple(str(item) for (item,) in items)
