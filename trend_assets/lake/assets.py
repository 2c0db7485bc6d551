"""Upkeep of the lake as an asset: small files become large ones, and what no reader needs any more is deleted."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from trend_assets.hours import to_utc
from trend_assets.lake.tables import TABLES
from trend_assets.resources import Stores, dagster_failures

GROUP = "lake"
SETTLED_DAYS = 2
"""Days younger than this are left alone: their hours are still written, and a rewrite would only collide with that."""


@dg.asset(
    name="lake_compaction",
    group_name=GROUP,
    kinds={"deltalake"},
    owners=["team:lake"],
    description="Every table's files of days that are over, one per day, instead of one per hour and table that were written. "
    "Rows do not change. Files that no version of the last week needs are deleted.",
)
def lake_compaction(context: dg.AssetExecutionContext, stores: Stores) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads the bare class
    """Compact all tables, one after the other."""
    before = to_utc(datetime.now(UTC)) - timedelta(days=SETTLED_DAYS)
    lake, rewritten, deleted = stores.work().lake, 0, 0
    with dagster_failures():
        for table in TABLES.values():
            done = lake.compact(table, before)
            context.log.info(f"{table.name}: {done.rewritten} files rewritten, {done.deleted} deleted")
            rewritten += done.rewritten
            deleted += done.deleted
    return dg.MaterializeResult(metadata={"files rewritten": rewritten, "files deleted": deleted})
