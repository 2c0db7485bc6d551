import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from trend_assets_tests.capture.platforms.tiktok_payloads import discover
from trend_assets_tests.cli.command import HOURS, NAME, START, record, rows, run


def payload(path: Path, value: object) -> Path:
    data = json.dumps(value).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["payload.json", "payload.json.gz", "no_extension"])
def test_a_payload_is_one_object_per_item(name: str, tmp_path: Path) -> None:
    result = run("parse", "tiktok", "discover", payload(tmp_path / name, discover()))
    found = rows(result)
    assert found
    assert all(item["platform"] == "tiktok" and item["keys"] and "captured_at" not in item for item in found)
    assert result.stderr == ""


def test_items_of_an_archive_say_when_they_were_captured(tmp_path: Path) -> None:
    found = rows(run("parse", "tiktok", "discover", record(tmp_path / "a.jsonl")))
    assert len(found) == HOURS * 21
    assert found[0]["captured_at"] == f"{START:%Y-%m-%dT%H}:06:00Z"


def test_hostile_text_cannot_move_the_cursor_and_is_not_lost(tmp_path: Path) -> None:
    result = run("parse", "tiktok", "discover", record(tmp_path / "a.jsonl", hours=1))
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    assert rows(result)[0]["audio_title"] == NAME


def test_what_cannot_become_an_item_goes_to_stderr_as_json(tmp_path: Path) -> None:
    sound = {"musicId": "1", "musicInfo": {"title": "T"}, "stats": {"posts": "many"}}
    result = run("parse", "tiktok", "discover", payload(tmp_path / "p.json", {"user": [], "hashtag": [], "music": [sound]}))
    assert (result.exit_code, result.stdout) == (0, "")
    (rejected,) = [json.loads(line) for line in result.stderr.splitlines()]
    assert (rejected["reason"], rejected["raw"]) == ("bad_counter", sound)


def test_a_capture_of_another_shape_is_rejected_and_the_others_are_read(tmp_path: Path) -> None:
    path = record(tmp_path / "a.jsonl", hours=3)
    lines = path.read_text().splitlines()
    broken = json.dumps({"captured_at": "2026-02-03T09:00:00+00:00", "payload": {"error": "busy"}})
    path.write_text("\n".join([lines[0], broken, *lines[1:]]))
    result = run("parse", "tiktok", "discover", path)
    assert len(rows(result)) == 3 * 21
    assert [json.loads(line)["reason"] for line in result.stderr.splitlines()] == ["unknown_shape"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tiktok", "discover", "missing.json"), "There is no file missing.json."),
        (("tiktok", "discover", "/"), "is a folder"),
        (("myspace", "discover", "x"), "There is no platform 'myspace'; there are "),
        (("tiktok", "rising", "x"), "tiktok has no surface type 'rising'; it has creative_center_hashtags"),
    ],
)
def test_wrong_input_is_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    result = run("parse", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "content", ["", "null", "{}", "<html></html>", "a,b\n1,2\n", '{"captured_at": "x"}', "\x00\x01", '"text"', "{" * 5000]
)
def test_a_file_of_something_else_is_one_sentence(content: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(content)
    result = run("parse", "tiktok", "discover", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1


def test_a_payload_that_is_cut_off_says_so(tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    path.write_text(json.dumps(discover())[:-9])
    result = run("parse", "tiktok", "discover", path)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert "is neither JSON, JSON lines nor HTML (" in result.stderr


def test_an_archive_without_any_capture_of_the_surface_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [{"captured_at": "2026-02-03T09:00:00+00:00", "payload": {"hashtag": 1, "music": 1}}] * 3
    path.write_text("\n".join(json.dumps(line) for line in lines))
    result = run("parse", "tiktok", "discover", path)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)


def test_a_reader_may_stop_early(tmp_path: Path) -> None:
    archive = record(tmp_path / "a.jsonl", hours=200)
    command = f'"{sys.executable}" -c "from trend_assets.cli import app; app()" parse tiktok discover "{archive}"'
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | head -1"], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 1)


@pytest.mark.parametrize(
    ("platform", "surface_type", "file", "items"),
    [
        ("tiktok", "discover", "tiktok/raw_discover_t_20220411_sample.json", 50),
        ("weibo", "hot_search", "weibo/raw_hour_2024-12-18T12.json", 49),
        ("x", "trending", "x/explore_guide_trends_2025-03-07_5488037.json", 7),
    ],
)
def test_recordings_are_recognized(shared_data: Path, platform: str, surface_type: str, file: str, items: int) -> None:
    result = run("parse", platform, surface_type, shared_data / file)
    assert len(rows(result)) == items
    assert all("reason" in json.loads(line) for line in result.stderr.splitlines())
