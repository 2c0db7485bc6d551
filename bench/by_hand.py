"""The spine's SQL as a person would run it by hand: once, over native DuckDB tables in one file.

The SQL texts are those of the modules. There is no lake, no contract, no look at what changed, no ledger. What a step returns
becomes a native table at once.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb

from trend_assets.capture import health
from trend_assets.hours import Span
from trend_assets.lake import engine
from trend_assets.lake.lake import Lake, Snapshot
from trend_assets.lake.tables import CAPTURE_RUNS, CAPTURES, CLUSTER_SIGHTINGS, ITEM_SIGHTINGS, SPINE, TOMBSTONES, Table
from trend_assets.trends import buckets, candidates, clusters, evidence, observations

Compute = Callable[[Snapshot, Span], str]


class _Hand(Snapshot):
    """A snapshot whose views are native tables that are there already."""

    def view(self, table: Table, start: datetime | None, end: datetime | None, name: str | None = None) -> None:
        """Nothing to do, but for earlier hours of a table: there are none."""
        del start, end
        if name:
            columns = ", ".join(f'NULL::{column.type} AS "{column.name}"' for column in table.columns)
            self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {columns} LIMIT 0")

    def run(self, statements: str, **parameters: object) -> None:
        """Run the statements; results are native tables, not temporary ones."""
        for table in SPINE:
            statements = statements.replace(f"TEMP TABLE {table.name} AS", f"TABLE {table.name} AS")
        super().run(statements, **parameters)


def _first_sights(index: Table, sightings: Compute, rows: Compute) -> Compute:
    def compute(snapshot: Snapshot, span: Span) -> str:
        snapshot.run(
            f"""CREATE OR REPLACE TABLE {index.name} AS SELECT * FROM {sightings(snapshot, span)};
            CREATE OR REPLACE TEMP TABLE unseen AS SELECT DISTINCT key FROM {index.name}"""
        )
        return rows(snapshot, span)

    return compute


def run(lake: str, database: str, first: str, last: str) -> None:
    """Compute all tables of the spine from the captures that `load` has put into the database."""
    del lake
    span = Span(datetime.fromisoformat(first), datetime.fromisoformat(last))
    steps: list[Compute] = [
        lambda snapshot, hours: health.coverage(snapshot, hours, datetime(2030, 1, 1)),  # noqa: DTZ001
        observations.observations,
        _first_sights(ITEM_SIGHTINGS, evidence._sightings, evidence._evidence),  # noqa: SLF001
        evidence.artifacts,
        _first_sights(CLUSTER_SIGHTINGS, clusters._sightings, clusters._clusters),  # noqa: SLF001
        clusters.links,
        buckets.cluster_buckets,
        candidates.trend_candidates,
        candidates.candidate_transitions,
    ]
    with _connect(database) as connection:
        snapshot = _Hand(Lake("/"), connection)
        for step in steps:
            step(snapshot, span)


def load(lake: str, database: str) -> None:
    """Copy the captures of a lake into a new DuckDB file."""
    Path(database).unlink(missing_ok=True)
    with _connect(database) as connection:
        snapshot = Snapshot(Lake(lake), connection)
        for table in (CAPTURES, CAPTURE_RUNS, TOMBSTONES):
            snapshot.view(table, None, None, "source")
            snapshot.run(f"CREATE TABLE {table.name} AS SELECT * FROM source")


def _connect(database: str) -> engine.Connection:
    connection = duckdb.connect(database, config={"preserve_insertion_order": "false"})
    connection.execute(engine._FUNCTIONS.replace("CREATE MACRO", "CREATE OR REPLACE MACRO"))  # noqa: SLF001
    return connection
