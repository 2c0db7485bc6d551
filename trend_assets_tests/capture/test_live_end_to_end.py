"""The simulated trends are found by what captures itself: real clients, the lake, the spine, against the world's truth."""

import json
from datetime import UTC, datetime
from pathlib import Path

from trend_assets.hours import HOUR, Span
from trend_assets.sandbox.server import Running
from trend_assets.sandbox.world import World
from trend_assets.trends import spine
from trend_assets.trends.episodes import cluster_hours, detections
from trend_assets.trends.evaluation import evaluate, read_truth
from trend_assets_tests.capture.live import address, capture_span
from trend_assets_tests.net.pages import needs_chromium
from trend_assets_tests.stores import dicts, open_stores

START = datetime(2026, 3, 2, 9, tzinfo=UTC).replace(tzinfo=None)
SPAN = Span(START, START + 16 * HOUR)


@needs_chromium
def test_trends_are_found_by_captures_through_the_real_clients(box: Running, tmp_path: Path) -> None:
    capture_span(tmp_path, address(box), SPAN)
    work = open_stores(tmp_path)
    spine.run(work, SPAN)
    truth = read_truth(json.dumps(one) for one in World(1).truth(SPAN.start, SPAN.end))
    found = evaluate(truth, detections(work.lake, SPAN, "heuristic"), cluster_hours(work.lake, SPAN), SPAN)
    assert found["trends"] == 7
    assert found["recall"] >= 0.6
    assert found["kinds"]["spam"]["episodes"] == 0
    assert {row["status"] for row in dicts(work.lake, "coverage")} <= {"good", "not_due"}
