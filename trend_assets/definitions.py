"""The only assembly: everything that Dagster loads, in flow order. Loads with no environment, key or network."""

import warnings
from collections.abc import Sequence

import dagster as dg

warnings.filterwarnings("ignore", category=dg.BetaWarning)  # backfill policies: used on purpose, see docs/architecture.md

from trend_assets import partitions  # noqa: E402 - after the filter: assets are made at import
from trend_assets.capture.assets import archive_assets, coverage_asset, live_assets, surface_key  # noqa: E402
from trend_assets.capture.automation import alert_sensor, capture_schedules  # noqa: E402
from trend_assets.capture.configured import lake_surfaces  # noqa: E402
from trend_assets.capture.surfaces import Surface  # noqa: E402
from trend_assets.hours import to_utc  # noqa: E402
from trend_assets.lake.assets import lake_compaction  # noqa: E402
from trend_assets.lake.automation import compaction_schedule  # noqa: E402
from trend_assets.lake.tables import SPINE  # noqa: E402
from trend_assets.resources import Fetchers, Stores  # noqa: E402
from trend_assets.settings import Settings, get_settings  # noqa: E402
from trend_assets.trends.assets import trend_assets  # noqa: E402
from trend_assets.trends.automation import closing_schedule, landed_sensor  # noqa: E402

PIPELINE = "pipeline"
"""Job over the spine. Captures are jobs of their own: a failed surface never holds an hour back."""
REPLAY = "replay"
"""Job over the archives and the spine in one run."""
CAPTURE = "capture"
"""Job over the live surfaces."""
COMPACT = "compact"
"""Job over the lake's files."""


def build_defs(settings: Settings) -> dg.Definitions:
    """Return the definitions of one lake: its surfaces, the spine, the jobs and what starts them.

    Raises:
        SettingsError: a surface is set up wrongly.
    """
    surfaces = lake_surfaces(settings)
    hours = lake_hours(settings, surfaces)
    captures = [surface_key(surface) for surface in surfaces]
    spine = [table.name for table in SPINE]
    jobs = [dg.define_asset_job(PIPELINE, selection=spine, description="Compute hours from what was captured.")]
    jobs.append(dg.define_asset_job(COMPACT, selection=[lake_compaction], description="Tidy the lake's files."))
    schedules = [compaction_schedule(COMPACT, running=settings.automation)]
    sensors: list[dg.SensorDefinition] = []
    archives = [surface_key(surface) for surface in surfaces if surface.archive]
    live = [surface for surface in surfaces if not surface.archive]
    if archives:
        everything = dg.AssetSelection.assets(*archives, *spine)
        jobs.append(dg.define_asset_job(REPLAY, selection=everything, description="Load archives and compute their hours."))
    if live:
        everything = dg.AssetSelection.assets(*map(surface_key, live))
        jobs.append(dg.define_asset_job(CAPTURE, selection=everything, description="Capture surfaces as they are now."))
        schedules += capture_schedules(CAPTURE, live, running=settings.automation)
        schedules.append(closing_schedule(PIPELINE, to_utc(hours.start), running=settings.automation))
        sensors.append(landed_sensor(PIPELINE, live, running=settings.automation))
        if settings.mode == "live":  # nobody is to be called for a simulation
            sensors.append(alert_sensor([surface.id for surface in live], running=settings.automation))
    return dg.Definitions(
        assets=[
            *archive_assets(surfaces, hours),
            *live_assets(live, hours),
            coverage_asset(surfaces, hours),
            *trend_assets(captures, hours, fresh=bool(live)),
            lake_compaction,
        ],
        jobs=jobs,
        schedules=schedules,
        sensors=sensors,
        resources={
            "stores": Stores(lake=settings.lake, database_url=settings.database_url),
            "fetchers": Fetchers.of(settings),
        },
        executor=dg.in_process_executor if settings.executor == "in_process" else dg.multiprocess_executor,
    )


def lake_hours(settings: Settings, surfaces: Sequence[Surface]) -> dg.HourlyPartitionsDefinition:
    """Return the hours of a lake with these surfaces: from the first one of an archive on, else from the setting's."""
    return partitions.hours(min((s.first_hour for s in surfaces if s.first_hour), default=settings.first_hour))


defs = build_defs(get_settings())
