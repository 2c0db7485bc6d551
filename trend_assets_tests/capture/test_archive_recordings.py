"""The recorded histories beside the project parse completely. Skipped where they are not at hand."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from trend_assets.capture.archive import Parse, Snapshot, parse_file, read_archive, recognize
from trend_assets.capture.items import Parsed
from trend_assets.capture.platforms import platform
from trend_assets.errors import PayloadError
from trend_assets_tests.capture.archive_files import all_items, all_rejected, keys, span, utc


def one_per_payload(payload: object, surface_type: str) -> Parsed:
    assert surface_type in ("discover", "feed")
    rows = payload if isinstance(payload, list) else [payload]
    return Parsed(f"{len(rows)} rows")


def read(folder: Path, name: str, platform: str, surface_type: str, parse: Parse | None = None) -> list[Snapshot]:
    path = folder / name
    return list(read_archive(path, recognize(path, platform, surface_type), parse))


class Table(NamedTuple):
    name: str
    platform: str
    surface_type: str
    format: str
    snapshots: int
    rows: int
    repeated: int
    """Rows that name an item of the same snapshot again."""
    first: str
    last: str


TABLES = [
    Table("weibo/hot_search_hourly_2024-12-01_2024-12-21.jsonl.gz", "weibo", "hot_search", "weibo_hot_search_hourly",
          463, 24_004, 0, "2024-11-30T16:00", "2024-12-21T15:00"),
    Table("weibo/raw_hour_2024-12-18T12.json", "weibo", "hot_search", "weibo_hot_search_raw_hour",
          1, 52, 0, "2024-12-18T04:00", "2024-12-18T04:00"),
    Table("hackernews/frontpage_15min_2025-04-28_2025-05-18.csv.gz", "hackernews", "front_page", "hackernews_front_page_15min",
          1_748, 52_439, 0, "2025-04-28T20:50:04", "2025-05-18T23:47:15"),
    Table("x/trends_place_3x_daily_2021-09-01_2021-09-25.csv.gz", "x", "trends_place", "x_trends_place",
          75 * 9, 33_211, 40, "2021-09-01T00:52", "2021-09-25T16:20"),
    Table("x/raw_trends_place_snapshot_2021-09-17T0623.csv", "x", "trends_place", "x_trends_place_raw",
          9, 447, 0, "2021-09-17T00:53", "2021-09-17T00:53"),
    Table("youtube/trending_daily_default_music_2025-03-01_2025-05-18.csv.gz", "youtube", "trending", "youtube_trending_2025",
          158, 10_309, 1_192, "2025-03-01T20:00", "2025-05-18T20:00"),
    Table("youtube/raw_trending_default_20250411.csv.gz", "youtube", "trending", "youtube_trending_2025_raw_day",
          1, 107, 12, "2025-04-11T20:00", "2025-04-11T20:00"),
    Table("youtube/USvideos_2017-2018_subset.csv.gz", "youtube", "trending", "youtube_trending_2017",
          67, 13_396, 0, "2017-11-14T12:00", "2018-01-21T12:00"),
    Table("reddit/top1000_marketing_2013-08.csv.gz", "reddit", "top", "reddit_top_2013",
          1_000, 1_000, 0, "2008-03-29T17:33:41", "2013-08-15T21:08:14"),
    Table("reddit/top1000_socialmedia_2013-08.csv.gz", "reddit", "top", "reddit_top_2013",
          1_000, 1_000, 0, "2008-05-28T02:22:58", "2013-08-17T02:43:08"),
    Table("reddit/top1000_technology_2013-08.csv.gz", "reddit", "top", "reddit_top_2013",
          1_000, 1_000, 0, "2008-11-03T17:17:21", "2013-08-15T14:23:30"),
]  # fmt: skip

PAYLOADS = [
    ("tiktok/discover_hourly_t_2022-03-24_2022-04-24.jsonl.gz", "discover", "tiktok_discover_t", 702, 702),
    ("tiktok/discover_exploreList_www_6hourly_2024-03-29_2024-04-30.jsonl.gz", "discover", "tiktok_discover_explore_list",
     119, 119),
    ("tiktok/aweme_feed_snapshots_2024-03-29_2024-04-30.jsonl.gz", "feed", "tiktok_aweme_feed", 16, 16),
    ("tiktok/tiktok_scraper_trending_2020-12_1000.jsonl.gz", "feed", "tiktok_scraper_rows", 1_000, 1_000),
    ("tiktok/trending_collector_history_2026-03.jsonl.gz", "feed", "tiktok_trending_collector", 24, 73),
]  # fmt: skip


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_row_of_a_recorded_table_is_lost(shared_data: Path, table: Table) -> None:
    path = shared_data / table.name
    fmt = recognize(path, table.platform, table.surface_type)
    found = list(read_archive(path, fmt, None))
    assert fmt.name == table.format
    assert len(found) == table.snapshots
    assert len(all_items(found)) + len(all_rejected(found)) == table.rows - table.repeated
    assert span(path, fmt) == (utc(table.first), utc(table.last))


@pytest.mark.parametrize(("name", "surface_type", "fmt", "count", "rows"), PAYLOADS)
def test_no_recorded_payload_is_lost(shared_data: Path, name: str, surface_type: str, fmt: str, count: int, rows: int) -> None:
    found = read(shared_data, name, "tiktok", surface_type, one_per_payload)
    assert recognize(shared_data / name, "tiktok", surface_type).name == fmt
    assert len(found) == count
    assert sum(int((snapshot.parsed.shape or "0").split()[0]) for snapshot in found) == rows
    assert all_rejected(found) == []


def test_only_keyless_titles_advertisements_and_blank_rows_of_the_recordings_are_rejected(shared_data: Path) -> None:
    reasons = {table.name: Counter(entry.reason for entry in all_rejected(read(shared_data, *table[:3]))) for table in TABLES}
    keyless = {name: counts.pop("no_cluster_key", 0) for name, counts in reasons.items()}
    assert {name: dict(counts) for name, counts in reasons.items() if counts} == {
        TABLES[0].name: {"promoted": 698},
        TABLES[1].name: {"promoted": 3},
        TABLES[2].name: {"no_id": 29},
    }
    # Titles of a single word, or of stop words only, have no phrase.
    assert all(keyless[table.name] < 0.05 * table.rows for table in TABLES)


def test_rows_of_the_recordings_field_by_field(shared_data: Path) -> None:
    hour = read(shared_data, TABLES[0].name, "weibo", "hot_search")[0]
    topic = next(item for item in hour.parsed.items if item.text_content == "微观链博会")
    assert (topic.rank, topic.gauge, topic.view_count, topic.comment_count) == (3, 525083, 65341000, 3154)
    story = read(shared_data, TABLES[2].name, "hackernews", "front_page")[0].parsed.items[1]
    assert (story.platform_item_id, story.rank, story.like_count, story.comment_count) == ("43819791", 2, 974, 777)
    india = read(shared_data, TABLES[3].name, "x", "trends_place")[0]
    assert (india.surface_key, india.captured_at) == ("India", utc("2021-09-01T00:52"))
    assert [(item.text_content, item.rank, item.volume_24h) for item in india.parsed.items[:2]] == [
        ("Jungkook", 1, 2546400),
        ("#GoldenArtistJKDay", 2, 500666),
    ]
    post = read(shared_data, TABLES[8].name, "reddit", "top")[0].parsed.items[0]
    assert (post.platform_item_id, post.like_count, post.comment_count) == ("t3_1bzygs", 169, 85)
    assert keys(post)[0] == "reddit:r/marketing"


def test_no_recorded_youtube_video_was_published_after_its_capture(shared_data: Path) -> None:
    for name in (TABLES[5].name, TABLES[6].name, TABLES[7].name):
        for snapshot in read(shared_data, name, "youtube", "trending"):
            created = [item.item_created_at for item in snapshot.parsed.items if item.item_created_at]
            assert max(created) < snapshot.captured_at


def test_no_recording_fits_two_formats_of_its_surface(shared_data: Path) -> None:
    from trend_assets.capture.archive import _fits
    from trend_assets.capture.archive_formats import formats_of
    from trend_assets.capture.archive_rows import look

    surfaces = [table[:3] for table in TABLES] + [(name, "tiktok", surface_type) for name, surface_type, *_ in PAYLOADS]
    for name, source, surface_type in surfaces:
        seen = look(shared_data / name)
        assert len([fmt for fmt in formats_of(source, surface_type) if _fits(fmt, seen)]) == 1, name


def test_the_file_that_the_x_bot_wrote_after_its_api_died_is_empty_and_no_success(shared_data: Path) -> None:
    path = shared_data / "x/raw_trends_place_snapshot_empty_2021-09-26+.csv"
    with pytest.raises(PayloadError, match="is empty"):
        list(parse_file(path, "x", "trends_place", None))


def test_tiktoks_own_parse_knows_every_recorded_payload(shared_data: Path) -> None:
    for name, surface_type, *_ in PAYLOADS:
        for snapshot in read(shared_data, name, "tiktok", surface_type, platform("tiktok").parse):
            assert snapshot.parsed.shape is not None, name
            assert snapshot.parsed.items, name
