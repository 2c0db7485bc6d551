"""The lake's upkeep as Dagster runs it."""

import random
from pathlib import Path

import dagster as dg

from trend_assets.hours import HOUR, Span
from trend_assets.lake.assets import lake_compaction
from trend_assets.lake.tables import OBSERVATIONS
from trend_assets.resources import Stores
from trend_assets.trends import spine
from trend_assets_tests.stores import commit_world, export, open_stores
from trend_assets_tests.worlds import START, random_world


def test_compaction_changes_no_row_and_leaves_one_file_per_day(tmp_path: Path) -> None:
    work = open_stores(tmp_path)
    commit_world(work, random_world(random.Random(4), 6))
    for hour in Span(START, START + 6 * HOUR):
        spine.run(work, Span.of(hour))
    before = export(work.lake)
    stores = Stores(lake=str(work.lake.root), database_url=work.ledger.url)
    result = dg.materialize([lake_compaction], resources={"stores": stores})
    assert result.success
    (event,) = result.asset_materializations_for_node("lake_compaction")
    rewritten = event.metadata["files rewritten"].value
    assert isinstance(rewritten, int)
    assert rewritten >= 6
    with work.lake.latest(OBSERVATIONS) as handle:
        assert len(handle.file_uris()) == len({hour.date() for hour in Span(START, START + 6 * HOUR)})
    assert export(work.lake) == before
    assert spine.dirty_hours(work) == {}
