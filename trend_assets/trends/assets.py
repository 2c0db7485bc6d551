"""The spine's assets after coverage, in flow order."""

from datetime import timedelta

import dagster as dg

from trend_assets.lake.tables import (
    ARTIFACTS,
    BUCKETS,
    CANDIDATES,
    CLUSTERS,
    COVERAGE,
    EVIDENCE,
    LINKS,
    OBSERVATIONS,
    TRANSITIONS,
    Table,
)
from trend_assets.spine_asset import Describe, spine_asset
from trend_assets.trends.checks import checks_of, evaluate
from trend_assets.trends.overview import describe_buckets, describe_candidates, describe_transitions
from trend_assets.trends.spine import STEPS, finish

GROUP = "trends"
FRESH = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=2), warn_window=timedelta(minutes=75))
"""An hour is computed when its captures have landed, and when it closes: the last table is written twice an hour."""

SOURCES: dict[str, tuple[Table, ...]] = {
    OBSERVATIONS.name: (COVERAGE,),
    EVIDENCE.name: (OBSERVATIONS,),
    ARTIFACTS.name: (EVIDENCE,),
    CLUSTERS.name: (OBSERVATIONS,),
    LINKS.name: (EVIDENCE, CLUSTERS),
    BUCKETS.name: (COVERAGE, OBSERVATIONS, EVIDENCE, ARTIFACTS, CLUSTERS, LINKS),
    CANDIDATES.name: (COVERAGE, BUCKETS),
    TRANSITIONS.name: (CANDIDATES,),
}
"""What each table is made from, besides its own earlier hours. Observations are made from the captures, and after
coverage: its step claims the hours before anything is read, and says which captures they were computed from."""

DESCRIPTIONS: dict[str, Describe] = {
    BUCKETS.name: describe_buckets,
    CANDIDATES.name: describe_candidates,
    TRANSITIONS.name: describe_transitions,
}
"""What is shown of the hours that a run wrote, by table."""


def trend_assets(
    captures: list[dg.AssetKey], hours: dg.PartitionsDefinition, *, fresh: bool = False
) -> list[dg.AssetsDefinition]:
    """Return the assets from observations to transitions.

    Args:
        captures: The surfaces' assets.
        hours: The partitions.
        fresh: Whether new hours come all the time: then a table that gets none is not fresh.
    """
    assets = [
        spine_asset(
            step,
            hours,
            group=GROUP,
            deps=[dg.AssetKey(table.name) for table in SOURCES[step.table.name]]
            + (captures if step.table is OBSERVATIONS else []),
            check_specs=[check.spec for check in checks_of(step.table)],
            evaluate=evaluate,
            describe=DESCRIPTIONS.get(step.table.name, lambda _lake, _span: {}),
            finish=finish if step.table is TRANSITIONS else None,
        )
        for step in STEPS
        if step.table is not COVERAGE
    ]
    if fresh:
        assets[-1] = assets[-1].map_asset_specs(lambda spec: spec.replace_attributes(freshness_policy=FRESH))
    return assets
