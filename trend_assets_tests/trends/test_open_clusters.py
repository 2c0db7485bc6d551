"""An hour reads only the last rows of the clusters that are still open, wherever in the window they lie (docs/spine.md §5)."""

from pathlib import Path
from typing import Any

import pytest

from trend_assets.hours import HOUR, Span
from trend_assets.trends import spine
from trend_assets_tests.reference import compute
from trend_assets_tests.stores import capture_run, commit_world, open_stores
from trend_assets_tests.trends.test_reference_agrees import actual, oracle
from trend_assets_tests.worlds import START

Row = dict[str, Any]

LAST = 12
"""The hour that is computed alone, when those before it are there."""


def run(hour: int, surface: str, *topics: str, cadence_minutes: int = 60, min_items: int = 1) -> Row:
    """A run that lists a post of each topic."""
    items = [
        {
            "platform_item_id": f"{topic} of {surface}", "item_type": "video", "is_post": True, "position": position,
            "rank": position, "keys": [("hashtag", f"tiktok:#{topic}", topic, topic)],
        }
        for position, topic in enumerate(topics)
    ]  # fmt: skip
    at = START + hour * HOUR
    row: Row = {"surface": f"tiktok:{surface}", "platform": "tiktok", "slot": at, "attempt": 1, "captured_at": at}
    row |= {"status": "success", "cadence_minutes": cadence_minutes, "min_items": min_items}
    row |= {"items": items, "item_count": len(items)}
    return row | {"run_id": capture_run(row).run_id}


def steady(*topics: str) -> list[Row]:
    """A surface that is good in every hour, and lists the topics in the first one only."""
    return [run(hour, "steady", "other", *(topics if hour == 0 else ())) for hour in range(LAST + 1)]


WORLDS = {
    "first seen by a surface that was only partial since its last good hour": [
        run(0, "short", "x", "other", min_items=2), run(1, "short", "topic", min_items=2),
        run(LAST, "short", "x", "other", min_items=2),
    ],
    "seen again by another surface, and silent since": [
        run(0, "once", "topic", cadence_minutes=0), *steady(), run(5, "again", "topic", "other", cadence_minutes=0),
        *(run(hour, "again", "other", cadence_minutes=0) for hour in range(6, LAST + 1)),
        run(LAST, "once", "other", cadence_minutes=0),
    ],
    "silent while one of its surfaces is not due": [run(0, "once", "topic", cadence_minutes=0), *steady("topic")],
    "seen only by a surface that failed for hours": [run(0, "broken", "topic"), *steady(), run(LAST, "broken", "other")],
}  # fmt: skip


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_an_hour_goes_on_where_each_cluster_was(world: list[Row], tmp_path: Path) -> None:
    last = START + LAST * HOUR
    work = open_stores(tmp_path)
    commit_world(work, world)
    spine.run(work, Span(START, last))
    spine.run(work, Span.of(last))
    expected = compute(world, [], START, last)
    for table in ("cluster_buckets", "trend_candidates"):
        assert actual(work.lake, table) == oracle(expected[table], table), table
