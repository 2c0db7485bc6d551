"""Archives as surfaces: nothing a file holds is lost, and loading it again changes nothing."""

import hashlib
import json
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from trend_assets.capture.removal import remove
from trend_assets.capture.replay import archive_runs, archive_surfaces
from trend_assets.capture.runs import Committed, commit
from trend_assets.capture.surfaces import load_surfaces, save_surfaces
from trend_assets.hours import HOUR, Span, parse_hour
from trend_assets.lake.lake import Lake
from trend_assets.steps import Work
from trend_assets.trends import spine
from trend_assets_tests.stores import LATER, dicts, open_stores

NOON = parse_hour("2021-09-01T12")
HEADER = "snapshot,rank,name,promoted_content,tweet_volume,location,country,as_of,created_at"


def places(path: Path, *rows: tuple[str, str]) -> Path:
    """Write a table of X trends: (place, topic) rows of one time, in this order."""
    local = NOON.replace(tzinfo=UTC) + timedelta(hours=5, minutes=30)
    lines = [
        f"{local:%Y-%m-%dT%H%M},{i},{topic},,1000,{place},XX,{NOON:%Y-%m-%dT%H:%M:%SZ},x"
        for i, (place, topic) in enumerate(rows)
    ]
    path.write_text("\n".join([HEADER, *lines]), encoding="utf-8")
    return path


def load(lake: Lake, path: Path, platform: str, surface_type: str, seconds: int = 0) -> Committed:
    surfaces, hours = archive_surfaces(path, platform, surface_type)
    span = Span.over(hours)
    return commit(lake, archive_runs(path, surfaces, span), LATER + timedelta(seconds=seconds))


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return open_stores(tmp_path)


def test_rows_that_are_not_grouped_by_surface_are_all_kept(work: Work, tmp_path: Path) -> None:
    path = places(tmp_path / "x.csv", ("A", "#one"), ("A", "#two"), ("India", "#three"), ("A", "#four"))
    load(work.lake, path, "x", "trends_place")
    surfaces, hours = archive_surfaces(path, "x", "trends_place")
    span = Span.over(hours)
    spine.run(work, span)
    assert len(surfaces) == 2
    assert {row["platform_item_id"] for row in dicts(work.lake, "evidence")} == {
        "topic:#one", "topic:#two", "topic:#three", "topic:#four",
    }  # fmt: skip
    assert load(work.lake, path, "x", "trends_place", 1) == Committed(runs=0, items=0, quarantined=0, unchanged=3)


def test_two_lines_of_one_time_are_two_runs(work: Work, tmp_path: Path) -> None:
    def line(*names: str) -> str:
        music = [{"musicId": name, "musicInfo": {"title": name, "author": "a"}, "stats": {"posts": 10}} for name in names]
        return json.dumps({"captured_at": "2021-09-01T12:00:00Z", "payload": {"user": [], "hashtag": [], "music": music}})

    path = tmp_path / "d.jsonl"
    path.write_text(line("1", "2") + "\n" + line("3", "4"))
    load(work.lake, path, "tiktok", "discover")
    spine.run(work, Span.over(archive_surfaces(path, "tiktok", "discover")[1]))
    assert len(dicts(work.lake, "evidence")) == 4


def test_a_removed_run_is_not_written_again(work: Work, tmp_path: Path) -> None:
    path = places(tmp_path / "x.csv", ("A", "#one"))
    load(work.lake, path, "x", "trends_place")
    run_id = dicts(work.lake, "capture_runs")[0]["run_id"]
    remove(work.lake, "run", "", run_id, "asked", LATER)
    load(work.lake, path, "x", "trends_place", 1)
    assert len(dicts(work.lake, "capture_runs")) == 1
    assert len(dicts(work.lake, "captures")) == 1


def test_places_in_any_script_have_surfaces_and_assets_of_their_own(tmp_path: Path) -> None:
    path = places(tmp_path / "x.csv", ("日本", "#one"), ("中国", "#two"), ("United States", "#three"))
    surfaces, _ = archive_surfaces(path, "x", "trends_place")
    assert {surface.id for surface in surfaces} == {
        "x:trends_place:日本", "x:trends_place:中国", "x:trends_place:united_states",
    }  # fmt: skip
    assert len({surface.asset_name for surface in surfaces}) == 3
    save_surfaces(tmp_path / "own.yaml", surfaces)
    assert load_surfaces(tmp_path / "own.yaml") == surfaces


def test_places_whose_names_look_alike_stay_apart(tmp_path: Path) -> None:
    names = ["New York", "New.York", "new york", "Lima", "Lima!", "!!!", "???"]
    path = places(tmp_path / "x.csv", *((name, "#one") for name in names))
    surfaces, _ = archive_surfaces(path, "x", "trends_place")
    ids = {surface.surface_key: surface.id for surface in surfaces}
    assert set(ids) == set(names)
    assert len(set(ids.values())) == len({surface.asset_name for surface in surfaces}) == len(names)
    (alone,), _ = archive_surfaces(places(tmp_path / "y.csv", ("Lima!", "#one")), "x", "trends_place")
    assert alone.id == ids["Lima!"], "the same in every file"


def test_a_hostile_place_brings_no_markup_into_ids(tmp_path: Path) -> None:
    path = places(tmp_path / "x.csv", ("```![x](http://evil/p)\x1b[31m", "#one"))
    (surface,), hours = archive_surfaces(path, "x", "trends_place")
    span = Span.over(hours)
    assert surface.id == "x:trends_place:x_http_evil_p_31m-" + hashlib.sha1(surface.surface_key.encode()).hexdigest()[:8]
    assert [run.surface.surface_key for run in archive_runs(path, [surface], span)] == [surface.surface_key]
    assert span.end == NOON + HOUR
