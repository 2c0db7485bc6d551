"""What the spine finds in real recorded history. Skipped where the recordings are not beside the checkout."""

from datetime import timedelta
from pathlib import Path

import pytest

from trend_assets.capture.replay import archive_runs, archive_surfaces
from trend_assets.capture.runs import commit
from trend_assets.hours import Span, parse_hour
from trend_assets.steps import Work
from trend_assets.trends import spine
from trend_assets_tests.capture.recordings import HISTORIES
from trend_assets_tests.stores import LATER, dicts, open_stores


def replayed(folder: Path, recording: Path, platform: str, surface_type: str, most_hours: int | None = None) -> Work:
    """Replay a recording, or its first hours, into fresh stores."""
    surfaces, hours = archive_surfaces(recording, platform, surface_type)
    span = next(Span.over(hours).parts(most_hours)) if most_hours else Span.over(hours)
    work = open_stores(folder)
    commit(work.lake, archive_runs(recording, surfaces, span), LATER)
    spine.run(work, span)
    return work


def test_the_sound_first_class_is_found_before_everybody_knew_it(shared_data: Path, tmp_path: Path) -> None:
    name = "tiktok/discover_hourly_t_2022-03-24_2022-04-24.jsonl.gz"
    candidates = dicts(replayed(tmp_path, shared_data / name, *HISTORIES[name]).lake, "trend_candidates")
    detected = [row["detected_at"] for row in candidates if row["display_name"] == "First Class"]
    assert detected
    assert min(detected) < parse_hour("2022-04-14")


def test_a_frozen_list_yields_no_candidate_after_its_first_day(shared_data: Path, tmp_path: Path) -> None:
    name = "tiktok/discover_exploreList_www_6hourly_2024-03-29_2024-04-30.jsonl.gz"
    work = replayed(tmp_path, shared_data / name, *HISTORIES[name])
    first = min(row["hour"] for row in dicts(work.lake, "coverage"))
    late = [
        row["display_name"] for row in dicts(work.lake, "trend_candidates") if row["detected_at"] > first + timedelta(days=1)
    ]
    assert late == []
    assert len(dicts(work.lake, "evidence")) == 45


@pytest.mark.parametrize("name", HISTORIES)
def test_every_history_replays_into_rows_that_keep_the_rules(name: str, shared_data: Path, tmp_path: Path) -> None:
    work = replayed(tmp_path, shared_data / name, *HISTORIES[name], most_hours=240)
    evidence, links = dicts(work.lake, "evidence"), dicts(work.lake, "artifact_cluster_links")
    assert evidence
    assert len({(row["platform"], row["platform_item_id"]) for row in evidence}) == len(evidence)
    assert sum(row["role"] == "primary" for row in links) == len(evidence)
    assert all(0 <= row["trend_score"] <= 100 for row in dicts(work.lake, "trend_candidates") if row["trend_score"] is not None)
    assert spine.dirty_hours(work) == {}
