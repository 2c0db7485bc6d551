"""The trends of the simulated world can be found: two days of its surfaces, through the whole spine, against its truth."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.runs import CaptureRun, commit
from trend_assets.capture.surfaces import load_surfaces
from trend_assets.hours import HOUR, Span
from trend_assets.sandbox.world import World
from trend_assets.settings import PACKAGED_SURFACES
from trend_assets.trends import spine
from trend_assets.trends.episodes import cluster_hours, detections
from trend_assets.trends.evaluation import evaluate, read_truth
from trend_assets_tests.sandbox.surfaces import items_on
from trend_assets_tests.stores import LATER, open_stores

START = datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None)
DAYS = Span(START, START + 48 * HOUR)
SERVED = (
    "tiktok:discover",
    "tiktok:trending_sounds",
    "tiktok:hashtag:marketing",
    "tiktok:hashtag:ai",
    "reddit:rising",
    "mastodon:trends",
    "bluesky:trending",
)


def captured(world: World) -> Iterator[CaptureRun]:
    for surface in load_surfaces(PACKAGED_SURFACES):
        cadence = timedelta(minutes=surface.cadence_minutes)
        at = START + timedelta(minutes=7)
        while surface.id in SERVED and at < DAYS.end:
            items: tuple[Item, ...] = tuple(items_on(surface.id, world, at))
            assert len(items) >= surface.min_items
            yield CaptureRun(surface, at, at, at, "success", Parsed("sandbox", items))
            at += cadence


def test_most_trends_are_found_and_floods_are_not(tmp_path: Path) -> None:
    world, work = World(1), open_stores(tmp_path)
    commit(work.lake, captured(world), LATER)
    spine.run(work, DAYS)
    truth = read_truth(json.dumps(one) for one in world.truth(DAYS.start, DAYS.end))
    found = evaluate(truth, detections(work.lake, DAYS, "heuristic"), cluster_hours(work.lake, DAYS), DAYS)
    assert found["trends"] >= 5
    assert found["recall"] >= 0.7
    assert found["kinds"]["spam"]["cluster_hours"] > 0 == found["kinds"]["spam"]["episodes"]
    assert found["kinds"]["evergreen"]["cluster_hours"] > found["kinds"]["trend"]["cluster_hours"]
