"""Capture assets: one per surface, and the coverage of the hours."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter

import dagster as dg

from trend_assets.capture import health
from trend_assets.capture.checks import SURFACES_DELIVERED, surfaces_delivered
from trend_assets.capture.overview import describe_coverage
from trend_assets.capture.replay import archive_runs
from trend_assets.capture.runs import CaptureRun, commit
from trend_assets.capture.surfaces import Surface
from trend_assets.hours import to_utc
from trend_assets.lake.tables import CAPTURES
from trend_assets.resources import Stores, dagster_failures, span_of
from trend_assets.spine_asset import column_schema, spine_asset

GROUP = "capture"


@dataclass(slots=True)
class Tally:
    """What a surface's runs held; an archive is never in memory as a whole."""

    runs: int = 0
    items: int = 0
    quarantined: int = 0
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
    specs = [_spec(surface) for surface in surfaces]

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
            tally = tallies[surface.id]
            metadata: dict[str, int | str] = {
                "hours in this run": len(span),
                "runs": tally.runs,
                "items": tally.items,
                "quarantined": tally.quarantined,
                "not good": "; ".join(sorted(tally.problems)) or "none",
            }
            yield dg.MaterializeResult(asset_key=surface_key(surface), metadata=metadata)

    return replay


def _tallied(runs: Iterable[CaptureRun], tallies: dict[str, Tally]) -> Iterator[CaptureRun]:
    for run in runs:
        tally = tallies[run.surface.id]
        tally.runs += 1
        tally.items += len(run.parsed.items)
        tally.quarantined += len(run.parsed.rejected)
        tally.problems |= {run.error_message} - {""}
        yield run


def _spec(surface: Surface) -> dg.AssetSpec:
    return dg.AssetSpec(
        surface_key(surface),
        description=f"Captures of `{surface.id}`, replayed from `{surface.archive.name if surface.archive else ''}` "
        f"({surface.archive_format}). Appends to the lake table `{CAPTURES.name}`.",
        group_name=GROUP,
        kinds={"python", "deltalake"},
        owners=["team:capture"],
        metadata={
            "dagster/column_schema": column_schema(CAPTURES),
            "cadence (minutes)": surface.cadence_minutes,
            "least items": surface.min_items,
        },
    )


def coverage_asset(surfaces: Sequence[Surface], hours: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """Return the asset of the hours' coverage; it reads what all surfaces captured."""
    return spine_asset(
        health.STEP,
        hours,
        group=GROUP,
        deps=[surface_key(surface) for surface in surfaces if surface.archive],
        check_specs=[SURFACES_DELIVERED],
        evaluate=lambda lake, _table, span: [surfaces_delivered(lake, span)],
        describe=describe_coverage,
    )
