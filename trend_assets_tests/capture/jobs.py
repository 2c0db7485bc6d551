"""Capture jobs over the sandbox, in this process or in one of their own."""

from collections.abc import Sequence
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import dagster as dg

from trend_assets.capture.assets import surface_key
from trend_assets.capture.surfaces import Surface
from trend_assets.definitions import CAPTURE, build_defs
from trend_assets.hours import Span
from trend_assets.partitions import range_tags
from trend_assets.settings import Settings
from trend_assets_tests.capture.live import SURFACES, RealTime

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

Outcome = tuple[set[str], str]
"""The surfaces that were materialized, and why the run failed, which is empty when it did not."""


def simulated(folder: Path, url: str) -> Settings:
    """Return the settings of a lake whose time is simulated."""
    return Settings.for_lake(folder, mode="sandbox", sandbox_url=url)


def real_time(folder: Path, url: str, **settings_of_it: Any) -> dg.Definitions:
    """Return the definitions of a live lake that takes the sandbox for the platforms."""
    settings = Settings.for_lake(folder, **settings_of_it)
    made = build_defs(settings)
    fetchers = RealTime(state=str(settings.state), sandbox_url=url, chromium=None)
    return dg.Definitions(
        assets=made.assets,
        jobs=made.jobs,
        schedules=made.schedules,
        executor=made.executor,
        resources={**(made.resources or {}), "fetchers": fetchers},
    )


def run(definitions: dg.Definitions, span: Span, surfaces: Sequence[Surface]) -> Outcome:
    """Run the capture job over the hours."""
    return outcome(execute(definitions, asset_selection=list(map(surface_key, surfaces)), tags=range_tags(span)))


def run_requested(definitions: dg.Definitions, request: dg.RunRequest) -> Outcome:
    """Run what a schedule asked for."""
    keys = list(request.asset_selection or ())
    return outcome(execute(definitions, asset_selection=keys, tags=dict(request.tags), partition_key=request.partition_key))


def execute(definitions: dg.Definitions, **how: Any) -> dg.ExecuteInProcessResult:
    return definitions.resolve_job_def(CAPTURE).execute_in_process(run_config=_QUIET, raise_on_error=False, **how)


def outcome(result: dg.ExecuteInProcessResult) -> Outcome:
    done = {event.asset_key.path[-1] for event in result.get_asset_materialization_events() if event.asset_key}
    failures = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    told = [(failed.user_failure_data.description or "") if failed.user_failure_data else str(failed) for failed in failures]
    assert bool(told) != result.success
    return done, "\n".join(told)


def in_a_process(folder: Path, url: str, together: Barrier, span: Span, names: Sequence[str]) -> None:
    """Run the job on a live lake, as soon as all others are there."""
    definitions = real_time(folder, url)
    together.wait(120)
    assert run(definitions, span, [SURFACES[name] for name in names])[1] == ""
