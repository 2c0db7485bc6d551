"""Google Trends: the feed, rows made of it, the CSV export and the stories of "Trending now"."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trend_assets.capture.archive import load_payload, parse_file
from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import google_trends, live_platform
from trend_assets.capture.surfaces import Surface
from trend_assets.errors import SettingsError
from trend_assets_tests.capture.recordings import read

ROWS = "rss_derived_IN_daily_2025-12-25_2025-12-30.jsonl"
EXPORT = "trending_now_export_IN_2026-01-01.csv"
STORIES = "realtimetrends_US_2023-03-26.raw.json"
NO_SURFACES = (
    "hottrends_all_countries_2023-03-26.json",
    "topcharts_2023-03-26.raw.json",
    "relatedqueries_rising_2023-03-26.raw.json",
    "interest_over_time_2023-03-26.raw.json",
)
"""Recorded answers that are no lists of what trends now in one country."""
ITEM = """<item><title>Cats &amp; dogs</title><ht:approx_traffic>20K+</ht:approx_traffic><description/>
<link>https://trends.google.com/trending/rss?geo=US</link><pubDate>Thu, 25 Dec 2025 08:50:00 -0800</pubDate>
<ht:news_item><ht:news_item_title>Not the query</ht:news_item_title></ht:news_item></item>"""


def feed(items: str, start: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{start}<rss xmlns:ht="https://trends.google.com/trending/rss" version="2.0">'
        f"<channel><title>Daily Search Trends</title><description>Recent searches</description>{items}</channel></rss>"
    )


def rss(items: str, start: str = "") -> Parsed:
    return google_trends.parse(feed(items, start), "rss")


def topic(**fields: Any) -> Item:
    row = {"title": "knicks vs cavaliers", "traffic": "200+", "published": "Thu, 25 Dec 2025 08:50:00 -0800", **fields}
    (item,) = google_trends.parse({"source": "Google Trends", "trends": [row]}, "rss").items
    return item


def export(**cells: str) -> Parsed:
    row = {
        "Trends": "itc share price", "Search volume": "100K+", "Started": "January 1, 2026 at 12:10:00\u202fAM UTC+5:30",
        "Ended": "", "Trend breakdown": "itc share price,itc", "Explore link": "https://trends.google.com/trends/explore?q=itc",
        **cells,
    }  # fmt: skip
    lines = [",".join(f'"{cell}"' for cell in cells) for cells in (row.keys(), row.values())]
    return google_trends.parse("\n".join(lines), "trending_now")


def story(**fields: Any) -> dict[str, Any]:
    names = ["Caleb Plant", "Boxing"]
    return {"id": "US_lnk_a", "title": ", ".join(names), "entityNames": names, "shareUrl": "https://a.example", **fields}


def stories(*entries: object) -> str:
    return ")]}'\n" + json.dumps({"storySummaries": {"trendingStories": entries}})


def keys(item: Item) -> list[str]:
    return [key.key for key in item.keys]


def test_a_feed_is_read_field_by_field() -> None:
    parsed = rss(ITEM)
    (item,) = parsed.items
    assert (parsed.shape, parsed.rejected) == ("rss", ())
    assert (item.platform, item.platform_item_id, item.item_type) == ("google_trends", "topic:cats & dogs", "topic")
    assert (item.is_post, item.rank, item.text_content, item.volume_24h) == (False, 1, "Cats & dogs", 20_000)
    assert item.item_created_at == datetime(2025, 12, 25, 16, 50, tzinfo=UTC)
    assert item.canonical_url == "https://trends.google.com/trends/explore?q=Cats%20%26%20dogs"
    assert item.raw["news"] == [{"news_item_title": "Not the query"}]
    assert keys(item) == ["phrase:cats_dogs"]


def test_rows_made_of_a_feed_are_read_like_it() -> None:
    item = topic()
    assert (item.platform_item_id, item.volume_24h, item.gauge) == ("topic:knicks vs cavaliers", 200, None)
    assert item.item_created_at == datetime(2025, 12, 25, 16, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    ("shown", "volume", "percent"),
    [
        ("200+", 200, None), ("20000+", 20_000, None), ("1,000+", 1_000, None), ("100K+", 100_000, None), ("1M+", 10**6, None),
        ("500000 (1000%)", 500_000, 1_000), (500, 500, None), ("", None, None), (" ", None, None), (None, None, None),
    ],
)  # fmt: skip
def test_a_volume_is_the_number_that_it_shows_at_least(shown: object, volume: int | None, percent: int | None) -> None:
    item = topic(traffic=shown)
    assert (item.volume_24h, item.gauge) == (volume, percent)


@pytest.mark.parametrize("shown", ["many", ["200+"], -5, "5 (10"])
def test_a_volume_that_is_none_is_quarantined(shown: object) -> None:
    parsed = google_trends.parse({"trends": [{"title": "a", "traffic": shown}]}, "rss")
    assert [entry.reason for entry in parsed.rejected] == ["bad_counter"]


def test_entries_without_a_title_or_that_are_no_objects_are_quarantined() -> None:
    parsed = google_trends.parse({"trends": [{"title": " "}, {"traffic": "200+"}, None, "a"]}, "rss")
    assert [entry.reason for entry in parsed.rejected] == ["no_id", "no_id", "not_an_object", "not_an_object"]
    assert [entry.reason for entry in rss("<item/>" + ITEM).rejected] == ["no_id"]


def test_a_topic_that_is_written_as_a_hashtag_is_one() -> None:
    assert keys(topic(title="#SuperBowl")) == ["google_trends:#superbowl"]


def test_a_feed_without_items_is_empty_and_one_with_other_lists_is_unknown() -> None:
    assert rss("") == Parsed("rss")
    problem = rss("<itemV2><edges><node/></edges></itemV2>").problem
    assert problem and "expected a whole Google Trends feed" in problem


@pytest.mark.parametrize(
    "text",
    [
        feed(ITEM)[:-30],
        feed(ITEM, '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>').replace("Cats", "&b;"),
        feed(ITEM, '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>').replace("Cats", "&a;"),
        feed(ITEM, '<!DOCTYPE rss SYSTEM "http://a.example/rss.dtd">'),
        feed(ITEM).replace("Cats", "\ud800"),
        feed(ITEM).replace("Cats", "\x00"),
        "<rss><item/></rss>",
        "<html><body>Before you continue</body></html>",
    ],
    ids=["cut off", "expands", "reads a file", "fetches", "surrogate", "nul", "no channel", "a page"],
)
def test_what_is_no_whole_feed_or_asks_for_more_is_refused(text: str) -> None:
    parsed = google_trends.parse(text, "rss")
    assert parsed.shape is None and parsed.problem
    assert "expected a whole Google Trends feed" in parsed.problem


def test_deep_markup_is_no_danger() -> None:
    deep = "<a>" * 200_000 + "</a>" * 200_000
    assert len(rss(f"<item>{deep}</item>" + ITEM).items) == 1


def test_the_export_is_read_field_by_field() -> None:
    (item,) = export().items
    assert (item.platform_item_id, item.rank, item.volume_24h, item.gauge) == ("topic:itc share price", 1, 100_000, None)
    assert item.item_created_at == datetime(2025, 12, 31, 18, 40, tzinfo=UTC)
    assert item.canonical_url == "https://trends.google.com/trends/explore?q=itc"
    assert item.raw["Trend breakdown"] == "itc share price,itc"
    assert keys(item) == ["phrase:itc_share_price"]


@pytest.mark.parametrize(
    ("shown", "moment"),
    [
        ("January 1, 2026 at 12:10:00\u202fPM UTC+5:30", datetime(2026, 1, 1, 6, 40, tzinfo=UTC)),
        ("December 31, 2025 at 11:50:00 PM UTC-8", datetime(2026, 1, 1, 7, 50, tzinfo=UTC)),
        ("March 1, 2026 at 1:02:03\u202fAM UTC", datetime(2026, 3, 1, 1, 2, 3, tzinfo=UTC)),
        ("Smarch 1, 2026 at 1:02:03\u202fAM UTC", None),
        ("March 41, 2026 at 1:02:03\u202fAM UTC", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_of_the_export_are_read_with_their_zone(shown: str, moment: datetime | None) -> None:
    assert export(Started=shown).items[0].item_created_at == moment


def test_a_topic_that_has_ended_is_in_the_list_still() -> None:
    assert export(Ended="January 2, 2026 at 5:00:00\u202fAM UTC+5:30").items[0].rank == 1


def test_the_increase_beside_a_volume_is_kept_as_a_gauge() -> None:
    (item,) = export(**{"Search volume": "500000 (1000%)"}).items
    assert (item.volume_24h, item.gauge) == (500_000, 1_000)


def test_a_story_is_the_topic_of_its_first_entity() -> None:
    (item,) = google_trends.parse(stories(story()), "trending_now").items
    assert (item.platform_item_id, item.text_content, item.volume_24h) == ("story:US_lnk_a", "Caleb Plant", None)
    assert item.canonical_url == "https://a.example"
    assert item.raw["title"] == "Caleb Plant, Boxing"
    assert keys(item) == ["phrase:caleb_plant"]


def test_stories_without_entities_are_quarantined() -> None:
    parsed = google_trends.parse(stories(story(entityNames=[]), story(entityNames=None), 5), "trending_now")
    assert [entry.reason for entry in parsed.rejected] == ["no_cluster_key", "no_cluster_key", "not_an_object"]


@pytest.mark.parametrize(
    "text", [")]}'\n{", ")]}'\n[]", "a,b\n1,2", "Trends\na", '{"storySummaries": {}}', "\0", "x" * 200_000]
)
def test_what_is_no_list_of_trending_now_is_a_problem(text: str) -> None:
    parsed = google_trends.parse(text, "trending_now")
    assert parsed.shape is None and parsed.problem and "expected a CSV export" in parsed.problem


@pytest.mark.parametrize("key", ["", "us", "USA", "r/marketing", "US&geo=IN"])
def test_a_key_that_is_no_country_is_refused(key: str) -> None:
    surface = Surface(id="google_trends:rss", platform="google_trends", surface_type="rss", surface_key=key, cadence_minutes=60)
    unused: Any = None
    capturing = live_platform(surface).capture(surface, unused)
    with pytest.raises(SettingsError, match=r"^google_trends:rss: .* is no country; write the surface_key like US\.$"):
        capturing.send(None)


def test_recorded_feeds_are_read_row_by_row(shared_data: Path) -> None:
    days = read(shared_data / "google_trends" / ROWS)
    assert len(days) == 6
    for day in days:
        parsed = google_trends.parse(day["payload"], "rss")
        assert (parsed.shape, len(parsed.items), parsed.rejected) == ("rss_rows", 10, ())
        for item, row in zip(parsed.items, day["payload"]["trends"], strict=True):
            assert (item.text_content, f"{item.volume_24h}+") == (row["title"], row["traffic"])
            assert item.item_created_at == datetime.strptime(row["published"], "%a, %d %b %Y %H:%M:%S %z")
    first = google_trends.parse(days[0]["payload"], "rss").items[0]
    assert (first.platform_item_id, first.volume_24h, first.rank) == ("topic:afc champions league", 500, 1)
    assert keys(first) == ["phrase:afc_champions_league"]


def test_recorded_feeds_are_an_archive(shared_data: Path) -> None:
    found = list(parse_file(shared_data / "google_trends" / ROWS, "google_trends", "rss", google_trends.parse))
    assert [len(parsed.items) for parsed in found] == [10] * 6


def test_the_recorded_export_is_read_row_by_row(shared_data: Path) -> None:
    path = shared_data / "google_trends" / EXPORT
    (parsed,) = parse_file(path, "google_trends", "trending_now", google_trends.parse)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert (parsed.shape, len(rows), len(parsed.items), parsed.rejected) == ("csv_export", 255, 254, ())
    volumes = {"K+": 1_000, "+": 1}
    for item in parsed.items:
        row = rows[(item.rank or 0) - 1]
        number, unit = row["Search volume"].rstrip("K+"), row["Search volume"].lstrip("0123456789")
        assert (item.text_content, item.volume_24h) == (row["Trends"], int(number) * volumes[unit])
        assert (item.canonical_url, item.item_created_at is None) == (row["Explore link"], False)
    assert {item.text_content for item in parsed.items} == {row["Trends"] for row in rows}, "one topic is listed twice"


def test_the_recorded_stories_are_read_one_by_one(shared_data: Path) -> None:
    path = shared_data / "google_trends" / STORIES
    guarded = google_trends.parse(path.read_text(encoding="utf-8"), "trending_now")
    parsed = google_trends.parse(payload := load_payload(path), "trending_now")
    assert guarded == parsed
    assert (parsed.shape, len(parsed.items), parsed.rejected) == ("realtime_stories", 111, ())
    assert isinstance(payload, dict)
    for item, raw in zip(parsed.items, payload["storySummaries"]["trendingStories"], strict=True):
        assert (item.platform_item_id, item.text_content) == (f"story:{raw['id']}", raw["entityNames"][0])
    assert keys(parsed.items[2]) == ["phrase:jimin"]


@pytest.mark.parametrize("name", NO_SURFACES)
@pytest.mark.parametrize("surface_type", sorted(google_trends.SURFACE_TYPES))
def test_other_recorded_answers_are_no_surfaces(shared_data: Path, name: str, surface_type: str) -> None:
    parsed = google_trends.parse(load_payload(shared_data / "google_trends" / name), surface_type)
    assert parsed.shape is None and parsed.problem and "expected" in parsed.problem
