"""The lake as people query it: a database of its own with every table as a view, and access to nothing else.

The views hold each cluster and each piece of evidence once, also while hours are being computed again and two hours hold
one: the earliest counts. The clusters' view adds what later observations say.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from trend_assets.errors import PermanentError
from trend_assets.lake.engine import Connection, separate_database
from trend_assets.lake.lake import Lake, create_view
from trend_assets.lake.tables import ARTIFACTS, CLUSTERS, EVIDENCE, LINKS, TABLES

_ONCE = {
    EVIDENCE: "platform, platform_item_id",
    ARTIFACTS: "artifact_id",
    CLUSTERS: "cluster_key_type, cluster_key",
}
"""Tables that hold each key once, and the key."""

_VIEWS = {
    **{
        table: f"SELECT * FROM {{stored}} QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY hour) = 1"
        for table, key in _ONCE.items()
    },
    LINKS: "SELECT * FROM {stored} QUALIFY hour = min(hour) OVER (PARTITION BY artifact_id)",
}
_VIEWS[CLUSTERS] = f"""
SELECT cluster.*, coalesce(last_seen_at, first_seen_at) AS last_seen_at, coalesce(platforms, [platform]) AS platforms
FROM ({_VIEWS[CLUSTERS]}) AS cluster
LEFT JOIN (
    SELECT key_hash, max(captured_at) AS last_seen_at, list_sort(list(DISTINCT platform)) AS platforms
    FROM (SELECT unnest(cluster_keys) AS key_hash, captured_at, platform FROM observations) GROUP BY key_hash)
    USING (key_hash)"""

_READING = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
"""Query nodes that only read."""

_LOCKS = (
    "SET python_enable_replacements = false",
    "SET autoload_known_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


@contextmanager
def database(lake: Lake) -> Iterator[Connection]:
    """Yield a database of its own with the lake's tables as views; what else it is to hold can be added before `lock`."""
    connection = separate_database()
    try:
        files: list[str] = []
        for table in TABLES.values():
            own = lake.files(table, lake.open(table), None, None)
            files += own
            stored = f"stored_{table.name}" if table in _VIEWS else table.name
            create_view(connection, table, own, None, None, stored)
        for table, sql in _VIEWS.items():
            connection.execute(f"CREATE TEMP VIEW {table.name} AS {sql.format(stored=f'stored_{table.name}')}")
        connection.execute("SET allowed_paths = $files", {"files": files})
        yield connection
    finally:
        connection.close()


def lock(connection: Connection) -> None:
    """Refuse every file but the tables' own from now on, for good."""
    for statement in _LOCKS:
        connection.execute(statement)


def query(connection: Connection, sql: str) -> Connection:
    """Run one query and return its result.

    Raises:
        PermanentError: it is no query, or several.
        duckdb.Error: it is a wrong one.
    """
    statements = connection.extract_statements(sql)
    one = len(statements) == 1 and statements[0].type is duckdb.StatementType.SELECT
    if not one or not _only_reads(connection, statements[0].query):
        raise PermanentError("Only one query (SELECT, WITH, FROM, DESCRIBE, SHOW TABLES, SUMMARIZE) can be run here.")
    return connection.execute(statements[0])


def _only_reads(connection: Connection, sql: str) -> bool:
    """Return whether a SELECT holds nothing but queries: a WITH can hold an INSERT, or a COPY over a table's own file."""
    parsed = json.loads(connection.execute("SELECT json_serialize_sql($sql)", {"sql": sql}).fetchall()[0][0])
    return not parsed["error"] and set(_nodes(parsed)) <= _READING


def _nodes(parsed: object) -> Iterator[str]:
    """Yield the types of all query nodes of a parsed statement."""
    if isinstance(parsed, dict):
        if str(parsed.get("type")).endswith("_NODE"):
            yield parsed["type"]
        parsed = list(parsed.values())
    for entry in parsed if isinstance(parsed, list) else ():
        yield from _nodes(entry)
