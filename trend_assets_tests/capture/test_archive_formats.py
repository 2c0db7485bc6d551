from pathlib import Path
from typing import Any

import pytest
import yaml

from trend_assets.capture.archive import Snapshot, read_archive
from trend_assets.capture.archive_formats import ArchiveFormat, format_named, load_formats
from trend_assets.errors import SettingsError, UnknownNameError
from trend_assets_tests.capture.archive_files import all_items, keys, utc, write, write_csv


def mapping(**changes: Any) -> dict[str, Any]:
    item = {"type": "post", "is_post": True, "id": {"column": "id"}, "text": "text", "keys": ["hashtags", "phrases"]}
    base = {
        "name": "mine",
        "kind": "table",
        "about": "A history.",
        "platform": "mine",
        "surface_type": "feed",
        "cadence_minutes": 0,
        "min_items": 1,
        "recognized_by": ["id"],
        "captured_at": {"column": "time"},
        "item": item,
    }
    return {**base, **changes}


def load(folder: Path, *mappings: object) -> tuple[ArchiveFormat, ...]:
    path = folder / "formats.yaml"
    path.write_text(yaml.safe_dump({"formats": list(mappings)}, allow_unicode=True))
    load_formats.cache_clear()
    return load_formats(path)


def replay(folder: Path, time: dict[str, Any], header: str, *row: object, **changes: Any) -> list[Snapshot]:
    (fmt,) = load(folder, mapping(captured_at=time, **changes))
    return list(read_archive(write_csv(folder / "rows.csv", header, row), fmt, None))


def test_every_shipped_mapping_says_what_its_times_mean_and_has_a_name_of_its_own() -> None:
    formats = load_formats()
    assert len({fmt.name for fmt in formats}) == len(formats)
    assert all(len(fmt.about) > 20 for fmt in formats)


def test_a_format_is_found_by_its_name_or_the_names_are_listed() -> None:
    assert format_named("tiktok_discover_t").surface_type == "discover"
    with pytest.raises(UnknownNameError, match=r"no archive format 'tiktok'; there are .*tiktok_discover_t"):
        format_named("tiktok")


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"colour": "red"}, "colour", "Extra inputs"),
        ({"kind": "tables"}, "", "'tables' found using 'kind'"),
        ({"cadence_minutes": -5}, "cadence_minutes", "greater than or equal to 0"),
        ({"recognized_by": []}, "recognized_by", "at least 1 item"),
        ({"captured_at": {}}, "captured_at", "exactly one of column, from_file_name"),
        ({"captured_at": {"column": "day", "format": "%Y"}}, "captured_at", "without %z needs a zone"),
        ({"captured_at": {"column": "day", "format": "%Y", "zone": "Mars"}}, "captured_at.zone", "'Mars' is no time zone"),
        ({"captured_at": {"column": "day", "at": "20:00"}}, "captured_at", "need a format"),
        ({"captured_at": {"column": "day", "format": "%Y", "zone": "UTC", "at": 1200}}, "captured_at.at", "valid string"),
        ({"captured_at": {"from_file_name": "x", "format": "%Y", "zone": "UTC"}}, "captured_at.from_file_name", "one group"),
        ({"captured_at": {"from_file_name": "(", "format": "%Y", "zone": "UTC"}}, "captured_at.from_file_name", "regular"),
        ({"derive": {"a": {"column": "b"}}}, "derive.a", "either column and pattern, or from_file_name"),
        ({"item": None}, "", "rows: items needs item"),
        ({"rows": "payload"}, "", "rows: payload has none"),
        ({"item": {**mapping()["item"], "id": {"column": "a", "topic": "b"}}}, "item.id", "exactly one of column, template"),
        ({"item": {**mapping()["item"], "counters": {"likes": "n"}}}, "item.counters.likes", "'view_count'"),
        ({"item": {**mapping()["item"], "keys": ["entity"]}}, "item", "belong together"),
        ({"item": {**mapping()["item"], "keys": ["title"]}}, "item.keys.0", "'phrases'"),
    ],
)
def test_a_wrong_mapping_is_refused_with_file_mapping_and_field(
    tmp_path: Path, changes: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, mapping(**changes))
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'formats.yaml'}: mapping mine: {field}")
    assert said in message


def test_all_violations_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, mapping(colour="red"), mapping(name="other", min_items=-1), 7)
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == ["mapping mine", "mapping other", "mapping 3"]


def test_two_mappings_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="mapping name mine is given more than once"):
        load(tmp_path, mapping(), mapping())


@pytest.mark.parametrize("content", ["formats: [", "- 1", ""])
def test_a_file_that_holds_no_mappings_is_refused(tmp_path: Path, content: str) -> None:
    path = write(tmp_path / "formats.yaml", content)
    with pytest.raises(SettingsError, match=r"formats\.yaml"):
        load_formats(path)


@pytest.mark.parametrize(
    ("source", "cells", "expected"),
    [
        ({"format": "%d %b %Y %I:%M %p", "zone": "UTC"}, "05 Jan 2026 1:30\u202fPM", "2026-01-05T13:30"),
        ({"format": "%Y-%m-%d %H:%M", "zone": "-03:30"}, "2026-01-05 22:00", "2026-01-06T01:30"),
        ({"format": "%Y-%m-%d %H:%M", "zone": "Europe/Berlin"}, "2026-07-05 02:00", "2026-07-05T00:00"),
        ({"format": "%Y-%m-%d %H:%M", "zone": "Europe/Berlin"}, "2026-01-05 02:00", "2026-01-05T01:00"),
        ({"format": "%a, %d %b %Y %H:%M:%S %z"}, "Thu, 25 Dec 2025 10:00:00 +0200", "2025-12-25T08:00"),
        ({"format": "%Y-%m-%d", "at": "20:00", "zone": "+05:30"}, "2026-01-05", "2026-01-05T14:30"),
        ({}, "2026-01-05T02:00:00-05:00", "2026-01-05T07:00"),
        ({}, "1767578400.0", "2026-01-05T02:00"),
    ],
)
def test_a_time_is_read_in_its_own_format_and_zone(tmp_path: Path, source: dict[str, Any], cells: str, expected: str) -> None:
    (found,) = replay(tmp_path, {"column": "time", **source}, "time,id,text", cells, 1, "#one")
    assert found.captured_at == utc(expected)


def test_a_time_can_stand_in_several_columns(tmp_path: Path) -> None:
    time = {"column": ["day", "hour"], "format": "%Y-%m-%d %H", "zone": "UTC"}
    (found,) = replay(tmp_path, time, "day,hour,id,text", "2026-01-05", "07", 1, "#one")
    assert found.captured_at == utc("2026-01-05T07:00")


def test_phrases_are_keys_only_where_the_text_has_no_hashtag(tmp_path: Path) -> None:
    (fmt,) = load(tmp_path, mapping())
    rows = [("2026-01-05T00:00Z", 1, "new summer song #Dance"), ("2026-01-05T00:00Z", 2, "new summer song")]
    found = list(read_archive(write_csv(tmp_path / "rows.csv", "time,id,text", *rows), fmt, None))
    tagged, plain = all_items(found)
    assert (tagged.hashtags, keys(tagged)) == (("Dance",), ["mine:#dance"])
    assert (plain.hashtags, keys(plain)) == ((), ["phrase:new_summer_song"])
