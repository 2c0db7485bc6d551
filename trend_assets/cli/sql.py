"""`trend-assets sql`: every table of the lake and the ledger, read-only."""

import csv
import io
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from trend_assets.cli.printing import as_json, clean, echo_table, examples
from trend_assets.cli.stores import LakeOption, open_stores, settings_of
from trend_assets.errors import PermanentError

if TYPE_CHECKING:
    from trend_assets.lake.engine import Connection
    from trend_assets.ledger.ledger import Ledger

BATCH = 1000
_TYPES = {"DATETIME": "TIMESTAMP", "BIGINT": "BIGINT", "INTEGER": "BIGINT", "BOOLEAN": "BOOLEAN"}
"""DuckDB type of a ledger column; all others are text."""


_EXAMPLES = (
    'trend-assets sql "show tables"',
    'trend-assets sql "describe cluster_buckets"',
    'trend-assets sql "select hour, status, count(*) from trend_candidates group by all order by 1" --format csv',
)


def sql(
    query: Annotated[str, typer.Argument(help="One query in DuckDB's SQL.")],
    output: Annotated[Literal["table", "json", "csv"], typer.Option("--format", help="How to print the rows.")] = "table",
    lake: LakeOption = None,
) -> None:
    """Run a query on the lake's tables and on the ledger's (ledger_hours, ledger_audit_log, …).

    Nothing can be written, and no other file can be read. `clusters` has last_seen_at and platforms from later observations.
    """
    import duckdb

    from trend_assets.lake import views

    work = open_stores(settings_of(lake))
    with views.database(work.lake) as connection:
        _attach_ledger(connection, work.ledger)
        views.lock(connection)
        try:
            _PRINT[output](views.query(connection, query))
        except duckdb.Error as error:  # also while rows are fetched
            raise PermanentError(str(error)) from error


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples(*_EXAMPLES))(sql)


def _attach_ledger(connection: "Connection", ledger: "Ledger") -> None:
    """Copy the ledger's tables: they are small."""
    import pandas as pd

    from trend_assets.ledger.models import Base

    for table in Base.metadata.sorted_tables:
        names = [column.name for column in table.columns]
        types = [_TYPES.get(str(column.type).upper(), "VARCHAR") for column in table.columns]
        frame = pd.DataFrame([[row[name] for name in names] for row in ledger.rows(table.name)], columns=names, dtype=object)
        definition = ", ".join(f'"{name}" {type_}' for name, type_ in zip(names, types, strict=True))
        connection.execute(f"CREATE TEMP TABLE ledger_{table.name} ({definition})")
        if len(frame):
            connection.register("ledger_rows", frame)
            connection.execute(f"INSERT INTO ledger_{table.name} SELECT * FROM ledger_rows")
            connection.unregister("ledger_rows")


def _columns(result: "Connection") -> list[str]:
    return [str(column[0]) for column in result.description or ()]


def _print_table(result: "Connection") -> None:
    rows = result.fetchall()
    if _columns(result):
        echo_table([clean(name) for name in _columns(result)], rows)


def _print_json(result: "Connection") -> None:
    names, first = _columns(result), True
    typer.echo("[", nl=False)
    while rows := result.fetchmany(BATCH):
        for row in rows:
            typer.echo(("\n" if first else ",\n") + as_json(dict(zip(names, row, strict=True))), nl=False)
            first = False
    typer.echo("\n]")


def _print_csv(result: "Connection") -> None:
    _echo_csv([_columns(result)])
    while rows := result.fetchmany(BATCH):
        _echo_csv(rows)


def _echo_csv(rows: list[list[str]] | list[tuple[object, ...]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[_csv_value(value) for value in row] for row in rows])
    typer.echo(text.getvalue(), nl=False)


def _csv_value(value: object) -> object:
    if isinstance(value, list | dict):
        return as_json(value)
    return clean(value, keep_lines=True) if isinstance(value, str) else value


_PRINT = {"table": _print_table, "json": _print_json, "csv": _print_csv}
