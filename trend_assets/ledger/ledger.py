"""Reads and writes the ledger: SQLite (WAL) by default, PostgreSQL by URL."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import stamina
from alembic import command
from alembic.config import Config
from sqlalchemy import (
    Connection,
    Engine,
    and_,
    bindparam,
    case,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from trend_assets.hours import HOUR, Span
from trend_assets.ledger.models import AuditEntry, HourClaim, HourRow, MarkedTombstone, SurfaceAlert, ToldAlert

SQLITE_BUSY_MS = 60_000
"""How long a SQLite writer waits for another one."""

NO_REVISION = 0
"""Revision of a claim that cannot settle anything."""
FIRST_REVISION = 1
"""Revision of an hour that is claimed for the first time."""

# The revision that a claim promises to settle. Only a clean hour gets a new one: runs that claim a dirty one in turn must not
# keep each other from settling.
_CLAIMED = case((HourRow.settled_revision < HourRow.revision, HourRow.revision), else_=HourRow.revision + 1)

_PARAMETERS = 500
"""Hours per statement; SQLite limits the number of bound values."""


class Ledger:
    """The ledger at `url`. Opening it brings the schema up to date."""

    def __init__(self, url: str) -> None:
        """Open the ledger.

        Args:
            url: SQLAlchemy URL; `postgres://` and `postgresql://` mean psycopg2, the driver that Dagster brings.
        """
        self.url = re.sub(r"^postgres(ql)?://", "postgresql+psycopg2://", url)
        if self.url.startswith("sqlite:///"):
            Path(self.url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        self._engine = _engine(self.url)
        _migrate(self._engine)

    def close(self) -> None:
        """Release the connections."""
        self._engine.dispose()

    def claim(self, span: Span, run_id: str, reason: str) -> None:
        """Make the span's hours dirty in the name of a run that is about to compute them; `settle` undoes it.

        Called before anything is read. Should the run die, its claims stay, and so its hours stay dirty. Several runs can
        hold claims on an hour: whoever settles first settles it, unless another one has changed it (`guard`).
        """
        with self._write() as connection:
            _make_dirty(connection, span, reason, _CLAIMED)
            held = set(connection.execute(select(HourClaim.hour).where(*_within(HourClaim.hour, span))).scalars())
            connection.execute(delete(HourClaim).where(HourClaim.run_id == run_id, *_within(HourClaim.hour, span)))
            revisions = connection.execute(select(HourRow.hour, HourRow.revision).where(*_within(HourRow.hour, span))).all()
            claims = [
                {"run_id": run_id, "hour": hour, "revision": revision, "inherited": hour in held}
                for hour, revision in revisions
            ]
            connection.execute(insert(HourClaim), claims)

    def leave_dirty(self, span: Span, reason: str) -> None:
        """Make the span's hours dirty, also those that were never computed: somebody changes them, and will not settle them."""
        with self._write() as connection:
            _make_dirty(connection, span, reason, HourRow.revision + 1)

    def guard(self, span: Span, run_id: str) -> None:
        """Keep every other run from settling hours that this run is about to change, and that others have claimed too.

        Called right before rows of these hours change. An hour whose claim the run no longer holds, because another run has
        settled or changed it, becomes dirty, and this run cannot settle it either.
        """
        mine = and_(HourClaim.hour == HourRow.hour, HourClaim.run_id == run_id)
        with self._write() as connection:
            query = select(HourRow.hour, HourRow.revision, HourRow.settled_revision, HourClaim.revision)
            hours = connection.execute(query.outerjoin(HourClaim, mine).where(*_within(HourRow.hour, span))).all()
            others = select(HourClaim.hour).where(HourClaim.run_id != run_id, *_within(HourClaim.hour, span))
            contested = set(connection.execute(others).scalars())
            contested |= {hour for hour, _, settled, claimed in hours if claimed is None or claimed <= settled}
            claimable = {hour: revision + 1 if claimed == revision else NO_REVISION for hour, revision, _, claimed in hours}
            claims = [
                {"run_id": run_id, "hour": hour, "revision": claimable[hour], "inherited": False} for hour in sorted(contested)
            ]
            if claims:
                _mark_hours(connection, contested, "two runs at once")
                upsert = _dialect(connection).insert(HourClaim)
                upsert = upsert.on_conflict_do_update(
                    index_elements=["run_id", "hour"], set_={"revision": upsert.excluded.revision}
                )
                connection.execute(upsert, claims)

    def settle(self, span: Span, run_id: str, inputs: Mapping[datetime, str], code_version: str, reach_hours: int) -> None:
        """Settle the revisions that the run claimed.

        An hour that was marked since stays dirty; so does one that another run has changed. Where the run had met the claim
        of another one, the hours that read the span are marked: that run may have died before it could.
        """
        with self._write() as connection:
            mine = (HourClaim.run_id == run_id, *_within(HourClaim.hour, span))
            claims = connection.execute(select(HourClaim.hour, HourClaim.revision, HourClaim.inherited).where(*mine)).all()
            if claims:
                connection.execute(
                    update(HourRow)
                    .where(HourRow.hour == bindparam("claimed_hour"), HourRow.settled_revision < bindparam("claimed"))
                    .values(settled_revision=bindparam("claimed"), inputs=bindparam("seen"), code_version=code_version),
                    [{"claimed_hour": hour, "claimed": revision, "seen": inputs.get(hour, "")} for hour, revision, _ in claims],
                )
            connection.execute(delete(HourClaim).where(*mine))
            clean = select(HourRow.hour).where(HourRow.settled_revision >= HourRow.revision, *_within(HourRow.hour, span))
            connection.execute(delete(HourClaim).where(HourClaim.hour.in_(clean)))
            if any(inherited for _, _, inherited in claims):
                _mark(connection, _within(HourRow.hour, Span(span.end, span.end + reach_hours * HOUR)), "a run was cut off")

    def mark(self, hours: Iterable[datetime], reason: str) -> None:
        """Make hours dirty that have been computed, or are being computed; others have nothing that could be stale."""
        with self._write() as connection:
            _mark_hours(connection, hours, reason)

    def mark_span(self, span: Span, reason: str) -> None:
        """Make those hours of the span dirty that have been computed, or are being computed."""
        with self._write() as connection:
            _mark(connection, _within(HourRow.hour, span), reason)

    def marked(self, span: Span, run_id: str) -> list[datetime]:
        """Return the hours of the span that were marked since the run has claimed them, ascending."""
        query = select(HourClaim.hour).join(HourRow, HourRow.hour == HourClaim.hour).order_by(HourClaim.hour)
        query = query.where(HourClaim.run_id == run_id, HourRow.revision > HourClaim.revision, *_within(HourClaim.hour, span))
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def marked_tombstones(self) -> set[str]:
        """Return the tombstones whose hours have been marked."""
        with self._engine.connect() as connection:
            return set(connection.execute(select(MarkedTombstone.tombstone)).scalars())

    def mark_tombstone(self, tombstone: str, hours: Iterable[datetime]) -> None:
        """Mark the hours that a tombstone changes, and remember that it was done."""
        with self._write() as connection:
            _mark_hours(connection, hours, "removal")
            connection.execute(delete(MarkedTombstone).where(MarkedTombstone.tombstone == tombstone))
            connection.execute(insert(MarkedTombstone).values(tombstone=tombstone))

    def dirty(self) -> dict[datetime, str]:
        """Return the dirty hours, ascending, with the latest reason of each."""
        query = select(HourRow.hour, HourRow.reason).where(HourRow.settled_revision < HourRow.revision).order_by(HourRow.hour)
        with self._engine.connect() as connection:
            return {hour: reason for hour, reason in connection.execute(query)}

    def revisions(self, span: Span) -> dict[datetime, int]:
        """Return the revision of each hour of the span that a run over it would settle: marks raise it, claims do not."""
        query = select(HourRow.hour, _CLAIMED).where(*_within(HourRow.hour, span))
        with self._engine.connect() as connection:
            known = {hour: revision for hour, revision in connection.execute(query)}
        return dict.fromkeys(span, FIRST_REVISION) | known

    def settled(self) -> dict[datetime, tuple[str, str]]:
        """Return for every hour the inputs digest and code version that the last settled run had seen."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(HourRow.hour, HourRow.inputs, HourRow.code_version).order_by(HourRow.hour))
            return {hour: (inputs, version) for hour, inputs, version in rows}

    def last_hour(self) -> datetime | None:
        """Return the latest hour that has been computed or is being computed."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.max(HourRow.hour))).scalar()

    def audit(self, at: datetime, action: str, subject: str, reason: str) -> None:
        """Write down what a person did."""
        with self._write() as connection:
            connection.execute(insert(AuditEntry).values(at=at, action=action, subject=subject, reason=reason))

    def notice_alerts(self, states: Iterable[tuple[str, bool, datetime, str]], now: datetime) -> int:
        """Note which surfaces stopped or began again to deliver since the last alert about them; return how many.

        Args:
            states: surface, whether it is good, the hour of which that is said, and the message. A surface of which
                nothing was noticed yet counts as good so far.
            now: naive UTC.
        """
        latest = select(func.max(SurfaceAlert.id)).group_by(SurfaceAlert.surface)
        known = select(SurfaceAlert.surface, SurfaceAlert.good).where(SurfaceAlert.id.in_(latest))
        with self._write() as connection:
            before = {row.surface: row.good for row in connection.execute(known)}
            changes = [
                {"surface": surface, "good": good, "hour": hour, "message": message, "noticed_at": now}
                for surface, good, hour, message in states
                if good != before.get(surface, True)
            ]
            if changes:
                connection.execute(insert(SurfaceAlert), changes)
        return len(changes)

    def untold_alerts(self, address: str, since: datetime) -> list[tuple[int, bool, str]]:
        """Return id, whether it is good news, and message of the alerts noticed since then that an address was not told."""
        told = select(ToldAlert.alert_id).where(ToldAlert.address == address)
        query = select(SurfaceAlert.id, SurfaceAlert.good, SurfaceAlert.message)
        query = query.where(SurfaceAlert.noticed_at >= since, SurfaceAlert.id.not_in(told)).order_by(SurfaceAlert.id)
        with self._engine.connect() as connection:
            return [(row.id, row.good, row.message) for row in connection.execute(query)]

    def alerts_told(self, address: str, alerts: Iterable[int], now: datetime) -> None:
        """Note that an address was told these alerts."""
        rows = [{"alert_id": alert, "address": address, "told_at": now} for alert in alerts]
        if rows:
            with self._write() as connection:
                connection.execute(insert(ToldAlert), rows)

    def rows(self, table: str) -> list[Mapping[str, Any]]:
        """Return all rows of a ledger table, for display and `trend-assets sql`."""
        with self._engine.connect() as connection:
            query = select(text("*")).select_from(text(table))
            return [dict(row) for row in connection.execute(query).mappings()]

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        """Yield the connection of a short transaction, one at a time: writers wait for each other, so they cannot deadlock."""
        with self._engine.begin() as connection:
            _lock(connection)
            yield connection


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":  # SQLite's BEGIN IMMEDIATE has it already
        connection.execute(text("SELECT pg_advisory_xact_lock(815517)"))


def _make_dirty(connection: Connection, span: Span, reason: str, revision: Any) -> None:
    """Make the span's hours dirty; those that are known get the revision."""
    fresh = {"revision": FIRST_REVISION, "settled_revision": 0, "reason": reason, "inputs": "", "code_version": ""}
    upsert = _dialect(connection).insert(HourRow)
    upsert = upsert.on_conflict_do_update(index_elements=["hour"], set_={"revision": revision, "reason": reason})
    connection.execute(upsert, [{"hour": hour, **fresh} for hour in span])


def _dialect(connection: Connection) -> Any:
    return sqlite if connection.dialect.name == "sqlite" else postgresql


def _within(column: Any, span: Span) -> tuple[Any, Any]:
    return (column >= span.start, column < span.end)


def _chunks(hours: list[datetime]) -> Iterator[list[datetime]]:
    return (hours[first : first + _PARAMETERS] for first in range(0, len(hours), _PARAMETERS))


def _mark_hours(connection: Connection, hours: Iterable[datetime], reason: str) -> None:
    for chunk in _chunks(sorted(set(hours))):
        _mark(connection, (HourRow.hour.in_(chunk),), reason)


def _mark(connection: Connection, where: tuple[Any, ...], reason: str) -> None:
    connection.execute(update(HourRow).where(*where).values(revision=HourRow.revision + 1, reason=reason))


def _engine(url: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _configure(connection: Any, _record: Any) -> None:
            # The driver must not open transactions by itself: BEGIN IMMEDIATE below takes the write lock at once,
            # where an upgrade from read to write in mid-transaction would fail instead of waiting.
            connection.isolation_level = None
            connection.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_MS}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


@stamina.retry(on=OperationalError, attempts=5)
def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        _lock(connection)  # several processes may open a new ledger at once
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
