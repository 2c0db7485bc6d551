"""The only assembly: everything that Dagster loads, in flow order. Loads with no environment, key or network."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import dagster as dg

warnings.filterwarnings("ignore", category=dg.BetaWarning)  # backfill policies: used on purpose, see docs/architecture.md

from trend_assets import partitions  # noqa: E402 - after the filter: assets are made at import
from trend_assets.capture.assets import archive_assets, coverage_asset, surface_key  # noqa: E402
from trend_assets.capture.surfaces import Surface, load_surfaces  # noqa: E402
from trend_assets.lake.tables import SPINE  # noqa: E402
from trend_assets.resources import Stores  # noqa: E402
from trend_assets.settings import Settings, get_settings  # noqa: E402
from trend_assets.trends.assets import trend_assets  # noqa: E402

PIPELINE = "pipeline"
"""Job over the spine. Captures are jobs of their own: a failed surface never holds an hour back."""
REPLAY = "replay"
"""Job over the archives and the spine in one run."""


def build_defs(settings: Settings) -> dg.Definitions:
    """Return the definitions of one lake: its surfaces, the spine, the jobs."""
    surfaces = lake_surfaces(settings)
    hours = lake_hours(surfaces)
    captures = [surface_key(surface) for surface in surfaces if surface.archive]
    spine = [table.name for table in SPINE]
    jobs = [dg.define_asset_job(PIPELINE, selection=spine, description="Compute hours from what was captured.")]
    if captures:
        everything = dg.AssetSelection.assets(*captures, *spine)
        jobs.append(dg.define_asset_job(REPLAY, selection=everything, description="Load archives and compute their hours."))
    return dg.Definitions(
        assets=[*archive_assets(surfaces, hours), coverage_asset(surfaces, hours), *trend_assets(captures, hours)],
        jobs=jobs,
        resources={"stores": Stores(lake=settings.lake, database_url=settings.database_url)},
        executor=dg.in_process_executor if settings.executor == "in_process" else dg.multiprocess_executor,
    )


def lake_hours(surfaces: Sequence[Surface]) -> dg.HourlyPartitionsDefinition:
    """Return the hours of a lake with these surfaces: from the first one of an archive on."""
    return partitions.hours(min((surface.first_hour for surface in surfaces if surface.first_hour), default=None))


def lake_surfaces(settings: Settings) -> tuple[Surface, ...]:
    """Return the configured surfaces and the archives that were loaded into the lake."""
    own = archives_file(settings)
    return load_surfaces(settings.surfaces, *([own] if own.exists() else []))


def archives_file(settings: Settings) -> Path:
    """Return the file beside the lake that lists the archives loaded into it."""
    return Path(settings.lake).parent / "archives.yaml"


defs = build_defs(get_settings())
