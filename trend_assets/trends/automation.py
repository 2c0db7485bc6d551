"""When hours are computed: when their captures have landed, again when something of theirs changes, and when they close."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import dagster as dg

from trend_assets.capture.health import GRACE_MINUTES
from trend_assets.capture.live import due_in
from trend_assets.capture.surfaces import Surface
from trend_assets.hours import HOUR, Span, floor_hour, spans
from trend_assets.lake.lake import Lake
from trend_assets.lake.tables import CAPTURE_RUNS
from trend_assets.partitions import KEY, range_tags
from trend_assets.resources import Stores
from trend_assets.trends import spine

SENSOR_SECONDS = 30
_RUN_KEY = "dagster/run_key"  # Dagster's tag of a requested run
_IN_PROGRESS = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def landed_sensor(job: str, surfaces: Sequence[Surface], *, running: bool) -> dg.SensorDefinition:
    """Return the sensor that starts the job for hours that are out of date, one span at a time, ascending.

    The running hour waits until all that is due of it so far has landed, once per landing; earlier hours wait for nothing.
    Of a span whose run failed its first half is run, down to the hour that fails alone. That one is not run again before
    something of it changes, and holds up no other.
    """

    @dg.sensor(
        name="captures_landed",
        job_name=job,
        minimum_interval_seconds=SENSOR_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED,
        description="Computes an hour when its captures have landed, and again for late ones and whatever else outdates it.",
    )
    def captures_landed(context: dg.SensorEvaluationContext, stores: Stores) -> Iterator[dg.RunRequest | dg.SkipReason]:
        if context.instance.get_run_records(dg.RunsFilter(job_name=job, statuses=_IN_PROGRESS), limit=1):
            yield dg.SkipReason("The pipeline is running; what it leaves out of date is next.")
            return
        work = stores.work()
        dirty = spine.dirty_hours(work)
        waiting = _waiting(work.lake, surfaces, work.as_of)
        ready = [hour for hour in dirty if hour != floor_hour(work.as_of) or not waiting]
        if not ready:
            missing = f": {', '.join(sorted(waiting))} has not landed" if dirty else ""
            yield dg.SkipReason(f"{'The running hour waits' if dirty else 'Every hour is up to date'}{missing}.")
            return
        for part in (part for whole in spans(ready) for part in whole.parts(spine.MAX_RUN_HOURS)):
            digests = spine.fingerprints(work, part)
            if span := _untried(part, lambda spans, digests=digests: _asked(context.instance, job, spans, digests)):  # type: ignore[misc]
                yield dg.RunRequest(run_key=_key(span, digests), tags=range_tags(span))
                return
        yield dg.SkipReason(
            f"{len(ready)} hours were run and are out of date all the same, the first {ready[0]:{KEY}}: look at its last run."
        )

    return captures_landed


def _untried(part: Span, asked: Callable[[Sequence[Span]], set[Span]]) -> Span | None:
    """Return the hours of the part to be run next, None when each was run alone; `asked` says which of some spans were run."""
    alone = asked([Span.of(hour) for hour in part])
    span = next(spans([hour for hour in part if Span.of(hour) not in alone]), None)
    while span and asked([span]):
        span = next(span.parts((len(span) + 1) // 2))
    return span


def _asked(instance: dg.DagsterInstance, job: str, asked: Sequence[Span], digests: Mapping[datetime, str]) -> set[Span]:
    """Return those of the spans that a run was started for, with nothing changed since."""
    keys = {_key(span, digests): span for span in asked}
    records = instance.get_run_records(dg.RunsFilter(job_name=job, tags={_RUN_KEY: list(keys)}))
    return {keys[record.dagster_run.tags[_RUN_KEY]] for record in records}


def _key(span: Span, digests: Mapping[datetime, str]) -> str:
    """Return the run key of the span."""
    digest = hashlib.sha1("".join(digests[hour] for hour in span).encode(), usedforsecurity=False).hexdigest()
    return f"{span} {digest}"


def closing_schedule(job: str, first: datetime, *, running: bool) -> dg.ScheduleDefinition:
    """Return the schedule that computes the hour that has just closed, also when nothing of it was captured.

    Args:
        job: The pipeline's job.
        first: First hour of the lake, naive UTC.
        running: Whether it is on from the start.
    """

    @dg.schedule(
        name="close_the_hour",
        job_name=job,
        cron_schedule=f"{GRACE_MINUTES + 1} * * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED,
        description=f"Computes the previous hour, {GRACE_MINUTES} minutes after its end: from then on it is not provisional.",
    )
    def close_the_hour(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        hour = floor_hour(context.scheduled_execution_time) - HOUR
        if hour < first:
            return dg.SkipReason(f"{hour} is before the first hour of the lake, {first}.")
        return dg.RunRequest(run_key=f"close {hour:{KEY}}", partition_key=hour.strftime(KEY))

    return close_the_hour


def _waiting(lake: Lake, surfaces: Sequence[Surface], now: datetime) -> set[str]:
    """Return the surfaces of which a run of the running hour has not landed, and is not overdue."""
    hour, overdue = Span.of(floor_hour(now)), now - timedelta(minutes=GRACE_MINUTES)
    with lake.snapshot() as snapshot:
        snapshot.view(CAPTURE_RUNS, hour.start, hour.end)
        landed = set(snapshot.rows("SELECT DISTINCT surface, slot FROM capture_runs"))
    paced = [surface for surface in surfaces if surface.cadence_minutes]  # nobody knows when others come
    due = [due for due in due_in(paced, hour, now) if due.slot > overdue]
    return {due.surface.id for due in due if (due.surface.id, due.slot) not in landed}
