"""Starts Dagster runs in this process, on the lake's own Dagster home, so that the UI shows them like any other run."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import dagster as dg
from dagster import DagsterEventType, EventLogEntry

from trend_assets.capture.assets import surface_key
from trend_assets.capture.configured import lake_surfaces
from trend_assets.capture.surfaces import Surface
from trend_assets.definitions import build_defs, lake_hours
from trend_assets.errors import HourError, PermanentError
from trend_assets.hours import HOUR, Span, floor_hour, parse_hour, to_utc
from trend_assets.instance_storage import prepare_dagster_home
from trend_assets.lake.tables import SPINE
from trend_assets.partitions import range_tags
from trend_assets.run_launcher import end_dead_runs, host_tag
from trend_assets.settings import Settings, use

Progress = Callable[[str], None]
"""Takes a sentence on what has been done."""

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_job(settings: Settings, job: str, span: Span, progress: Progress, *, surfaces: Sequence[Surface] | None = None) -> str:
    """Run a job over the hours as ONE Dagster run and return its run id.

    Args:
        settings: Of the lake.
        job: Name of the job.
        span: The hours.
        progress: Told what has been done.
        surfaces: Of the job's surfaces only these.

    Raises:
        HourError: the lake has no such hours.
        PermanentError: the run failed; the message says which step and why.
    """
    _check_hours(settings, span)
    use(settings)
    prepare_dagster_home(settings.dagster_home)
    definition = build_defs(settings).resolve_job_def(job)
    selection = None if surfaces is None else [*map(surface_key, surfaces), *(dg.AssetKey(table.name) for table in SPINE)]
    run_id = str(uuid4())
    progress(f"planning {len(span)} hours")
    problems: list[str] = []
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        end_dead_runs(instance)
        instance.add_event_listener(run_id, lambda entry: _report(entry, progress, problems))
        result = definition.execute_in_process(
            run_config=_QUIET,
            instance=instance,
            tags=range_tags(span) | host_tag(),
            raise_on_error=False,
            run_id=run_id,
            asset_selection=selection,
        )
    if not result.success:
        raise PermanentError(f"The run {run_id} over {span} failed. {' '.join(problems) or 'Its log is in the Dagster UI.'}")
    return run_id


def refuse_future(span: Span) -> None:
    """Refuse hours that have not begun.

    Raises:
        HourError: there are some.
    """
    last = floor_hour(to_utc(datetime.now(UTC)))
    if span.end > last + HOUR:
        raise HourError(f"{span.end - HOUR:%Y-%m-%dT%H:00} has not begun; the running hour is {last:%Y-%m-%dT%H:00} (UTC).")


def _check_hours(settings: Settings, span: Span) -> None:
    hours = lake_hours(settings, lake_surfaces(settings))
    first = parse_hour(str(hours.get_first_partition_key()))
    if span.start < first:
        raise HourError(f"{span.start:%Y-%m-%dT%H:00} is before the first hour of this lake, {first:%Y-%m-%dT%H:00}.")
    refuse_future(span)


def _report(entry: EventLogEntry, progress: Progress, problems: list[str]) -> None:
    event = entry.dagster_event
    if event is None and entry.step_key and entry.level == logging.INFO:
        progress(entry.user_message)
    if event is None or event.step_key is None:
        return
    if event.event_type is DagsterEventType.STEP_SUCCESS:
        progress(f"{event.step_key} ({event.step_success_data.duration_ms / 1000:.1f} s)")
    elif event.event_type is DagsterEventType.STEP_FAILURE:
        error = event.step_failure_data.error
        cause = error.cause if error and error.cause else error
        problems.append(f"{event.step_key}: {cause.message.strip() if cause else 'unknown error'}")
