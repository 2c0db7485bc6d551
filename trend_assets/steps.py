"""How a table of the spine is brought up to date for a span of hours, and how the ledger learns what went stale.

A run claims its hours first, does its steps, and settles the hours last. In between, each step replaces its table's hours
and, if rows change, guards them before the write and marks the later hours that read them after it. A run that dies leaves
its hours dirty, and whoever computes them next marks what it could not. docs/architecture.md has the protocol and why it
converges.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from trend_assets.hours import HOUR, Span
from trend_assets.lake.lake import Lake, Replaced, Snapshot
from trend_assets.lake.tables import Table
from trend_assets.ledger.ledger import Ledger

PART_HOURS = 168
"""A span is worked off in parts of this length: what a run needs of memory does not grow with its hours."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a step works with: the two stores and the time that counts as now."""

    lake: Lake
    ledger: Ledger
    as_of: datetime
    """Naive UTC. Only decides whether an hour is still provisional."""
    run_id: str = ""
    """The run that has claimed the hours. Hours changed without a claim are dirty afterwards."""
    part_hours: int = PART_HOURS
    """Most hours that a step works on at once."""

    def replace(self, table: Table, span: Span, compute: Callable[[Snapshot, Span], str]) -> Replaced:
        """Replace the table's hours, part by part, and mark the later hours that read them if any row changed."""
        rows, changed = 0, list[datetime]()
        for part in span.parts(self.part_hours):
            replaced = self.lake.replace(
                table,
                part,
                lambda snapshot, hours=part: compute(snapshot, hours),  # type: ignore[misc]
                lambda hours: self.ledger.guard(hours, self.run_id),
            )
            self._mark_readers(table, span, replaced)  # now: if a later part fails, a retry finds nothing changed here
            rows += replaced.rows
            changed += replaced.changed
        return Replaced(rows, tuple(changed))

    def _mark_readers(self, table: Table, span: Span, replaced: Replaced) -> None:
        """Mark the hours after the span that read what was changed."""
        if replaced.changed and table.reach_hours:
            end = replaced.changed[-1] + HOUR + timedelta(hours=table.reach_hours)
            if end > span.end:
                self.ledger.mark_span(Span(span.end, end), f"{table.name} changed")


@dataclass(frozen=True, slots=True)
class Step:
    """One table of the spine and how its hours are made."""

    table: Table
    version: str
    """Raise it with every change that changes rows: hours computed by another version are dirty."""
    run: Callable[[Work, Span], Replaced]
