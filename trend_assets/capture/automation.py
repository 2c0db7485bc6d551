"""When surfaces are captured: a schedule for each cadence, one run per platform and tick. And who hears of their health."""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

import dagster as dg

from trend_assets.capture.alerts import send_alerts
from trend_assets.capture.assets import surface_key
from trend_assets.capture.surfaces import DAY_MINUTES, HOUR_MINUTES, Surface, step_minutes
from trend_assets.hours import floor_hour
from trend_assets.partitions import KEY
from trend_assets.resources import Stores
from trend_assets.settings import get_settings

ALERT_SECONDS = 300


def capture_schedules(job: str, surfaces: Sequence[Surface], *, running: bool) -> list[dg.ScheduleDefinition]:
    """Return the schedules of the job over these surfaces; those of no cadence are captured by hand."""
    paced = [surface for surface in surfaces if surface.cadence_minutes]
    ordered = sorted(paced, key=attrgetter("cadence_minutes", "platform", "id"))
    return [
        _schedule(job, minutes, tuple(group), running) for minutes, group in groupby(ordered, key=attrgetter("cadence_minutes"))
    ]


def cron_of(minutes: int) -> str:
    """Return the cron line, in UTC, of a cadence: it ticks at the slots of its surfaces."""
    step = step_minutes(minutes)
    if step < HOUR_MINUTES:
        return f"*/{step} * * * *"
    return f"0 */{step // HOUR_MINUTES} * * *" if step < DAY_MINUTES else "0 0 * * *"


def _schedule(job: str, minutes: int, surfaces: tuple[Surface, ...], running: bool) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=f"capture_every_{minutes}_minutes",
        job_name=job,
        cron_schedule=cron_of(minutes),
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED,
        description=f"Captures {', '.join(surface.id for surface in surfaces)}; each platform in a run of its own.",
    )
    def capture_tick(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        hour = floor_hour(context.scheduled_execution_time)
        for platform, group in groupby(surfaces, key=attrgetter("platform")):
            yield dg.RunRequest(
                run_key=f"{platform} {context.scheduled_execution_time:%Y-%m-%dT%H:%M}",
                partition_key=hour.strftime(KEY),
                asset_selection=[surface_key(surface) for surface in group],
                tags={"platform": platform},
            )

    return capture_tick


def alert_sensor(surfaces: Collection[str], *, running: bool) -> dg.SensorDefinition:
    """Return the sensor that tells which of the surfaces degrade or recover."""

    @dg.sensor(
        name="surface_alerts",
        minimum_interval_seconds=ALERT_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED,
        description="Tells the addresses of TREND_ALERTS, once per change, that a surface degrades or recovers.",
    )
    def surface_alerts(stores: Stores) -> dg.SkipReason:
        # Not a field of a resource: Dagster shows those.
        addresses = get_settings().alerts
        if not addresses:
            return dg.SkipReason("TREND_ALERTS names nobody to tell.")
        work = stores.work()
        return dg.SkipReason(f"{send_alerts(work.lake, work.ledger, surfaces, addresses, work.as_of)} changes.")

    return surface_alerts
