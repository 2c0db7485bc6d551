"""YouTube's chart of popular videos."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trend_assets.capture.archive import parse_file
from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import live_platform, youtube
from trend_assets.capture.surfaces import Surface
from trend_assets.errors import SettingsError
from trend_assets_tests.capture.recordings import read


def video(**fields: Any) -> dict[str, Any]:
    snippet = {
        "publishedAt": "2019-11-29T20:00:11.000Z", "channelId": "UCWw", "channelTitle": "The ACE Family", "categoryId": "22",
        "title": "Nobody wants to work", "description": "", **fields.pop("snippet", {}),
    }  # fmt: skip
    statistics = {"viewCount": "1024", "likeCount": "99", "commentCount": "7"}
    return {"kind": "youtube#video", "id": "hDeuSfo_Ys0", "snippet": snippet, "statistics": statistics, **fields}


def page(*videos: object, **fields: object) -> dict[str, Any]:
    return {"kind": "youtube#videoListResponse", "items": list(videos), "pageInfo": {"totalResults": 8}, **fields}


def parsed(*videos: object) -> Parsed:
    return youtube.parse(page(*videos), "most_popular")


def one(**fields: Any) -> Item:
    (item,) = parsed(video(**fields)).items
    return item


def keys(item: Item) -> list[str]:
    return [key.key for key in item.keys]


def test_a_video_is_read_field_by_field() -> None:
    item = one()
    assert (item.platform, item.platform_item_id, item.item_type, item.is_post) == ("youtube", "hDeuSfo_Ys0", "video", True)
    assert (item.author_id, item.author_handle) == ("UCWw", "The ACE Family")
    assert (item.text_content, item.rank) == ("Nobody wants to work", 1)
    assert (item.view_count, item.like_count, item.comment_count, item.share_count) == (1024, 99, 7, None)
    assert item.item_created_at == datetime(2019, 11, 29, 20, 0, 11, tzinfo=UTC)
    assert item.canonical_url == "https://www.youtube.com/watch?v=hDeuSfo_Ys0"


def test_a_video_belongs_to_its_hashtags_those_of_the_title_first() -> None:
    item = one(snippet={"title": "Up #Giddy", "description": "Subscribe!\n#ThePrinceFamily #giddy https://a.b/#c"})
    assert keys(item) == ["youtube:#giddy", "youtube:#theprincefamily"]
    assert item.hashtags == ("Giddy", "ThePrinceFamily")


def test_without_hashtags_it_belongs_to_the_phrases_of_its_title() -> None:
    assert keys(one(snippet={"tags": ["giddy up"]})) == ["phrase:nobody_wants_to_work"]


@pytest.mark.parametrize("statistics", [None, {}, {"likeCount": None}, "hidden"])
def test_counters_that_are_hidden_are_unknown(statistics: object) -> None:
    item = one(statistics=statistics)
    assert (item.view_count, item.like_count, item.comment_count) == (None, None, None)


def test_without_the_part_statistics_a_video_is_read() -> None:
    entry = video()
    del entry["statistics"]
    assert parsed(entry).items[0].view_count is None


@pytest.mark.parametrize("count", ["many", "-1", [], "1.5"])
def test_a_counter_that_is_none_is_quarantined(count: object) -> None:
    assert [entry.reason for entry in parsed(video(statistics={"viewCount": count})).rejected] == ["bad_counter"]


def test_what_cannot_be_an_item_is_quarantined_with_its_reason() -> None:
    result = parsed(None, {"kind": "youtube#searchResult"}, video(id=None), video(snippet={"title": "Gasoline"}), video())
    assert [entry.reason for entry in result.rejected] == ["not_an_object", "foreign_kind", "no_id", "no_cluster_key"]
    assert [item.rank for item in result.items] == [5]


def test_ranks_go_on_from_page_to_page() -> None:
    pages = [page(video(id="a"), video(id="b")), page(video(id="c"), video(id="a"))]
    result = youtube.parse(pages, "most_popular")
    assert [(item.platform_item_id, item.rank) for item in result.items] == [("a", 1), ("b", 2), ("c", 3)]


def test_a_page_that_is_none_does_not_sink_the_others() -> None:
    result = youtube.parse([page(video(id="a")), {"error": {}}, page(video(id="b"))], "most_popular")
    assert [(item.platform_item_id, item.rank) for item in result.items] == [("a", 1), ("b", 2)]
    assert [entry.reason for entry in result.rejected] == ["unknown_shape"]


def test_an_empty_chart_is_a_chart() -> None:
    assert parsed() == Parsed("video_list")


@pytest.mark.parametrize(
    "payload",
    [
        {"error": {"code": 403, "message": "quota"}},
        {"kind": "youtube#videoCategoryListResponse", "items": []},
        {"kind": "youtube#videoListResponse"},
        [],
        "<html>",
    ],
)
def test_what_is_no_chart_is_a_problem(payload: object) -> None:
    result = youtube.parse(payload, "most_popular")
    assert result.shape is None and result.problem and "expected a YouTube video list" in result.problem


@pytest.mark.parametrize("key", ["", "us", "US&key=1"])
def test_a_key_that_is_no_country_is_refused(key: str) -> None:
    surface = Surface(
        id="youtube:most_popular", platform="youtube", surface_type="most_popular", surface_key=key, cadence_minutes=60
    )
    unused: Any = None
    with pytest.raises(SettingsError, match=r"is no country; write the surface_key like US\.$"):
        live_platform(surface).capture(surface, unused).send(None)


@pytest.mark.parametrize(
    ("name", "videos", "keyless"),
    [
        ("videos_list_mostPopular_page1_2019-12.json", 5, 0),
        ("videos_list_mostPopular_page2_2019-12.json", 3, 0),
        ("videos_list_by_id_multi.json", 2, 0),
    ],
)
def test_a_recorded_page_is_read_video_by_video(shared_data: Path, name: str, videos: int, keyless: int) -> None:
    payload = read(shared_data / "youtube" / name)
    result = youtube.parse(payload, "most_popular")
    assert (result.shape, len(result.items), len(result.rejected)) == ("video_list", videos - keyless, keyless)
    for item, raw in zip(result.items, payload["items"], strict=True):
        snippet = raw["snippet"]
        assert (item.platform_item_id, item.text_content) == (raw["id"], snippet["title"])
        assert (item.author_id, item.author_handle) == (snippet["channelId"], snippet["channelTitle"])
        assert item.item_created_at == datetime.fromisoformat(snippet["publishedAt"])
        assert item.view_count is None, "the recordings have no statistics"


def test_the_recorded_pages_have_these_keys(shared_data: Path) -> None:
    names = (f"videos_list_mostPopular_page{number}_2019-12.json" for number in (1, 2))
    result = youtube.parse([read(shared_data / "youtube" / name) for name in names], "most_popular")
    assert [item.rank for item in result.items] == list(range(1, 9))
    found = {item.platform_item_id: keys(item) for item in result.items}
    assert found["hDeuSfo_Ys0"] == ["phrase:official_music_video"]
    assert found["Ukd8dJNBvOA"] == ["youtube:#theprincefamily"]


def test_recorded_categories_are_no_chart(shared_data: Path) -> None:
    assert youtube.parse(read(shared_data / "youtube" / "videoCategories_list_by_region.json"), "most_popular").shape is None


def test_recorded_histories_of_the_former_page_are_archives_still(shared_data: Path) -> None:
    path = shared_data / "youtube" / "raw_trending_default_20250411.csv.gz"
    (found,) = parse_file(path, "youtube", "trending", youtube.parse)
    assert len(found.items) > 80
