"""Capture commits: how a run and its items get into the lake, whole or not at all (DESIGN §2).

A commit appends the run's items and rejected entries first and its run row last: items without a run row do not exist.
Committing a run again replaces it: the last commit counts. Nothing is ever changed in place.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from trend_assets.capture.items import Item, Parsed, raw_json, storable
from trend_assets.capture.profile import profile, sha1
from trend_assets.capture.removal import follow
from trend_assets.capture.surfaces import Surface
from trend_assets.errors import PermanentError
from trend_assets.hours import HOUR, floor_hour, to_utc
from trend_assets.lake.engine import id_of
from trend_assets.lake.lake import Lake, Snapshot
from trend_assets.lake.tables import CAPTURE_RUNS, CAPTURES, QUARANTINE, Table

BATCH_ITEMS = 50_000
"""Items that one commit holds at most, but for a single larger run."""

MAX_MESSAGE_CHARS = 10_000
"""Characters that are kept of a run's message, and of its cursor."""

HARMLESS = frozenset({"promoted", "no_cluster_key", "foreign_kind"})
"""Reasons for which an entry is set aside although the capture is whole: it is not ours, not broken."""

_LAST_COMMITS = """
SELECT run_id, content_hash FROM capture_runs
QUALIFY row_number() OVER (PARTITION BY run_id ORDER BY committed_at DESC, commit_id DESC) = 1
"""

_NEW_ROWS = "new_rows"


@dataclass(frozen=True, slots=True)
class CaptureRun:
    """One run of one surface. Times are naive UTC."""

    surface: Surface
    captured_at: datetime
    """Its start: one value for all its items. The same `slot` and `attempt` always have the same one."""
    ended_at: datetime
    slot: datetime
    status: str
    """success, partial or failed."""
    parsed: Parsed
    attempt: int = 0
    error_message: str = ""
    cursor: str | None = None
    """Where the page begins at which it stopped; None if it did not stop midway."""

    def __post_init__(self) -> None:
        """Make its texts storable: a page can put anything into them, and all runs of a commit share its fate."""
        object.__setattr__(self, "error_message", storable(self.error_message[:MAX_MESSAGE_CHARS]))
        object.__setattr__(self, "cursor", storable(self.cursor[:MAX_MESSAGE_CHARS]) if self.cursor else None)

    @property
    def run_id(self) -> str:
        """uuid5 of surface, slot and attempt."""
        return id_of(f"run:{self.surface.id}:{self.slot.isoformat()}:{self.attempt}")

    @property
    def hour(self) -> datetime:
        """The hour it belongs to."""
        return floor_hour(self.captured_at)


@dataclass(frozen=True, slots=True)
class Committed:
    """What `commit` did."""

    runs: int
    items: int
    quarantined: int
    unchanged: int
    """Runs that were there already, with the same content."""


def judge(parsed: Parsed) -> tuple[str, str]:
    """Return the status of a run that delivered this, and why it is not a success."""
    if parsed.shape is None:
        return "failed", parsed.problem or "the payload has no known shape"
    broken = [entry.reason for entry in parsed.rejected if entry.reason not in HARMLESS]
    problems = [f"{len(broken)} entries rejected: {', '.join(sorted(set(broken)))}"] if broken else []
    problems += [parsed.problem] if parsed.problem else []
    return ("partial", "; ".join(problems)) if problems else ("success", "")


def commit(lake: Lake, runs: Iterable[CaptureRun], committed_at: datetime) -> Committed:
    """Commit runs in batches, each whole or not at all. Committing the same run with the same content is a no-op.

    Args:
        lake: Where to.
        runs: The runs, in any order.
        committed_at: Now, naive UTC; orders commits of the same run.

    Raises:
        PermanentError: one run with two times of capture. What was committed of it would count in two hours.
    """
    written = items = quarantined = unchanged = 0
    for number, batch in enumerate(_batches(_at_one_time(runs))):
        new = _without_unchanged(lake, batch)
        unchanged += len(batch) - len(new)
        if new:
            _append(lake, new, committed_at + timedelta(microseconds=number))
            written += len(new)
            items += sum(len(run.parsed.items) for run, _ in new)
            quarantined += sum(len(run.parsed.rejected) for run, _ in new)
    return Committed(written, items, quarantined, unchanged)


def _at_one_time(runs: Iterable[CaptureRun]) -> Iterator[CaptureRun]:
    times: dict[str, datetime] = {}
    for run in runs:
        first = times.setdefault(run.run_id, run.captured_at)
        if first != run.captured_at:
            raise PermanentError(
                f"Run {run.run_id} of {run.surface.id}, slot {run.slot}, attempt {run.attempt}, was captured at {first} and at "
                f"{run.captured_at}. A slot and attempt have one time of capture: give the later run another attempt."
            )
        yield run


def _batches(runs: Iterable[CaptureRun]) -> Iterator[list[tuple[CaptureRun, str]]]:
    batch: list[tuple[CaptureRun, str]] = []
    size, seen = 0, set[str]()
    for run in runs:
        if run.run_id in seen:  # its last commit counts: the two need an order
            yield batch
            batch, size, seen = [], 0, set()
        seen.add(run.run_id)
        batch.append((run, _content_hash(run)))
        size += len(run.parsed.items) + len(run.parsed.rejected) + 1
        if size >= BATCH_ITEMS:
            yield batch
            batch, size, seen = [], 0, set()
    if batch:
        yield batch


def _without_unchanged(lake: Lake, batch: list[tuple[CaptureRun, str]]) -> list[tuple[CaptureRun, str]]:
    hours = [run.hour for run, _ in batch]
    with lake.snapshot() as snapshot:
        snapshot.view(CAPTURE_RUNS, min(hours), max(hours) + HOUR)
        # Also removed ones: what was asked to go is not written again.
        present = dict(snapshot.rows(_LAST_COMMITS))
    return [(run, digest) for run, digest in batch if present.get(run.run_id) != digest]


def _append(lake: Lake, batch: list[tuple[CaptureRun, str]], committed_at: datetime) -> None:
    named = [(run, digest, str(uuid4())) for run, digest in batch]
    rows = {
        CAPTURES: (row for run, _, commit_id in named for row in _item_rows(run, commit_id)),
        QUARANTINE: (row for run, _, commit_id in named for row in _rejected_rows(run, commit_id)),
        # The run rows come last: they make the items real.
        CAPTURE_RUNS: (_run_row(run, digest, commit_id, committed_at) for run, digest, commit_id in named),
    }
    with lake.snapshot() as snapshot, tempfile.TemporaryDirectory() as folder:
        for table, new in rows.items():
            if _load(snapshot, table, Path(folder), new):
                if table is CAPTURES:
                    follow(lake, snapshot, _NEW_ROWS, committed_at)
                lake.append(table, snapshot.connection, _NEW_ROWS)


def _load(snapshot: Snapshot, table: Table, folder: Path, rows: Iterator[dict[str, Any]]) -> bool:
    """Make the rows the relation `_NEW_ROWS`; return whether there are any."""
    path = folder / f"{table.name}.json"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
    if not path.stat().st_size:
        return False
    columns = ", ".join(f"\"{column.name}\": '{column.type}'" for column in table.columns)
    snapshot.run(
        f"CREATE OR REPLACE TEMP TABLE {_NEW_ROWS} AS SELECT * FROM read_json($path, format = 'newline_delimited', "
        f"maximum_object_size = 268435456, columns = {{{columns}}})",
        path=str(path),
    )
    return True


def _common(run: CaptureRun, commit_id: str) -> dict[str, Any]:
    return {
        "hour": run.hour,
        "run_id": run.run_id,
        "surface": run.surface.id,
        "platform": run.surface.platform,
        "captured_at": run.captured_at,
        "commit_id": commit_id,
    }


def _item_rows(run: CaptureRun, commit_id: str) -> Iterator[dict[str, Any]]:
    common = _common(run, commit_id)
    for position, item in enumerate(run.parsed.items):
        yield {**common, "position": position, **_item_values(item), "raw_json": raw_json(item.raw)}


def _item_values(item: Item) -> dict[str, Any]:
    values = {name: getattr(item, name) for name in Item.__dataclass_fields__ if name not in ("raw", "platform")}
    values["keys"] = [asdict(key) for key in item.keys]
    values["item_created_at"] = to_utc(item.item_created_at) if item.item_created_at else None
    return values


def _rejected_rows(run: CaptureRun, commit_id: str) -> Iterator[dict[str, Any]]:
    common = _common(run, commit_id)
    for position, entry in enumerate(run.parsed.rejected):
        yield {**common, "position": position, "reason": entry.reason, "detail": entry.detail, "raw_json": raw_json(entry.raw)}


def _run_row(run: CaptureRun, content_hash: str, commit_id: str, committed_at: datetime) -> dict[str, Any]:
    return {
        **_common(run, commit_id),
        "surface_type": run.surface.surface_type,
        "surface_key": run.surface.surface_key,
        "slot": run.slot,
        "attempt": run.attempt,
        "ended_at": run.ended_at,
        "committed_at": committed_at,
        "status": run.status,
        "item_count": len(run.parsed.items),
        "quarantined_count": len(run.parsed.rejected),
        **profile(run.parsed.items),
        "content_hash": content_hash,
        "error_message": run.error_message,
        "cadence_minutes": run.surface.cadence_minutes,
        "min_items": run.surface.min_items,
        "cursor": run.cursor,
        "config": run.surface.model_dump_json(),
    }


def _content_hash(run: CaptureRun) -> str:
    rejected = [(entry.reason, raw_json(entry.raw)) for entry in run.parsed.rejected]
    config = (run.surface.cadence_minutes, run.surface.min_items)
    return sha1(
        [run.captured_at, run.status, run.error_message, config, [_item_values(item) for item in run.parsed.items], rejected]
    )
