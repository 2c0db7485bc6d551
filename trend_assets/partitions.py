"""The one partition scheme: hours of capture time, UTC.

The running hour is a partition too (`end_offset=1`), so that people see it fill; its rows are provisional until it closes.
The first hour is that of the earliest archive that is replayed, else `FIRST_HOUR`: Dagster draws every partition.
"""

from datetime import UTC, datetime

import dagster as dg

FIRST_HOUR = datetime(2026, 1, 1, tzinfo=UTC)
"""First hour of a lake without archives; nothing live was captured before."""


def hours(first: datetime | None = None) -> dg.HourlyPartitionsDefinition:
    """Return the hours from `first` (aware or naive UTC) to the running one."""
    return dg.HourlyPartitionsDefinition(start_date=(first or FIRST_HOUR).replace(tzinfo=UTC), end_offset=1)
