"""Reads and replaces whole hours of the lake's tables, atomically and by many processes at once.

A replace is refused when anybody else replaced the same hours after its inputs were read: `replace` opens the table first,
then lets the caller read and compute, then commits on the version that it opened. Delta's own conflict check
refuses the commit if rows of those hours came or went since; the work is then done again from fresh inputs. So rows
computed from older inputs never stand above rows computed from newer ones.

Two things to keep: a replace is written through the handle that was opened first, never by path (Delta would plan it
on the newest version), and every replace names its hours as application transactions.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
from deltalake import (
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    PostCommitHookProperties,
    Transaction,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import CommitFailedError, DeltaError
from filelock import FileLock

from trend_assets.errors import ContractError, StaleReplaceError, UnknownNameError
from trend_assets.hours import HOUR, Span
from trend_assets.lake.engine import Connection, connect
from trend_assets.lake.tables import CLUSTER_SIGHTINGS, ITEM_SIGHTINGS, TABLES, Column, Table

ATTEMPTS = 30
"""How often a refused replace is computed again."""

_WRITER = WriterProperties(compression="ZSTD", compression_level=1)
_SIGHTINGS_WRITER = WriterProperties(
    compression="UNCOMPRESSED",
    column_properties={"key": ColumnProperties(dictionary_enabled=False)},
)
"""Random 64-bit keys do not compress, and reading them plain is what a look-up over years costs."""
_HOOKS = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=True)


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a replace did."""

    rows: int
    """Rows of the span, in all its hours."""
    changed: tuple[datetime, ...]
    """Hours whose rows differ from what was stored, ascending."""


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did, in files."""

    rewritten: int
    deleted: int


class Snapshot:
    """A connection whose views are tables of the lake as they were when each was first read."""

    def __init__(self, lake: "Lake", connection: Connection) -> None:
        """Wrap a connection; use `Lake.snapshot`."""
        self._lake = lake
        self.connection = connection

    def view(self, table: Table, start: datetime | None, end: datetime | None, name: str | None = None) -> None:
        """Make the table's rows of the hours [start, end) a view; open ends are None."""
        with self._lake.latest(table) as handle:
            files = self._lake.files(table, handle, start, end)
        create_view(self.connection, table, files, start, end, name or table.name)

    def run(self, statements: str, **parameters: object) -> None:
        """Run SQL statements, each with those of the named parameters (`$name`) that it uses."""
        for statement in self.connection.extract_statements(statements):
            used = {name: parameters[name] for name in statement.named_parameters}
            self.connection.execute(statement, used)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self.connection.execute(sql, parameters).fetchall()


class Lake:
    """The lake under one folder."""

    def __init__(self, root: str | Path) -> None:
        """Name the lake's folder; nothing is touched."""
        self.root = Path(root)
        self._idle: dict[str, list[DeltaTable]] = {}
        self._file_hours: dict[str, dict[str, tuple[datetime, datetime]]] = {}

    def create_tables(self) -> None:
        """Create the tables that do not exist; several processes may do so at once.

        Tables of an earlier version get the columns that they lack: while that is done, nobody else may write.
        """
        with self.snapshot() as snapshot:
            for table in TABLES.values():
                if not DeltaTable.is_deltatable(self._path(table)):
                    (self.root / table.name).mkdir(parents=True, exist_ok=True)
                    columns = ", ".join(f'CAST(NULL AS {column.type}) AS "{column.name}"' for column in table.columns)
                    empty = snapshot.connection.sql(f"SELECT NULL::DATE AS day, {columns} LIMIT 0")
                    with suppress(CommitFailedError):  # another process has just created it
                        write_deltalake(self._path(table), empty, mode="ignore", partition_by=["day"])
                self._widen(table, snapshot.connection)

    def _widen(self, table: Table, connection: Connection) -> None:
        with self.latest(table) as handle:
            if _missing(table, handle):
                with FileLock(self.root / "widening.lock"):
                    handle.update_incremental()  # another process may have done it meanwhile
                    if missing := _missing(table, handle):
                        self._rewrite(table, handle, missing, connection)

    def _rewrite(self, table: Table, handle: DeltaTable, missing: Sequence[Column], connection: Connection) -> None:
        files = self.files(table, handle, None, None)
        added = [f'{column.before or "NULL"} AS "{column.name}"' for column in missing if files]
        columns = ", ".join(["*", *added])
        connection.execute(f"CREATE OR REPLACE TEMP VIEW widened AS SELECT {columns} FROM {_source(table, files)}")
        write_deltalake(
            handle, connection.sql(_stored(table, "widened")), mode="overwrite", schema_mode="overwrite",
            writer_properties=_writer(table), post_commithook_properties=_HOOKS,
        )  # fmt: skip

    def open(self, table: Table) -> DeltaTable:
        """Return the table at its latest version.

        Raises:
            UnknownNameError: the lake does not exist.
        """
        try:
            return DeltaTable(self._path(table))
        except DeltaError as error:
            raise UnknownNameError(f"There is no lake table {table.name} under {self.root}: {error}") from error

    @contextmanager
    def latest(self, table: Table) -> Iterator[DeltaTable]:
        """Yield the table at its latest version, to nobody else meanwhile.

        Opening a table costs several times what it costs to read its log on from where a handle has read it last.
        """
        idle = self._idle.setdefault(table.name, [])
        try:
            handle = idle.pop()  # atomic: two threads never get the same one
            handle.update_incremental()
        except (IndexError, DeltaError):  # none is idle, or the log that it needs is gone
            handle = self.open(table)
        yield handle
        idle.append(handle)  # not after an error: its state is then unknown

    def files(self, table: Table, handle: DeltaTable, start: datetime | None, end: datetime | None) -> list[str]:
        """Return the addresses of the table's files that may hold rows of the hours [start, end); open ends are None.

        What a file holds never changes: the log is asked for it only when there are files that were not there before.
        """
        uris = handle.file_uris()
        if start or end:
            hours = self._file_hours.get(table.name, {})
            if any(_file_name(uri) not in hours for uri in uris):
                actions = handle.get_add_actions(flatten=True)
                paths, first, last = (actions[name].to_pylist() for name in ("path", "min.hour", "max.hour"))
                hours = dict(zip(map(_file_name, paths), zip(first, last, strict=True), strict=True))
                self._file_hours[table.name] = hours
            held = ((uri, *hours[_file_name(uri)]) for uri in uris)
            uris = [uri for uri, first, last in held if (not end or first < end) and (not start or last >= start)]
        # A local path is not an address, but comes quoted like one.
        return [uri if "://" in uri else unquote(uri) for uri in uris]

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Yield a fresh connection on which tables become views one by one."""
        with connect() as connection:
            yield Snapshot(self, connection)

    def append(self, table: Table, connection: Connection, relation: str) -> None:
        """Append the rows of a relation; appends of several writers do not conflict, they only come one after the other.

        Raises:
            ContractError: rows do not fit the contract.
            StaleReplaceError: others kept writing the table.
        """
        check_contract(connection, table, relation)
        for _ in range(ATTEMPTS):
            with suppress(CommitFailedError), self.latest(table) as handle:
                write_deltalake(
                    handle, connection.sql(_stored(table, relation)), mode="append",
                    writer_properties=_writer(table), post_commithook_properties=_HOOKS,
                )  # fmt: skip
                return
        raise StaleReplaceError(f"Others kept writing {table.name}; {ATTEMPTS} attempts to append were refused. Try again.")

    def replace(
        self,
        table: Table,
        span: Span,
        compute: Callable[[Snapshot], str],
        before_write: Callable[[Span], None] = lambda _changed: None,
    ) -> Replaced:
        """Replace the table's rows of the span by what `compute` makes of the present inputs.

        Args:
            table: The table.
            span: The hours to replace; rows outside it are refused.
            compute: Reads through the snapshot it is given and returns the name of a relation with the new rows. Called
                again, with a new snapshot, when somebody else replaced the same hours meanwhile.
            before_write: Called with the hours from the first to the last that changes, right before each attempt to write.

        Returns:
            The rows and the hours that changed; hours with the same rows as before are not written.

        Raises:
            ContractError: rows do not fit the contract.
            StaleReplaceError: others replaced these hours again and again.
        """
        for _ in range(ATTEMPTS):
            with suppress(CommitFailedError), self.latest(table) as handle, self.snapshot() as snapshot:
                relation = compute(snapshot)
                connection = snapshot.connection
                rows = check_contract(connection, table, relation, span)
                files = self.files(table, handle, span.start, span.end)
                create_view(connection, table, files, span.start, span.end, "stored_rows")
                changed = _changed_hours(connection, table, relation) if files else sorted(rows)
                if changed:
                    before_write(Span(changed[0], changed[-1] + HOUR))
                _commit(handle, table, span, changed, connection, relation, bool(files))
                return Replaced(sum(rows.values()), tuple(changed))
        raise StaleReplaceError(f"Others kept replacing {table.name} {span}; {ATTEMPTS} attempts were refused. Try again.")

    def compact(self, table: Table, before: datetime) -> Compacted:
        """Rewrite the small files of each day before `before` into one; delete files that no version of the last week needs."""
        rewritten = 0
        for _ in range(ATTEMPTS):
            with suppress(CommitFailedError), self.latest(table) as handle:  # a replace came in between: try on what it left
                days = [("day", "<", f"{before:%Y-%m-%d}")]
                rewritten = handle.optimize.compact(partition_filters=days)["numFilesRemoved"]
                break
        with self.latest(table) as handle:
            return Compacted(rewritten, len(handle.vacuum(dry_run=False)))

    def _path(self, table: Table) -> str:
        return str(self.root / table.name)


def create_view(
    connection: Connection, table: Table, files: Sequence[str], start: datetime | None, end: datetime | None, name: str
) -> None:
    """Make the rows of [start, end) in the files a view with the contract's columns and types.

    Raises:
        ContractError: the stored files have other columns.
    """
    bounds = ([f"hour >= '{start}'"] if start else []) + ([f"hour < '{end}'"] if end else [])
    source, where = _source(table, files), " AND ".join(bounds) or "true"
    try:
        connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT {table.select_list} FROM {source} WHERE {where}')
    except duckdb.BinderException as error:
        raise ContractError(
            f"The stored table {table.name} does not have the columns of its contract; this lake was made by another version. "
            f"Load its captures into a new folder. ({str(error).splitlines()[0]})"
        ) from error


def check_contract(connection: Connection, table: Table, relation: str, span: Span | None = None) -> dict[datetime, int]:
    """Check that a relation fits the table's contract: columns, nulls, hours. Types are cast to those of the contract on write.

    Returns:
        The number of rows by hour.

    Raises:
        ContractError: with every violation as a sentence.
    """
    found = {str(row[0]): str(row[1]) for row in connection.execute(f'DESCRIBE "{relation}"').fetchall()}
    problems = [f"column {column.name} is missing" for column in table.columns if column.name not in found]
    problems += [f"column {name} is not in the contract" for name in found if name not in {c.name for c in table.columns}]
    rows: dict[datetime, int] = {}
    if not problems:
        required = [column.name for column in table.columns if not column.nullable]
        outside = f"hour < '{span.start}' OR hour >= '{span.end}'" if span else "hour <> date_trunc('hour', hour)"
        measures = [f'count(*) FILTER ("{name}" IS NULL)' for name in required]
        measures += [f"count(*) FILTER ({outside})", "count(*)"]
        hours = connection.execute(f'SELECT {", ".join(measures)}, hour FROM "{relation}" GROUP BY hour').fetchall()
        *missing, beyond = [sum(row[index] for row in hours) for index in range(len(required) + 1)]
        problems += [f"{missing[i]} rows have no {name}" for i, name in enumerate(required) if missing[i]]
        problems += [f"{beyond} rows are outside the hours {span or 'of the clock'}"] if beyond else []
        rows = {row[-1]: row[-2] for row in hours}
    if problems:
        raise ContractError(f"Rows for {table.name} do not fit its contract: {'; '.join(problems)}.")
    return rows


def _commit(
    handle: DeltaTable, table: Table, span: Span, changed: list[datetime], connection: Connection, relation: str, stored: bool
) -> None:
    # One application transaction per hour: Delta refuses the commit if another one named the same hour since the handle was
    # opened, also where no row came or went. That is why unchanged hours are committed too, without any file.
    properties = CommitProperties(app_transactions=[Transaction(f"{hour:%Y-%m-%dT%H}", 1) for hour in span])
    if not changed:
        handle.create_write_transaction([], "append", handle.schema(), commit_properties=properties)
        return
    part = Span(changed[0], changed[-1] + HOUR)
    bounds = f"hour >= '{part.start}' AND hour < '{part.end}'"
    rows = connection.sql(f"{_stored(table, relation)} WHERE {bounds} ORDER BY hour")
    options: dict[str, Any] = {
        "writer_properties": _writer(table), "post_commithook_properties": _HOOKS, "commit_properties": properties,
    }  # fmt: skip
    if stored:
        days = f"day >= '{part.start:%Y-%m-%d}' AND day <= '{part.end - HOUR:%Y-%m-%d}'"
        write_deltalake(handle, rows, mode="overwrite", predicate=f"{days} AND {bounds}", **options)
    else:
        write_deltalake(handle, rows, mode="append", **options)


def _missing(table: Table, handle: DeltaTable) -> list[Column]:
    """Return the columns that a stored table lacks, if what they hold in its rows is known."""
    stored = {field.name for field in handle.schema().fields}
    missing = [column for column in table.columns if column.name not in stored]
    return missing if all(column.nullable or column.before for column in missing) else []


def _source(table: Table, files: Sequence[str]) -> str:
    """Return what the rows of the files are selected from; without files, none with the contract's columns."""
    if not files:
        return "(SELECT " + ", ".join(f'NULL::{column.type} AS "{column.name}"' for column in table.columns) + " LIMIT 0)"
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false)"


def _file_name(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _stored(table: Table, relation: str) -> str:
    return f'SELECT hour::DATE AS day, {table.select_list} FROM "{relation}"'


def _writer(table: Table) -> WriterProperties:
    return _SIGHTINGS_WRITER if table in (ITEM_SIGHTINGS, CLUSTER_SIGHTINGS) else _WRITER


def _changed_hours(connection: Connection, table: Table, relation: str) -> list[datetime]:
    digest = "SELECT hour, sum(hash(rows)::HUGEINT) AS digest FROM (SELECT {} FROM {}) AS rows GROUP BY hour"
    sql = f"""
        SELECT hour FROM ({digest.format(table.select_list, f'"{relation}"')}) AS fresh
        FULL JOIN ({digest.format("*", "stored_rows")}) AS stored USING (hour)
        WHERE fresh.digest IS DISTINCT FROM stored.digest ORDER BY hour"""
    return [row[0] for row in connection.execute(sql).fetchall()]
