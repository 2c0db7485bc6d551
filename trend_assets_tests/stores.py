"""Real stores for tests: a lake and a ledger in a folder, worlds committed to them, tables read back for comparison."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deltalake import write_deltalake

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.keys import Key
from trend_assets.capture.runs import CaptureRun, commit
from trend_assets.capture.surfaces import Surface
from trend_assets.lake.lake import Lake
from trend_assets.lake.tables import SPINE, TABLES, Table
from trend_assets.ledger.ledger import Ledger
from trend_assets.steps import PART_HOURS, Work

LATER = datetime(2030, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""A time at which every hour of the worlds has closed."""

_ITEM_FIELDS = set(Item.__dataclass_fields__) - {"keys", "platform", "raw"}


def open_stores(folder: Path, as_of: datetime = LATER, part_hours: int = PART_HOURS) -> Work:
    """Return a lake and a ledger in the folder, created when they are not there."""
    lake = Lake(folder / "lake")
    lake.create_tables()
    return Work(lake, Ledger(f"sqlite:///{folder / 'ledger.db'}"), as_of, part_hours=part_hours)


def capture_run(row: dict[str, Any]) -> CaptureRun:
    """Return a world's run as one that can be committed."""
    surface = Surface(
        id=f"{row['platform']}:{row['surface']}" if ":" not in row["surface"] else row["surface"],
        platform=row["platform"], surface_type="test", cadence_minutes=row["cadence_minutes"], min_items=row["min_items"],
    )  # fmt: skip
    items = tuple(
        Item(
            platform=row["platform"], keys=tuple(Key(*key) for key in item["keys"]), raw=item["platform_item_id"],
            **{name: value for name, value in item.items() if name in _ITEM_FIELDS},
        )
        for item in sorted(row["items"], key=lambda item: item["position"])
    )  # fmt: skip
    return CaptureRun(
        surface, row["captured_at"], row["captured_at"], row["slot"], row["status"], Parsed("world", items), row["attempt"],
        error_message="" if row["status"] == "success" else row["status"],
    )  # fmt: skip


def commit_world(work: Work, rows: Iterable[dict[str, Any]], committed_at: datetime = LATER) -> None:
    """Commit a world's runs."""
    commit(work.lake, [capture_run(row) for row in rows], committed_at)


def export(lake: Lake, before: datetime | None = None) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the spine's tables, sorted, of the hours before a time."""
    with lake.snapshot() as snapshot:
        rows = {}
        for table in SPINE:
            snapshot.view(table, None, before)
            rows[table.name] = snapshot.rows(f"SELECT * FROM {table.name} ORDER BY ALL")
        return rows


def dicts(lake: Lake, name: str) -> list[dict[str, Any]]:
    """Return a table's rows as dictionaries."""
    with lake.snapshot() as snapshot:
        snapshot.view(TABLES[name], None, None)
        result = snapshot.connection.execute(f"SELECT * FROM {name} ORDER BY ALL")
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def without_columns(lake: Lake, table: Table, *names: str) -> None:
    """Write a table as a version wrote it that did not have these columns."""
    with lake.snapshot() as snapshot:
        snapshot.view(table, None, None)
        rows = snapshot.connection.sql(f"SELECT hour::DATE AS day, * EXCLUDE ({', '.join(names)}) FROM {table.name}")
        write_deltalake(lake.open(table), rows, mode="overwrite", schema_mode="overwrite")
