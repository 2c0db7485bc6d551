"""As many empty assets as the spine has, on the same hours: what Dagster itself costs.

`EMPTY` has the assets and nothing else; `EMPTY_CHECKED` has the spine's checks too, all of which pass.
"""

import dagster as dg

from bench.world import START
from trend_assets import definitions, partitions  # noqa: F401 - definitions first: it quiets Dagster's warnings
from trend_assets.capture.checks import SURFACES_DELIVERED
from trend_assets.lake.tables import COVERAGE, SPINE, Table
from trend_assets.trends.assets import SOURCES
from trend_assets.trends.checks import checks_of

EMPTY, EMPTY_CHECKED = "empty", "empty_checked"


def _asset(table: Table, prefix: str, hours: dg.PartitionsDefinition, *, checked: bool) -> dg.AssetsDefinition:
    names = [spec.name for spec in ([SURFACES_DELIVERED] if table is COVERAGE else [check.spec for check in checks_of(table)])]

    @dg.asset(
        key=[prefix, table.name],
        deps=[dg.AssetKey([prefix, source.name]) for source in SOURCES.get(table.name, ())],
        partitions_def=hours,
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=[dg.AssetCheckSpec(name, asset=[prefix, table.name]) for name in names if checked],
    )
    def empty() -> dg.MaterializeResult:  # type: ignore[type-arg]
        results = [dg.AssetCheckResult(passed=True, check_name=name) for name in names if checked]
        return dg.MaterializeResult(check_results=results)

    return empty


def build() -> dg.Definitions:
    """Return both jobs."""
    hours = partitions.hours(START)
    jobs, assets = [], []
    for job, checked in ((EMPTY, False), (EMPTY_CHECKED, True)):
        made = [_asset(table, job, hours, checked=checked) for table in SPINE]
        assets += made
        jobs.append(dg.define_asset_job(job, selection=[asset.key for asset in made]))
    return dg.Definitions(assets=assets, jobs=jobs, executor=dg.in_process_executor)


defs = build()
