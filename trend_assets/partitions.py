"""The one partition scheme: hours of capture time, UTC.

The running hour is a partition too (`end_offset=1`), so that people see it fill; its rows are provisional until it closes.
The first hour is that of the earliest archive that is replayed, else a setting: Dagster draws every partition.
"""

from datetime import UTC, datetime

import dagster as dg

from trend_assets.hours import HOUR, Span, floor_hour

KEY = "%Y-%m-%d-%H:%M"
"""Form of a partition's key."""


def hours(first: datetime) -> dg.HourlyPartitionsDefinition:
    """Return the hours from `first` (aware or naive UTC) to the running one."""
    return dg.HourlyPartitionsDefinition(start_date=floor_hour(first).replace(tzinfo=UTC), end_offset=1)


def range_tags(span: Span) -> dict[str, str]:
    """Return the tags that make a run compute all hours of the span."""
    return {
        "dagster/asset_partition_range_start": span.start.strftime(KEY),
        "dagster/asset_partition_range_end": (span.end - HOUR).strftime(KEY),
    }
