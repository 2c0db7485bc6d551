import json
from pathlib import Path

import pytest

from trend_assets.capture.replay import archive_runs, archive_surfaces
from trend_assets.capture.runs import commit
from trend_assets.hours import HOUR, Span, parse_hour
from trend_assets.lake.lake import Snapshot
from trend_assets.lake.tables import CANDIDATES
from trend_assets.trends import spine
from trend_assets_tests.cli.command import HOURS, NAME, hour, rows, run
from trend_assets_tests.stores import LATER, commit_world, dicts, open_stores
from trend_assets_tests.trends.test_open_clusters import run as capture_of
from trend_assets_tests.worlds import START as WORLDS_START


def test_a_candidate_is_explained_and_its_score_verified(replayed: Path) -> None:
    (found,) = rows(run("explain", "tiktok:6999", "--at", hour(3), "--lake", replayed, "--json"))
    assert found["verified"] is True
    assert (found["candidate"]["status"], found["path"], found["formula_version"]) == ("active", "sampling", "heuristic-1")
    assert sum(part["points"] or 0 for part in found["components"]) == pytest.approx(found["score"], abs=1e-4)
    assert sum(part["weight"] or 0 for part in found["components"]) == pytest.approx(100)
    assert [row["use_count"] for row in found["sightings"]] == [1_080]
    assert found["sightings"][0]["url"].endswith("-6999")


def test_the_text_says_what_would_change(replayed: Path) -> None:
    result = run("explain", "tiktok:6999", "--at", hour(3), "--lake", replayed)
    assert result.exit_code == 0
    assert "exactly the stored score" in result.stdout
    assert "peaked: after 2 more hours in a row with a velocity below 0." in result.stdout
    assert "no longer be promoted" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_cluster_that_is_no_candidate_is_explained_too(replayed: Path) -> None:
    result = run("explain", "quiet 3", "--at", hour(3), "--lake", replayed)
    assert "status: no candidate in this hour" in result.stdout
    assert "emerging: needs a score above 50, no filter that applies, a velocity above 0." in result.stdout
    assert "filter too_small: activity 0.0000 is below 3" in result.stdout


def test_an_hour_without_anything_says_what_the_surfaces_did(replayed: Path) -> None:
    (found,) = rows(run("explain", "tiktok:6999", "--at", hour(HOURS + 5), "--lake", replayed, "--json"))
    assert (found["bucket"], found["candidate"], found["verified"]) == (None, None, None)
    shown = run("explain", "tiktok:6999", "--at", hour(HOURS + 5), "--lake", replayed).stdout
    assert "Not seen in this hour." in shown
    assert "The hour was never computed: nothing is known about it." in shown


@pytest.mark.parametrize(
    ("topic", "at", "said"),
    [
        ("early", 2, "It was not seen in this hour, nor in the 168 hours before."),
        ("early", 12, "It has been silent for 6 known hours, until 2026-01-05T09:00; its next sight is its next row."),
        ("late", 15, "Nothing is known: no surface that could have seen it has delivered since 2026-01-05T14:00."),
    ],
)
def test_an_hour_without_a_row_says_why(topic: str, at: int, said: str, tmp_path: Path) -> None:
    """The one surface delivers up to 14; it shows one topic at 3 and one at 14."""
    work = open_stores(tmp_path)
    shown = {3: ["early"], 14: ["late"]}
    runs = [capture_of(hour, "a", *shown.get(hour, []), "other") for hour in range(15)]
    commit_world(work, [*runs, capture_of(15, "b", "other")])
    spine.run(work, Span(WORLDS_START, WORLDS_START + 16 * HOUR))
    hour_at = f"{WORLDS_START + at * HOUR:%Y-%m-%dT%H:00}"
    assert said in run("explain", f"tiktok:#{topic}", "--at", hour_at, "--lake", tmp_path).stdout


def test_a_cluster_is_found_by_key_id_candidate_and_name(replayed: Path) -> None:
    candidate = dicts(open_stores(replayed).lake, "trend_candidates")[0]
    names = ("tiktok:6999", candidate["cluster_id"], candidate["candidate_id"], NAME, NAME.upper(), "burst [31M of red")
    found = [rows(run("explain", name, "--lake", replayed, "--json"))[0]["cluster"]["cluster_key"] for name in names]
    assert found == ["tiktok:6999"] * len(names)


def test_an_unknown_name_is_a_sentence(replayed: Path) -> None:
    result = run("explain", "nobody\x1b", "--lake", replayed)
    assert result.exit_code == 2
    assert result.stderr.startswith("No cluster is called 'nobody '.")


def test_a_name_of_several_clusters_lists_them(tmp_path: Path) -> None:
    sounds = [{"musicId": str(number), "musicInfo": {"title": "same"}, "stats": {"posts": number}} for number in range(1, 17)]
    archive = tmp_path / "a.jsonl"
    archive.write_text(json.dumps({"captured_at": "2026-02-03T09:00:00Z", "payload": {"hashtag": [], "music": sounds}}))
    work = open_stores(tmp_path / "lake")
    surfaces, hours = archive_surfaces(archive, "tiktok", "discover")
    span = Span.over(hours)
    commit(work.lake, archive_runs(archive, surfaces, span), LATER)
    spine.run(work, span)
    result = run("explain", "Same", "--lake", tmp_path / "lake")
    assert result.exit_code == 2
    assert "'Same' names 16 clusters" in result.stderr
    assert "tiktok:16 " in result.stderr


def test_a_stored_score_that_the_bucket_does_not_give_is_reported(lake: Path) -> None:
    work, at = open_stores(lake), parse_hour(hour(3))

    def forged(snapshot: Snapshot) -> str:
        snapshot.view(CANDIDATES, at, Span.of(at).end, "stored")
        snapshot.run("CREATE TEMP TABLE forged AS SELECT * REPLACE (51.5 AS trend_score) FROM stored")
        return "forged"

    work.lake.replace(CANDIDATES, Span.of(at), forged)
    result = run("explain", "tiktok:6999", "--at", hour(3), "--lake", lake)
    assert result.exit_code == 2
    assert "The stored score 51.5 is not what the stored bucket gives" in result.stderr
