"""TikTok's recordings: all are read without rejections, and compared with the raw values of FIELDS.md."""

from pathlib import Path
from typing import Any

import pytest

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import tiktok
from trend_assets_tests.capture.recordings import read

COUNTERS = ("view_count", "like_count", "comment_count", "share_count")


def _snapshots(folder: Path, name: str) -> list[Any]:
    return [row["payload"] for row in read(folder / "tiktok" / name)]


def _read(payload: object, surface_type: str = "discover") -> Parsed:
    parsed = tiktok.parse(payload, surface_type)
    assert parsed.shape is not None and not parsed.rejected, parsed
    return parsed


def _counts(item: Item) -> list[int | None]:
    return [getattr(item, counter) for counter in COUNTERS]


def _types(parsed: Parsed) -> dict[str, int]:
    names = [item.item_type for item in parsed.items]
    return {name: names.count(name) for name in tiktok.ITEM_TYPES if name in names}


@pytest.mark.parametrize(
    ("name", "shape", "items"),
    [
        ("api_item_list_sample_2024-12-16.json", "item_list", {"video": 1}),
        ("item_list_trending_2021-08-09.json", "item_rows", {"video": 10}),
        ("raw_discover_t_20220411_sample.json", "discover_lists", {"sound": 10, "hashtag": 10, "creator": 30}),
        ("raw_discover_exploreList_www_20240330.json", "explore_list", {"sound": 5, "hashtag": 10, "creator": 30}),
        ("raw_userMeta_page_NEXT_DATA_2021-01.html", "next_data_page", {"video": 4}),
        ("raw_videoMeta_page_NEXT_DATA_2020-10.html", "next_data_page", {"video": 1}),
        ("tiktok_scraper_trending_2020-12_1000.jsonl.gz", "scraper_rows", {"video": 1000}),
        ("trending_collector_history_2026-03.jsonl.gz", "collector_rows", {"video": 56}),
        ("creative_center/hashtag_list_US_120d_2025-06.json", "hashtag_list", {"hashtag": 1}),
        ("creative_center/hashtag_actor_output_QA_7d_2025-09.json", "hashtag_rows", {"hashtag": 1}),
        ("creative_center/song_actor_output_QA_7d_2025-09.json", "sound_rows", {"sound": 1}),
    ],
)
def test_a_recording_is_read_without_rejections(shared_data: Path, name: str, shape: str, items: dict[str, int]) -> None:
    parsed = _read(read(shared_data / "tiktok" / name))
    assert (parsed.shape, _types(parsed)) == (shape, items)


def test_the_hourly_discover_lists_are_read_entry_by_entry(shared_data: Path) -> None:
    snapshots = _snapshots(shared_data, "discover_hourly_t_2022-03-24_2022-04-24.jsonl.gz")
    assert len(snapshots) == 702
    for payload in snapshots:
        items = _read(payload).items
        raws = [*payload["user"], *payload["hashtag"], *payload["music"]]
        assert [item.raw for item in items] == raws
    creators, hashtags, sounds = payload["user"], payload["hashtag"], payload["music"]
    assert [item.author_id for item in items[: len(creators)]] == [raw["userId"] for raw in creators]
    assert [f"@{item.author_handle}" for item in items[: len(creators)]] == [raw["id"] for raw in creators]
    tags = items[len(creators) : len(creators) + len(hashtags)]
    assert [(f"#{item.hashtags[0]}", item.view_count) for item in tags] == [
        (raw["name"], raw["stats"]["views"]) for raw in hashtags
    ]
    tail = [(item.audio_id, item.audio_title, item.use_count) for item in items[-len(sounds) :]]
    assert tail == [(raw["musicId"], raw["musicInfo"]["title"].strip(), raw["stats"]["posts"]) for raw in sounds]


def test_trending_sounds_of_the_hourly_lists_are_their_music(shared_data: Path) -> None:
    for payload in _snapshots(shared_data, "discover_hourly_t_2022-03-24_2022-04-24.jsonl.gz")[::20]:
        items = _read(payload, "trending_sounds").items
        assert [item.audio_id for item in items] == [raw["musicId"] for raw in payload["music"]]
        assert [item.rank for item in items] == list(range(1, len(items) + 1))


def test_the_explore_lists_are_read_card_by_card(shared_data: Path) -> None:
    snapshots = _snapshots(shared_data, "discover_exploreList_www_6hourly_2024-03-29_2024-04-30.jsonl.gz")
    assert len(snapshots) == 119
    for payload in snapshots:
        cards = [entry["cardItem"] for section in payload["body"] for entry in section["exploreList"]]
        items = {item.raw["id"]: item for item in _read(payload).items}
        assert set(items) == {card["id"] for card in cards}
        for card in cards:
            _assert_card(items[card["id"]], card)


def _assert_card(item: Item, card: dict[str, Any]) -> None:
    extra = card["extraInfo"]
    if card["type"] == 1:
        assert (item.audio_id, item.use_count) == (extra["musicId"], extra["posts"])
    elif card["type"] == 2:
        assert (item.author_id, f"@{item.author_handle}") == (extra["userId"], card["subTitle"])
    else:
        assert (f"#{item.hashtags[0]}", item.view_count) == (card["title"], extra["views"])


def test_the_app_feeds_are_read_with_exact_music_ids(shared_data: Path) -> None:
    snapshots = _snapshots(shared_data, "aweme_feed_snapshots_2024-03-29_2024-04-30.jsonl.gz")
    seen = 0
    for payload in snapshots:
        items = _read(payload, "feed").items
        for item, raw in zip(items, payload["aweme_list"], strict=True):
            seen += 1
            assert item.audio_id == raw["music"]["id_str"] != str(raw["music"]["id"])
            assert item.platform_item_id == raw["aweme_id"]
            assert _counts(item) == [raw["statistics"][f"{name}_count"] for name in ("play", "digg", "comment", "share")]
            assert {tag.casefold() for tag in item.hashtags} >= {cha["cha_name"].casefold() for cha in raw["cha_list"] or []}
            assert (item.author_handle, item.author_id) == (raw["author"]["unique_id"], raw["author"]["uid"])
    assert seen == 126


def test_the_web_sample_is_read_with_exact_counts(shared_data: Path) -> None:
    payload = read(shared_data / "tiktok" / "api_item_list_sample_2024-12-16.json")
    (item,) = _read(payload, "hashtag").items
    raw = payload["itemList"][0]
    assert [str(count) for count in _counts(item)] == [
        raw["statsV2"][f"{name}Count"] for name in ("play", "digg", "comment", "share")
    ]
    assert item.hashtags == tuple(challenge["title"] for challenge in raw["challenges"])
    assert [key.key for key in item.keys] == [f"tiktok:{raw['music']['id']}", "tiktok:#4살딸", "tiktok:#귀여워"]


def test_the_scraper_rows_are_read_row_by_row(shared_data: Path) -> None:
    rows = read(shared_data / "tiktok" / "tiktok_scraper_trending_2020-12_1000.jsonl.gz")
    for item, raw in zip(_read(rows, "feed").items, rows, strict=True):
        assert (item.platform_item_id, item.audio_id) == (raw["id"], raw["musicMeta"]["musicId"])
        assert _counts(item) == [raw[f"{name}Count"] for name in ("play", "digg", "comment", "share")]
        assert item.canonical_url == raw["webVideoUrl"]
        assert not raw["hashtags"] or item.hashtags[0] == raw["hashtags"][0]["name"]


def test_the_same_video_of_the_collector_moves_its_counters(shared_data: Path) -> None:
    rows = read(shared_data / "tiktok" / "trending_collector_history_2026-03.jsonl.gz")
    for row in rows:
        (item,) = _read(row, "feed").items
        assert (item.platform_item_id, item.audio_id) == (row["video_id"], row.get("music_id"))
        assert _counts(item) == [row[counter.replace("view", "play")] for counter in COUNTERS]
        assert not row["hashtags"] or item.hashtags[0].casefold() == row["hashtags"][0].casefold()


def test_the_pages_are_read_with_the_fields_of_their_state(shared_data: Path) -> None:
    page = read(shared_data / "tiktok" / "raw_videoMeta_page_NEXT_DATA_2020-10.html")
    (item,) = _read(page, "feed").items
    assert (item.platform_item_id, item.author_handle, item.audio_id) == (
        "6881450806688664838",
        "tiktok",
        "6881450829518293766",
    )
    assert _counts(item) == [item.raw["stats"][f"{name}Count"] for name in ("play", "digg", "comment", "share")]
