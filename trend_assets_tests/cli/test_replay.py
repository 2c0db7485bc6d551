import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trend_assets.capture.surfaces import Surface, load_surfaces
from trend_assets.cli import replay
from trend_assets.settings import Settings
from trend_assets_tests.cli.command import HOURS, START, hour, record, rows, run
from trend_assets_tests.stores import commit_world, export, open_stores
from trend_assets_tests.worlds import random_world

FIELDS = {
    "cluster_key_type", "cluster_key", "display_name", "detected_at", "activated_at", "peaked_at", "stale_at", "peak_score",
    "evidence",
}  # fmt: skip


def options(archive: Path, lake: Path) -> tuple[object, ...]:
    return ("replay", "--platform", "tiktok", "--surface-type", "discover", "--file", archive, "--lake", lake, "--json")


def test_a_burst_is_found_with_its_evidence(replayed: Path) -> None:
    (episode,) = [json.loads(line) for line in (replayed / "episodes.jsonl").read_text().splitlines()]
    assert episode.keys() >= FIELDS
    assert (episode["cluster_key_type"], episode["cluster_key"]) == ("audio_id", "tiktok:6999")
    assert episode["detected_at"] == f"{START:%Y-%m-%d}T13:00:00Z"
    assert episode["activated_at"] == f"{START:%Y-%m-%d}T14:00:00Z"
    assert episode["stale_at"] == f"{START:%Y-%m-%d}T21:00:00Z"
    assert episode["evidence"]
    assert all(url.endswith("-6999") for url in episode["evidence"])


def test_loading_it_again_changes_nothing(replayed: Path, lake: Path) -> None:
    before = export(open_stores(lake).lake)
    again = run(*options(replayed / "history.jsonl", lake))
    assert again.stdout == (replayed / "episodes.jsonl").read_text()
    assert export(open_stores(lake).lake) == before


def test_a_range_may_reach_beyond_the_file(tmp_path: Path) -> None:
    archive, lake = record(tmp_path / "a.jsonl", hours=4), tmp_path / "lake"
    result = run(*options(archive, lake), "--from", hour(-2), "--to", hour(6))
    (episode,) = rows(result)
    assert episode["status"] == "active"
    assert "9 hours" in result.stderr
    assert "planning" in result.stderr
    settings = Settings.for_lake(lake)
    (surface,) = load_surfaces(lake / "archives.yaml")
    assert surface.first_hour is not None
    assert f"{surface.first_hour:%Y-%m-%dT%H:00}" == hour(-2)
    hours = open_stores(Path(settings.lake).parent).ledger.settled()
    assert (min(hours).isoformat()[:16], len(hours)) == (hour(-2), 9)


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (("--from", "noon"), "'noon' is not an hour"),
        (("--from", hour(5), "--to", hour(4)), "is before --from"),
        (("--to", "2999-01-01"), "has not begun"),
        (("--platform", "reddit"), "known archives of reddit/discover: none"),
        (("--file", "missing"), "There is no file missing."),
    ],
)
def test_wrong_input_is_a_sentence(extra: tuple[str, ...], said: str, tmp_path: Path) -> None:
    result = run(*options(record(tmp_path / "a.jsonl", hours=2), tmp_path / "lake"), *extra)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("2999-01-01T00:00:00Z", "2999-01-01T00:00 has not begun"),
        ("1970-01-01T00:00:05Z", "Nothing was captured between 1970-01-01T00:00 and"),
    ],
)
def test_one_wrong_time_in_a_file_is_named_and_leaves_nothing_behind(time: str, said: str, tmp_path: Path) -> None:
    archive, lake = record(tmp_path / "a.jsonl", hours=2), tmp_path / "lake"
    line = json.loads(archive.read_text().splitlines()[0])
    archive.write_text(archive.read_text() + json.dumps(line | {"captured_at": time}) + "\n")
    result = run(*options(archive, lake))
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (lake / "archives.yaml").exists()
    result = run(*options(archive, lake), "--from", hour(0), "--to", hour(1))
    assert (result.exit_code, len(open_stores(lake).ledger.settled())) == (0, 2)


def test_the_history_has_the_length_that_the_other_tests_expect(replayed: Path) -> None:
    assert len(open_stores(replayed).ledger.settled()) == HOURS


def test_an_archive_is_not_mixed_into_live_captures(tmp_path: Path) -> None:
    commit_world(open_stores(tmp_path), random_world(random.Random(1), 3))
    result = run(*options(record(tmp_path / "a.jsonl", hours=1), tmp_path))
    assert result.exit_code == 2
    assert "name another folder with --lake" in result.stderr
    assert not (tmp_path / "archives.yaml").exists()


def test_two_replays_at_once_register_both_archives(tmp_path: Path) -> None:
    settings = Settings.for_lake(tmp_path / "lake")
    found = [
        [Surface(id=f"tiktok:discover:{n}", platform="tiktok", surface_type="discover", cadence_minutes=60)] for n in range(8)
    ]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda surfaces: replay._register(settings, surfaces, START), found))
    assert {surface.id for surface in load_surfaces(tmp_path / "lake" / "archives.yaml")} == {s.id for (s,) in found}
