import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trend_assets.capture.archive import load_payload, parse_file, read_archive, recognize
from trend_assets.capture.archive_formats import load_formats
from trend_assets.capture.items import Parsed
from trend_assets.errors import PayloadError, SettingsError
from trend_assets_tests.capture.archive_files import (
    all_items,
    all_rejected,
    echo,
    snapshots,
    span,
    utc,
    write,
    write_csv,
    write_lines,
)
from trend_assets_tests.capture.test_archive_mappings import HN_HEADER, X_HEADER

HN_FIRST = "scraped_at,id,rank,title,url,points,comments\n"


def hn(time: str, identity: int) -> list[object]:
    return [time, identity, 1, "Power outage in Spain", "", 1, 1]


def tags(time: str | None, *names: str) -> dict[str, object]:
    return {"captured_at": time, "payload": {"hashtag": [], "music": [], "tags": names}}


def test_the_bounds_of_a_replay_are_half_open(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "hn.csv", HN_HEADER, *(hn(f"2025-04-28T{hour}:00:00Z", hour) for hour in (20, 21, 22)))
    fmt = recognize(path, "hackernews", "front_page")

    def hours(start: datetime | None, end: datetime | None) -> list[int]:
        return [snapshot.captured_at.hour for snapshot in read_archive(path, fmt, None, start, end)]

    assert hours(utc("2025-04-28T20:00"), utc("2025-04-28T22:00")) == [20, 21]
    assert hours(utc("2025-04-28T20:00:01"), None) == [21, 22]
    assert hours(None, utc("2025-04-28T20:00")) == []
    assert hours(None, None) == [20, 21, 22]


def test_the_span_is_that_of_time_and_not_of_the_files_order(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "hn.csv", HN_HEADER, *(hn(f"2025-04-28T{hour}:00:00Z", hour) for hour in (21, 20, 22)))
    fmt = recognize(path, "hackernews", "front_page")
    assert span(path, fmt) == (utc("2025-04-28T20:00"), utc("2025-04-28T22:00"))


def test_a_broken_line_is_rejected_in_the_snapshot_before_it(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "t.jsonl",
        tags("2022-03-24T20:00:00Z", "a"),
        '{"captured_at": "2022-03-24T21:00:00Z", "payl',
        "[1, 2]",
        tags("2022-03-24T22:00:00Z", "b"),
        tags(None, "lost"),
        {"captured_at": "2022-03-24T23:00:00Z"},
        "",
    )
    found = snapshots(path, "tiktok", "discover")
    assert [[item.platform_item_id for item in snapshot.parsed.items] for snapshot in found] == [["a"], ["b"]]
    assert [[entry.reason for entry in snapshot.parsed.rejected] for snapshot in found] == [
        ["bad_row", "bad_row"],
        ["bad_time", "bad_row"],
    ]
    assert found[0].parsed.rejected[0].raw == '{"captured_at": "2022-03-24T21:00:00Z", "payl'
    assert "line 2" in found[0].parsed.rejected[0].detail


def test_a_broken_line_at_the_top_is_rejected_in_the_first_snapshot(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "t.jsonl", "{ broken", tags("yesterday"), tags("2022-03-24T20:00:00Z", "a"))
    found = snapshots(path, "tiktok", "discover")
    assert [(len(snapshot.parsed.items), [entry.reason for entry in snapshot.parsed.rejected]) for snapshot in found] == [
        (1, ["bad_row", "bad_time"])
    ]


def test_a_file_without_any_usable_time_is_an_error_and_not_an_empty_history(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "t.jsonl", tags("yesterday", "a"), tags("2022-03-24T20:00:00", "no zone"))
    fmt = recognize(path, "tiktok", "discover")
    with pytest.raises(PayloadError, match=r"has no usable row .*captured_at.*yesterday"):
        list(read_archive(path, fmt, echo))
    with pytest.raises(PayloadError, match="has no usable row"):
        span(path, fmt)


def test_a_file_name_without_the_time_that_it_should_hold_is_an_error_that_says_so(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "noon.json", json.dumps([{"title": "甲", "hot": 2, "ads": False}]))
    with pytest.raises(PayloadError, match=r"no time in the file name \(pattern .*noon\.json"):
        snapshots(path, "weibo", "hot_search")


@pytest.mark.parametrize("name", ["empty.csv", "empty.csv.gz"])
@pytest.mark.parametrize(
    "content",
    [b"", b'""\n', b"\xef\xbb\xbf\n", b"\n\n \n", b"[]", f"{X_HEADER}\r\n".encode()],
    ids=["nothing", "quotes", "byte order mark", "blank lines", "list", "header"],
)
def test_an_empty_file_is_an_error_for_every_reader(tmp_path: Path, name: str, content: bytes) -> None:
    path = write(tmp_path / name, content)
    fmt = next(fmt for fmt in load_formats() if fmt.name == "x_trends_place")
    with pytest.raises(PayloadError, match="is empty"):
        recognize(path, "x", "trends_place")
    with pytest.raises(PayloadError, match="is empty"):
        list(read_archive(path, fmt, echo))
    with pytest.raises(PayloadError, match="is empty"):
        list(parse_file(path, "x", "trends_place", None))
    with pytest.raises(PayloadError, match="is empty"):
        span(path, fmt)


def test_a_file_of_another_surface_is_named_as_what_it_is(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "hn.csv", HN_HEADER, hn("2025-04-28T20:00:00Z", 1))
    with pytest.raises(PayloadError) as caught:
        recognize(path, "x", "trends_place")
    message = str(caught.value)
    assert "a CSV table with the columns scraped_at, id" in message
    assert "an archive of hackernews/front_page (hackernews_front_page_15min)" in message
    assert "x_trends_place (has snapshot, name, tweet_volume, location)" in message
    with pytest.raises(PayloadError, match="known archives of reddit/hot: none"):
        recognize(path, "reddit", "hot")


def test_a_gzip_file_is_told_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "hn.csv"
    path.write_bytes(gzip.compress(f"{HN_FIRST}2025-04-28T20:00:00Z,1,1,Power outage,,1,1\n".encode()))
    assert len(all_items(snapshots(path, "hackernews", "front_page"))) == 1


def test_a_gzip_file_that_breaks_off_is_an_error_after_its_last_whole_rows(tmp_path: Path) -> None:
    rows = [hn(f"2025-04-{day:02}T{hour:02}:00:00Z", day * 7919 + hour * 104729) for day in range(1, 30) for hour in range(24)]
    path = write_csv(tmp_path / "hn.csv.gz", HN_HEADER, *rows)
    fmt = recognize(path, "hackernews", "front_page")
    path.write_bytes(path.read_bytes()[:-200])
    reader = read_archive(path, fmt, None)
    assert next(reader).captured_at == utc("2025-04-01T00:00")
    with pytest.raises(PayloadError, match=r"cannot read .* to its end"):
        list(reader)


def test_a_missing_file_is_an_error_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(PayloadError, match=r"absent\.csv"):
        recognize(tmp_path / "absent.csv", "x", "trends_place")


def test_a_byte_order_mark_nul_bytes_and_wrong_bytes_do_not_stop_a_replay(tmp_path: Path) -> None:
    line = b"2025-04-28T20:00:00Z,1,1,Power\0 outage in M\xe1laga today,,1,1\r\n"
    found = snapshots(write(tmp_path / "hn.csv", b"\xef\xbb\xbf" + HN_FIRST.encode() + line), "hackernews", "front_page")
    assert [item.text_content for item in all_items(found)] == ["Power outage in M\ufffdlaga today"]


def test_a_field_beyond_the_csv_modules_limit_is_read(tmp_path: Path) -> None:
    long = "word " * 50_000
    path = write_csv(tmp_path / "hn.csv", HN_HEADER, ["2025-04-28T20:00:00Z", 1, 1, f"Power outage {long}", "", 1, 1])
    assert len(all_items(snapshots(path, "hackernews", "front_page"))) == 1


def test_a_field_beyond_every_limit_is_a_rejected_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trend_assets.capture.archive_rows.MAX_FIELD_CHARS", 100)
    huge = ["2025-04-28T20:00:00Z", 2, 1, "x" * 101, "", 1, 1]
    path = write_csv(tmp_path / "hn.csv", HN_HEADER, hn("2025-04-28T20:00:00Z", 1), huge, hn("2025-04-28T20:00:00Z", 3))
    found = snapshots(path, "hackernews", "front_page")
    assert [item.platform_item_id for item in all_items(found)] == ["1", "3"]
    assert [entry.reason for entry in all_rejected(found)] == ["bad_row"]


def test_a_row_that_a_lost_quote_ran_together_is_rejected_with_all_it_swallowed(tmp_path: Path) -> None:
    lines = [f"2025-04-28T20:00:00Z,{n},1,Power outage,,1,1\n" for n in range(4)]
    lines[1] = lines[1].replace("Power", '"Power')
    found = snapshots(write(tmp_path / "hn.csv", HN_FIRST + "".join(lines)), "hackernews", "front_page")
    assert [item.platform_item_id for item in all_items(found)] == ["0"]
    (entry,) = all_rejected(found)
    assert entry.reason == "bad_row"
    assert "Z,3,1,Power" in str(entry.raw)


def test_a_row_without_its_surface_is_rejected(tmp_path: Path) -> None:
    good, bad = (["2021-09-01T0622", 0, "Jungkook", "", "", place, "IN", "", ""] for place in ("India", " "))
    found = snapshots(write_csv(tmp_path / "x.csv", X_HEADER, good, bad), "x", "trends_place")
    assert [(entry.reason, entry.detail) for entry in all_rejected(found)] == [("bad_row", "no surface in location")]


def test_an_hour_whose_list_is_no_list_is_rejected_and_an_empty_list_is_an_empty_snapshot(tmp_path: Path) -> None:
    hours = [{"hour_local": f"2024-12-01T0{hour}:00+08:00", "items": items} for hour, items in enumerate(([], None, [7]))]
    found = snapshots(write_lines(tmp_path / "w.jsonl", *hours), "weibo", "hot_search")
    assert [(len(snapshot.parsed.items), [entry.reason for entry in snapshot.parsed.rejected]) for snapshot in found] == [
        (0, ["bad_row"]),
        (0, ["not_an_object"]),
    ]


def test_a_bad_counter_rejects_its_item_and_no_other(tmp_path: Path) -> None:
    bad = ["2025-04-28T20:00:00Z", 2, 2, "Power outage in Spain", "", "many", 1]
    found = snapshots(write_csv(tmp_path / "hn.csv", HN_HEADER, hn("2025-04-28T20:00:00Z", 1), bad), "hackernews", "front_page")
    assert [item.platform_item_id for item in all_items(found)] == ["1"]
    assert [entry.reason for entry in all_rejected(found)] == ["bad_counter"]


def test_a_payload_of_no_known_shape_is_handed_on_with_its_problem(tmp_path: Path) -> None:
    line = {"captured_at": "2022-03-24T20:00:00Z", "payload": {"hashtag": [], "music": []}}
    found = snapshots(write_lines(tmp_path / "t.jsonl", line), "tiktok", "discover")
    assert (found[0].parsed.shape, found[0].parsed.problem) == (None, "expected tags of discover")


def test_payloads_cannot_be_read_without_the_platforms_parse(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "t.jsonl", tags("2022-03-24T20:00:00Z", "a"))
    with pytest.raises(SettingsError, match="tiktok_discover_t holds payloads of tiktok"):
        list(read_archive(path, recognize(path, "tiktok", "discover"), None))


def test_a_reader_that_stops_early_has_not_read_the_file(tmp_path: Path) -> None:
    lines = [tags(f"2022-03-24T20:{minute:02}:00Z", "a") for minute in range(60)]
    path = write_lines(tmp_path / "t.jsonl", *lines)
    seen: list[object] = []

    def counting(payload: object, surface_type: str) -> Parsed:
        seen.append(payload)
        return echo(payload, surface_type)

    reader = read_archive(path, recognize(path, "tiktok", "discover"), counting)
    assert next(reader).captured_at == datetime(2022, 3, 24, 20, 0, tzinfo=UTC)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("name", "content", "payload"),
    [
        ("a.json", '{"a": [1]}', {"a": [1]}),
        ("a.json.gz", "[1, 2]", [1, 2]),
        ("a.jsonl", '{"a": 1}\n\n{"b": "\u2028"}\n', [{"a": 1}, {"b": "\u2028"}]),
        ("guarded.json", ')]}\'\n{"a": 1}', {"a": 1}),
        ("guarded.json", ')]}\',\n{"a": 1}', {"a": 1}),
        ("export.csv", "a,b\n1,2\n", "a,b\n1,2"),
        ("a.html", "\ufeff<!doctype html><p>x", "<!doctype html><p>x"),
        ("piece.html", 'understood our <a href="/">policy</a>', 'understood our <a href="/">policy</a>'),
    ],
)
def test_a_raw_payload_file_is_read_as_what_it_holds(tmp_path: Path, name: str, content: str, payload: object) -> None:
    assert load_payload(write(tmp_path / name, content)) == payload


@pytest.mark.parametrize("content", ["a,b\n1,2\n", '{"a": 1', "[" * 100_000])
def test_what_is_no_payload_is_an_error(tmp_path: Path, content: str) -> None:
    with pytest.raises(PayloadError, match="neither JSON, JSON lines nor HTML"):
        load_payload(write(tmp_path / "a.txt", content))


def test_parsing_a_file_takes_payloads_and_archives_alike(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw.json", json.dumps({"tags": ["a"]}, indent=1))
    archive = write_lines(tmp_path / "t.jsonl", tags("2022-03-24T20:00:00Z", "a"), tags("2022-03-24T21:00:00Z", "b"))
    assert [len(parsed.items) for parsed in parse_file(raw, "tiktok", "discover", echo)] == [1]
    assert [len(parsed.items) for parsed in parse_file(archive, "tiktok", "discover", echo)] == [1, 1]


@pytest.mark.parametrize("content", [json.dumps({"other": 1}), "a,b\n1,2\n"])
def test_parsing_a_file_of_another_surface_says_what_it_looks_like(tmp_path: Path, content: str) -> None:
    path = write(tmp_path / "other", content)
    with pytest.raises(PayloadError, match=r"looks like .*known archives of tiktok/discover"):
        list(parse_file(path, "tiktok", "discover", echo))
