import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trend_assets_tests.cli.command import HOURS, hour, rows, run
from trend_assets_tests.stores import dicts, open_stores


def truth_file(folder: Path, **changes: Any) -> Path:
    """Write the truth of the replayed history: the burst begins in its second hour and is over after its fifth."""
    burst = {
        "cluster_key_type": "audio_id", "cluster_key": "tiktok:6999", "kind": "trend",
        "onset": f"{hour(1)}Z", "peak": f"{hour(4)}Z", "end": f"{hour(5)}Z", **changes,
    }  # fmt: skip
    quiet = {"cluster_key_type": "audio_id", "cluster_key": "tiktok:7000", "kind": "evergreen", "onset": None}
    path = folder / "truth.jsonl"
    path.write_text(f"{json.dumps(burst)}\n\n{json.dumps(quiet)}\n")
    return path


def test_the_candidates_of_a_lake_are_compared_with_the_truth(replayed: Path, tmp_path: Path) -> None:
    (found,) = rows(run("eval", "--truth", truth_file(tmp_path), "--lake", replayed, "--json"))
    assert (found["episodes"], found["precision"], found["trends"], found["recall"]) == (1, 1, 1, 1)
    (row,) = rows(run("trends", "--at", hour(3), "--json", "--lake", replayed))
    expected = datetime.fromisoformat(row["detected_at"]) - datetime.fromisoformat(hour(1)).replace(tzinfo=UTC)
    assert found["hours_to_detect"]["median"] == expected.total_seconds() / 3_600
    assert found["cluster_hours"] == len(dicts(open_stores(replayed).lake, "cluster_buckets")) > 0
    assert found["kinds"]["evergreen"] == {
        "episodes": 0, "false_episodes": 0, "cluster_hours": HOURS, "false_per_1000_cluster_hours": 0,
    }  # fmt: skip


def test_a_truth_with_a_byte_order_mark_is_read(replayed: Path, tmp_path: Path) -> None:
    path = truth_file(tmp_path)
    path.write_text(path.read_text(), encoding="utf-8-sig")
    (found,) = rows(run("eval", "--truth", path, "--lake", replayed, "--json"))
    assert found["trends"] == 1


def test_an_episode_that_is_no_trend_is_false(replayed: Path, tmp_path: Path) -> None:
    path = truth_file(tmp_path, kind="spam")
    (found,) = rows(run("eval", "--truth", path, "--lake", replayed, "--json"))
    assert (found["precision"], found["recall"], found["hours_to_detect"]["median"]) == (0, None, None)
    assert found["kinds"]["spam"]["false_episodes"] == 1


def test_the_hours_can_be_named(replayed: Path, tmp_path: Path) -> None:
    options = ("--from", hour(6), "--to", hour(9), "--lake", replayed)
    (found,) = rows(run("eval", "--truth", truth_file(tmp_path), *options, "--json"))
    assert (found["from"], found["to"]) == (f"{hour(6)}:00Z", f"{hour(10)}:00Z")
    assert (found["episodes"], found["precision"], found["trends"]) == (0, None, 0)


def test_it_is_shown_as_tables_with_what_is_unknown(replayed: Path, tmp_path: Path) -> None:
    shown = run("eval", "--truth", truth_file(tmp_path, kind="bots"), "--lake", replayed).stdout
    assert "precision" in shown and "0 of 1 episodes" in shown
    assert "unknown  0 of 0 trends were found" in shown
    assert "bots" in shown and "cluster-hours" in shown
    assert f"{HOURS} hours, {hour(0)} … {hour(HOURS - 1)}" in shown


@pytest.mark.parametrize("text", ["no json", '{"kind": "trend"}'])
def test_a_file_that_is_no_truth_is_refused(text: str, replayed: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text)
    result = run("eval", "--truth", path, "--lake", replayed)
    assert result.exit_code == 2
    assert "line 1" in result.stderr


def test_a_missing_file_is_one_sentence(replayed: Path, tmp_path: Path) -> None:
    for path, said in ((tmp_path / "none", "There is no file"), (tmp_path, "is a folder")):
        result = run("eval", "--truth", path, "--lake", replayed)
        assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
        assert said in result.stderr
