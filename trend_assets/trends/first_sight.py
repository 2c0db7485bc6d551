"""First sight: which keys of some hours no earlier hour has seen, for ever (DESIGN §2).

The sightings index holds, for every hour, the keys it has seen. For hours H the order matters: commit H's own sightings; only
then, on a fresh snapshot, look for earlier ones; mark the later hours that hold a key which entered or left H; replace H.
Two processes on two hours can then never both miss each other: whoever reads second sees the other's sightings, and whoever
commits an earlier sighting second marks the later hour dirty.
"""

from collections.abc import Callable
from datetime import datetime

from trend_assets.hours import Span
from trend_assets.lake.lake import Replaced, Snapshot
from trend_assets.lake.tables import Table
from trend_assets.steps import Work

_UNSEEN = """
CREATE OR REPLACE TEMP TABLE own AS SELECT DISTINCT key FROM indexed;
CREATE OR REPLACE TEMP TABLE seen_before AS SELECT DISTINCT key FROM earlier WHERE key IN (SELECT key FROM own);
CREATE OR REPLACE TEMP TABLE unseen AS SELECT key FROM own WHERE key NOT IN (SELECT key FROM seen_before);
"""

_LATER = """
SELECT DISTINCT hour FROM later WHERE key IN (
    (SELECT key FROM entering EXCEPT SELECT key FROM present)
    UNION ALL (SELECT key FROM present EXCEPT SELECT key FROM entering))
"""


def replace_first_sights(
    work: Work,
    span: Span,
    table: Table,
    index: Table,
    key_column: str,
    sightings: Callable[[Snapshot, Span], str],
    rows: Callable[[Snapshot, Span], str],
) -> Replaced:
    """Replace the hours of a table that holds each key once, in the hour of its first sight.

    Args:
        work: The stores.
        span: The hours.
        table: The table (evidence or clusters).
        index: Its sightings index.
        key_column: The table's column with the indexed key.
        sightings: Returns a relation with the index's rows of the span.
        rows: Returns the relation of the span's rows; the table `unseen` holds the keys (one column `key`) that are indexed
            for the span and that no earlier hour has seen.
    """
    work.replace(index, span, sightings)

    def compute(snapshot: Snapshot, hours: Span) -> str:
        snapshot.view(index, None, hours.start, "earlier")
        snapshot.view(index, hours.start, hours.end, "indexed")
        # A key that another run has brought since, and has not indexed yet, is left to that run: later hours could not know.
        snapshot.run(_UNSEEN)
        relation = rows(snapshot, hours)
        _mark_later(work, snapshot, hours, span.end, table, index, key_column, relation)
        return relation

    return work.replace(table, span, compute)


def _mark_later(
    work: Work, snapshot: Snapshot, hours: Span, end: datetime, table: Table, index: Table, key_column: str, relation: str
) -> None:
    """Mark the hours from `end` on, where this run computes no more, that hold a key which enters or leaves `hours`."""
    last_hour = work.ledger.last_hour()
    if last_hour is None or last_hour < end:
        return
    snapshot.view(index, end, None, "later")
    snapshot.view(table, hours.start, hours.end, "stored_keys")
    snapshot.run(
        f"""CREATE OR REPLACE TEMP VIEW present AS SELECT {key_column} AS key FROM stored_keys;
        CREATE OR REPLACE TEMP VIEW entering AS SELECT {key_column} AS key FROM "{relation}" """
    )
    work.ledger.mark((row[0] for row in snapshot.rows(_LATER)), f"a first sight of {table.name} moved")
