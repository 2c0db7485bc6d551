"""As many assets as the spine has, over the same hours, that do nothing: what Dagster itself costs."""

import dagster as dg

from trend_assets.lake.tables import SPINE
from trend_assets.partitions import hours

JOB = "empty"


def empty_defs() -> dg.Definitions:
    """Return one empty asset per table of the spine, in a chain, and the job over them."""
    assets: list[dg.AssetsDefinition] = []
    for table in SPINE:
        assets.append(_empty(f"empty_{table.name}", [assets[-1].key] if assets else []))
    return dg.Definitions(assets=assets, jobs=[dg.define_asset_job(JOB)], executor=dg.in_process_executor)


def _empty(name: str, deps: list[dg.AssetKey]) -> dg.AssetsDefinition:
    @dg.asset(name=name, deps=deps, partitions_def=hours(), backfill_policy=dg.BackfillPolicy.single_run())
    def asset(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
        return dg.MaterializeResult(metadata={"hours": len(context.partition_keys)})

    return asset


defs = empty_defs()
