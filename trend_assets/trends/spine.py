"""The spine as a whole: its steps in flow order, one run over some hours, and which hours have to be run again.

Dagster assets run the same steps one by one; this module runs them without Dagster, for tests and tools.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from trend_assets.capture import health
from trend_assets.capture.visible import visible_runs
from trend_assets.hours import HOUR, Span, spans
from trend_assets.lake.lake import Replaced, Snapshot
from trend_assets.lake.tables import CAPTURE_RUNS, CAPTURES, COVERAGE, TOMBSTONES, WINDOW_HOURS
from trend_assets.ledger.ledger import Ledger
from trend_assets.steps import Step, Work
from trend_assets.trends import buckets, candidates, clusters, evidence, observations
from trend_assets.trends.lifecycle import EXPIRY_HOURS

STEPS: tuple[Step, ...] = (health.STEP, observations.STEP, *evidence.STEPS, *clusters.STEPS, buckets.STEP, *candidates.STEPS)
CODE_VERSION = hashlib.sha1(" ".join(f"{s.table.name}:{s.version}" for s in STEPS).encode(), usedforsecurity=False).hexdigest()
MAX_RUN_HOURS = 720
"""Most hours of one run over dirty hours."""

_INPUTS = """
SELECT hour, md5(string_agg(concat(surface, ' ', inputs), ',' ORDER BY surface)) FROM {} GROUP BY hour
"""
_CAPTURED = f"(SELECT surface, hour, {health.HOUR_INPUTS} AS inputs FROM visible_runs GROUP BY ALL)"


def run(work: Work, span: Span) -> dict[str, Replaced]:
    """Run all steps for the hours of the span; returns what each did."""
    work = replace(work, run_id=str(uuid4()))
    begin(work.ledger, span, work.run_id)
    replaced = {step.table.name: step.run(work, span) for step in STEPS}
    finish(work, span, work.run_id)
    return replaced


def begin(ledger: Ledger, span: Span, run_id: str) -> None:
    """Claim the hours: before anything of the run is read."""
    ledger.claim(span, run_id, "computing")


def finish(work: Work, span: Span, run_id: str) -> None:
    """Settle the hours: after the last step."""
    with work.lake.snapshot() as snapshot:
        snapshot.view(COVERAGE, span.start, span.end)
        snapshot.run("CREATE OR REPLACE TEMP VIEW used AS SELECT * FROM coverage WHERE run_count > 0")
        inputs = _inputs(snapshot, "used")
    work.ledger.settle(span, run_id, inputs, CODE_VERSION, WINDOW_HOURS)


def run_dirty(work: Work, *, within: Span | None = None, execute: Callable[[Work, Span], object] = run) -> Iterator[Span]:
    """Run dirty hours with `execute`, ascending, until there are none; yields each span before it is run.

    A change that travels on hour by hour is followed with spans that double, up to a month.
    """
    length, expected = 1, None
    while dirty := [hour for hour in dirty_hours(work) if within is None or hour in within]:
        first = next(spans(dirty))
        length = min(2 * length, MAX_RUN_HOURS) if first.start == expected else 1
        last = within.end if within else (work.ledger.last_hour() or first.start) + HOUR
        end = max(first.end, min(first.start + length * HOUR, last))
        span = Span(first.start, min(end, first.start + MAX_RUN_HOURS * HOUR))
        yield span
        execute(work, span)
        expected = span.end


def dirty_hours(work: Work) -> dict[datetime, str]:
    """Return every hour whose rows may be out of date, ascending, with the reason.

    Late, replaced or removed captures, other code, hours that closed since they were computed provisionally, hours that
    were never computed although a capture before them can still matter, and hours marked by a run.
    """
    _mark_tombstones(work)
    settled = work.ledger.settled()
    dirty = dict(work.ledger.dirty())
    with work.lake.snapshot() as snapshot:
        visible_runs(snapshot, None)
        inputs = _inputs(snapshot, _CAPTURED)
        closed = work.as_of - HOUR - timedelta(minutes=health.GRACE_MINUTES)
        snapshot.view(COVERAGE, None, None)
        closed_hours = snapshot.rows("SELECT DISTINCT hour FROM coverage WHERE provisional AND hour <= ?", [closed])
        provisional = {hour for (hour,) in closed_hours}
    for hour in _due_hours(sorted(inputs), settled):
        if hour not in settled:
            dirty.setdefault(hour, "never computed")
        elif settled[hour][0] != inputs.get(hour, ""):
            dirty.setdefault(hour, "its captures changed")
        elif settled[hour][1] != CODE_VERSION:
            dirty.setdefault(hour, "computed by other code")
        elif hour in provisional:
            dirty.setdefault(hour, "it was not complete when it was computed")
    return dict(sorted(dirty.items()))


def fingerprints(work: Work, span: Span) -> dict[datetime, str]:
    """Return a digest per hour of what it would be computed from: runs that fail do not change it."""
    revisions = work.ledger.revisions(span)
    with work.lake.snapshot() as snapshot:
        visible_runs(snapshot, span)
        inputs = _inputs(snapshot, _CAPTURED)
    known = {hour: f"{CODE_VERSION} {revisions[hour]} {inputs.get(hour, '')}" for hour in span}
    return {hour: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() for hour, text in known.items()}


def _due_hours(captured: Sequence[datetime], settled: Collection[datetime]) -> list[datetime]:
    """Return the hours with captures, those computed before, and those between them in which an episode can be open."""
    due = {*captured, *settled}
    last = max(due, default=None)
    for hour, following in zip(captured, [*captured[1:], last], strict=False):
        end = min(following or hour, hour + (EXPIRY_HOURS + 1) * HOUR)
        due.update(Span(hour, end) if end > hour else ())
    return sorted(due)


def _inputs(snapshot: Snapshot, relation: str) -> dict[datetime, str]:
    return dict(snapshot.rows(_INPUTS.format(relation)))


def _mark_tombstones(work: Work) -> None:
    """Mark the hours of removals that were written, but whose hours were not marked yet."""
    with work.lake.snapshot() as snapshot:
        snapshot.view(TOMBSTONES, None, None)
        tombstones = snapshot.rows("SELECT DISTINCT kind, platform, value FROM tombstones ORDER BY ALL")
        marked = work.ledger.marked_tombstones() if tombstones else set()
        for kind, platform, value in tombstones:
            name = hashlib.sha1(f"{kind}\x1f{platform}\x1f{value}".encode(), usedforsecurity=False).hexdigest()
            if name not in marked:
                work.ledger.mark_tombstone(name, _hours_of(snapshot, kind, platform, value))


def _hours_of(snapshot: Snapshot, kind: str, platform: str, value: str) -> list[datetime]:
    snapshot.view(CAPTURES, None, None)
    snapshot.view(CAPTURE_RUNS, None, None)
    named = {
        "item": "FROM captures WHERE platform = $platform AND platform_item_id = $value",
        "author": "FROM captures WHERE platform = $platform AND $value IN (author_id, author_handle)",
        "handle": "FROM captures WHERE platform = $platform AND author_handle = $value AND author_id IS NULL",
        "run": "FROM capture_runs WHERE $platform = '' AND run_id = $value",
    }
    query = f"SELECT DISTINCT hour {named[kind]}"
    return [hour for (hour,) in snapshot.connection.execute(query, {"platform": platform, "value": value}).fetchall()]
