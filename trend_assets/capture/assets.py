"""Capture assets: one per surface, and the coverage of the hours."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter

import dagster as dg

from trend_assets.capture import health, live
from trend_assets.capture.checks import SURFACES_DELIVERED, surfaces_delivered
from trend_assets.capture.overview import describe_coverage
from trend_assets.capture.replay import archive_runs
from trend_assets.capture.runs import CaptureRun, commit
from trend_assets.capture.surfaces import Surface
from trend_assets.hours import HOUR, Span, floor_hour, to_utc
from trend_assets.lake.lake import Lake
from trend_assets.lake.tables import CAPTURE_RUNS, CAPTURES
from trend_assets.resources import Fetchers, Stores, dagster_failures, span_of
from trend_assets.spine_asset import column_schema, spine_asset

GROUP = "capture"
LATE_MINUTES = 15
"""A surface is not fresh when it has missed a run, and is this late with the next one."""


@dataclass(slots=True)
class Tally:
    """What a surface's runs held; an archive is never in memory as a whole."""

    runs: int = 0
    items: int = 0
    quarantined: int = 0
    failed: int = 0
    """Runs that brought nothing."""
    problems: set[str] = field(default_factory=set)


def surface_key(surface: Surface) -> dg.AssetKey:
    """Return the asset key of a surface."""
    return dg.AssetKey([GROUP, surface.asset_name])


def archive_assets(surfaces: Sequence[Surface], hours: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """Return one subsettable multi-asset per archive file: its surfaces share the reading of the file."""
    archives = sorted((surface for surface in surfaces if surface.archive), key=attrgetter("archive", "id"))
    return [_archive_asset(tuple(group), hours) for _, group in groupby(archives, key=attrgetter("archive"))]


def _archive_asset(surfaces: tuple[Surface, ...], hours: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    by_key = {surface_key(surface): surface for surface in surfaces}
    specs = [_archive_spec(surface) for surface in surfaces]

    @dg.multi_asset(
        name=f"replay_{surfaces[0].asset_name}",
        specs=specs,
        can_subset=True,
        partitions_def=hours,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def replay(context: dg.AssetExecutionContext, stores: Stores) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        chosen = [by_key[key] for key in sorted(context.selected_asset_keys)]
        span, path = span_of(context), chosen[0].archive
        with dagster_failures():
            tallies = {surface.id: Tally() for surface in chosen}
            runs = _tallied(archive_runs(path, chosen, span), tallies) if path else iter(())
            done = commit(stores.work().lake, runs, to_utc(datetime.now(UTC)))
        context.log.info(f"{done.runs} runs with {done.items} items committed, {done.unchanged} were there already.")
        for surface in chosen:
            yield dg.MaterializeResult(asset_key=surface_key(surface), metadata=_metadata(tallies[surface.id], span))

    return replay


def _tallied(runs: Iterable[CaptureRun], tallies: dict[str, Tally]) -> Iterator[CaptureRun]:
    for run in runs:
        tally = tallies[run.surface.id]
        tally.runs += 1
        tally.items += len(run.parsed.items)
        tally.quarantined += len(run.parsed.rejected)
        tally.failed += run.status == "failed"
        tally.problems |= {run.error_message} - {""}
        yield run


def live_assets(surfaces: Sequence[Surface], hours: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """Return one subsettable multi-asset per platform: its surfaces share a browser, as tabs."""
    ordered = sorted(surfaces, key=attrgetter("platform", "id"))
    return [_live_asset(platform, tuple(group), hours) for platform, group in groupby(ordered, key=attrgetter("platform"))]


def _live_asset(platform: str, surfaces: tuple[Surface, ...], hours: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    by_key = {surface_key(surface): surface for surface in surfaces}

    @dg.multi_asset(
        name=f"capture_{platform}",
        specs=[_live_spec(surface) for surface in surfaces],
        can_subset=True,
        partitions_def=hours,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=platform,
    )
    def capture(context: dg.AssetExecutionContext, stores: Stores, fetchers: Fetchers) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        chosen = [by_key[key] for key in sorted(context.selected_asset_keys)]
        span, lake = span_of(context), stores.work().lake
        tallies = {surface.id: Tally() for surface in chosen}
        with dagster_failures(), fetchers.network() as network, live.alone(network, chosen):
            dues = _dues(network, lake, chosen, span)
            made = 0
            with closing(live.capture(network, dues, _now)) as batches:
                for runs in batches:
                    made += len(runs)
                    commit(lake, _tallied(runs, tallies), _now())
                    context.log.info(f"{made} of {len(dues)} runs made")
            missing = {} if network.simulated else _missing(lake, chosen, span)
        silent = {name: tally for name, tally in tallies.items() if tally.runs and tally.failed == tally.runs}
        for surface in chosen:
            # Also one that had no run to make: Dagster would skip all that follows it in this run.
            if surface.id not in silent and surface.id not in missing:
                yield dg.MaterializeResult(asset_key=surface_key(surface), metadata=_metadata(tallies[surface.id], span))
        failures = [f"{name}: {'; '.join(sorted(tally.problems))}" for name, tally in silent.items()]
        failures += [
            f"{name}: nothing was captured in the hour {hour:%Y-%m-%dT%H:00}, and what is past cannot be captured. "
            "Coverage says that it is missing; choose later hours."
            for name, hour in missing.items()
        ]
        if failures:
            raise dg.Failure("\n".join(failures), allow_retries=False)

    return capture


def _dues(network: live.Network, lake: Lake, surfaces: Sequence[Surface], span: Span) -> list[live.Due]:
    """Return the runs to be made: of all hours where time is simulated, else of the running one."""
    now = _now()
    if network.simulated:
        return live.due_in(surfaces, span, now)
    return live.due_now(surfaces, now, _attempts(lake, surfaces, now)) if now in span else []


def _attempts(lake: Lake, surfaces: Sequence[Surface], now: datetime) -> Counter[tuple[str, datetime]]:
    """Count the runs that there are of each surface and present slot."""
    with lake.snapshot() as snapshot:
        snapshot.view(CAPTURE_RUNS, floor_hour(min(live.slot_of(surface, now) for surface in surfaces)), None)
        query = "SELECT surface, slot, max(attempt) + 1 FROM capture_runs GROUP BY ALL"
        return Counter({(surface, slot): count for surface, slot, count in snapshot.rows(query)})


def _missing(lake: Lake, surfaces: Sequence[Surface], span: Span) -> dict[str, datetime]:
    """Return the surfaces that brought nothing in an hour before the running one in which they were due, and the last such."""
    past = [hour for hour in span if hour < floor_hour(_now())]
    with lake.snapshot() as snapshot:
        snapshot.view(CAPTURE_RUNS, span.start, span.end)
        captured = set(snapshot.rows("SELECT DISTINCT surface, hour FROM capture_runs WHERE status <> 'failed'"))
    return {
        surface.id: hour
        for surface in surfaces
        for hour in past
        if live.due_in([surface], Span.of(hour), hour + HOUR) and (surface.id, hour) not in captured
    }


def _now() -> datetime:
    return to_utc(datetime.now(UTC))


def _metadata(tally: Tally, span: Span) -> dict[str, int | str]:
    return {
        "hours in this run": len(span),
        "runs": tally.runs,
        "items": tally.items,
        "quarantined": tally.quarantined,
        "not good": "; ".join(sorted(tally.problems)) or "none",
    }


def _archive_spec(surface: Surface) -> dg.AssetSpec:
    source = f"replayed from `{surface.archive.name if surface.archive else ''}` ({surface.archive_format})"
    return _spec(surface, source)


def _live_spec(surface: Surface) -> dg.AssetSpec:
    late = timedelta(minutes=2 * surface.cadence_minutes + LATE_MINUTES)
    return _spec(surface, "as the platform shows it").replace_attributes(
        skippable=True,
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=late) if surface.cadence_minutes else None,
    )


def _spec(surface: Surface, source: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        surface_key(surface),
        description=f"Captures of `{surface.id}`, {source}. Appends to the lake table `{CAPTURES.name}`.",
        group_name=GROUP,
        kinds={"python", "deltalake"},
        owners=["team:capture"],
        metadata={
            "dagster/column_schema": column_schema(CAPTURES),
            "cadence (minutes)": surface.cadence_minutes,
            "least items": surface.min_items,
            "requests per run": surface.requests_per_run,
            "priority": surface.priority or "none",
        },
    )


def coverage_asset(surfaces: Sequence[Surface], hours: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """Return the asset of the hours' coverage; it reads what all surfaces captured."""
    return spine_asset(
        health.STEP,
        hours,
        group=GROUP,
        deps=[surface_key(surface) for surface in surfaces],
        check_specs=[SURFACES_DELIVERED],
        evaluate=lambda work, _table, span: [surfaces_delivered(work.lake, span)],
        describe=describe_coverage,
    )
