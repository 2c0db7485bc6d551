"""Every parser on generated payloads: it never raises, loses no entry, and its items keep the limits."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trend_assets.capture.items import CUMULATIVE, GAUGE, MAX_COUNT, TRAILING_24H, Item, Parsed, raw_json
from trend_assets.capture.platforms import PLATFORMS
from trend_assets_tests.capture.platforms import test_instagram as ig
from trend_assets_tests.capture.platforms import tiktok_payloads as tk
from trend_assets_tests.capture.platforms.test_amazon import CHANGE, OFF, PRICE, STARS, deal, listed
from trend_assets_tests.capture.platforms.test_amazon import page as amazon_page
from trend_assets_tests.capture.platforms.test_redbubble import page as redbubble_page
from trend_assets_tests.capture.platforms.test_rss import FORMS

KEY_ORDER = ("audio_id", "hashtag", "entity", "phrase")
NAMES = sorted(PLATFORMS)

_WORDS = st.sampled_from(
    [
        "",
        "0",
        "#",
        "#tag",
        "@a",
        "1",
        "152K posts",
        "data",
        "t3",
        "Listing",
        "TimelineTrend",
        "\ud800",
        "\x00",
        "2026-01-01",
        "x" * 300,
    ]
)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, -1, 2**53 + 2, 10**16, 10**400, 1e308, float("nan"), float("inf")])
    | st.floats()
    | _WORDS
    | st.text(max_size=20)
)
JSON = st.recursive(
    _SCALARS,
    lambda part: st.lists(part, max_size=4) | st.dictionaries(_WORDS | st.text(max_size=5), part, max_size=4),
    max_leaves=12,
)

_POST = {
    "id": "1abc",
    "title": "Nobody wants to work",
    "author": "a",
    "score": 1,
    "num_comments": 2,
    "subreddit": "b",
    "link_flair_text": "c",
}
_TWEET = {
    "__typename": "TimelineTweet",
    "tweet_results": {
        "result": {
            "rest_id": "7",
            "core": {"user_results": {"result": {"rest_id": "9", "core": {"screen_name": "a"}}}},
            "legacy": {
                "full_text": "Big news",
                "favorite_count": 1,
                "retweet_count": 2,
                "entities": {"hashtags": [{"text": "t"}]},
            },
            "views": {"count": "5"},
        }
    },
}
_TOPIC = {"topic": "a", "displayName": "Some topic", "link": "/a", "startedAt": "2026-01-01T00:00:00Z", "postCount": 5}
_HASHTAG = {"name": "a", "url": "https://a.example/tags/a", "history": [{"day": "0", "uses": "2", "accounts": "1"}] * 2}
_STATUS: dict[str, Any] = {
    "uri": "https://a.example/1",
    "content": "<p>Big news</p>",
    "account": {"acct": "a", "url": "https://a.example/@a"},
    "tags": [{"name": "t"}],
    "favourites_count": 1,
}
_KEYWORD = {"keyword": "fall nails", "pct_growth_wow": 50, "time_series": {"2023-10-31": 100}}
_TREND = {"__typename": "TimelineTrend", "name": "Some topic", "trend_metadata": {"meta_description": "12K posts"}}

_SEARCH = {"title": "knicks vs cavaliers", "traffic": "200+", "published": "Thu, 25 Dec 2025 08:50:00 -0800"}
_STORY = {"id": "US_lnk_a", "title": "Caleb Plant, Boxing", "entityNames": ["Caleb Plant", "Boxing"], "shareUrl": "https://a.b"}

_CHART_VIDEO: dict[str, Any] = {
    "kind": "youtube#video",
    "id": "hDeuSfo_Ys0",
    "snippet": {
        "title": "Giddy up #challenge",
        "publishedAt": "2019-11-29T20:00:11.000Z",
        "channelId": "UC",
        "channelTitle": "a",
    },
    "statistics": {"viewCount": "5", "likeCount": "1", "commentCount": "0"},
}
_HIT = {"objectID": "1", "title": "Nobody wants to work", "points": 1, "num_comments": 2, "created_at_i": 1, "_tags": ["story"]}

_ARTICLE = {"article": "Some_topic", "views": 5, "rank": 1}

_ARTICLE_OF_A_FEED = {"id": "https://a.example/1", "title": "Nobody wants to work", "authors": [{"name": "a"}], "tags": ["b"]}

_SEARCHED = {"word": "一二", "num": 5, "is_ad": 0, "realpos": 1}


def _most_viewed(articles: list[Any]) -> dict[str, Any]:
    return {"items": [{"project": "en.wikipedia", "articles": articles}]}


def _json_feed(items: list[Any]) -> dict[str, Any]:
    return {"version": "https://jsonfeed.org/version/1.1", "home_page_url": "https://a.example/", "items": items}


def _instructions(*contents: object) -> list[Any]:
    entries: list[Any] = [{"content": {"itemContent": content}} for content in contents]
    module = {"content": {"items": [{"item": {"itemContent": content}} for content in contents]}}
    return [{"entries": [*entries, module, {"content": {"entryType": "TimelineTimelineCursor"}}]}]


def _edges(nodes: list[Any]) -> dict[str, Any]:
    return {"edges": [{"node": node} for node in nodes]}


SEEDS: dict[str, list[Any]] = {
    "tiktok": [payload for payload in tk.EVERY_PAYLOAD.values() if not isinstance(payload, str)],
    "reddit": [
        {"kind": "Listing", "data": {"children": [{"kind": "t3", "data": _POST}, {"kind": "t1", "data": {}}], "after": None}}
    ],
    "hackernews": [{"hits": [_HIT, {**_HIT, "_tags": ["comment"]}], "nbHits": 2}],
    "bluesky": [{"trends": [_TOPIC]}, {"topics": [_TOPIC, {"topic": "a", "link": "/b"}], "suggested": []}],
    "mastodon": [[_HASHTAG, _STATUS]],
    "wikipedia": [_most_viewed([_ARTICLE, {**_ARTICLE, "article": "Main_Page"}])],
    "pinterest": [{"trends": [_KEYWORD]}],
    "weibo": [
        {"ok": 1, "data": {"realtime": [_SEARCHED, {"word": "三", "is_ad": 1}]}},
        [{"title": "四", "hot": 1, "ads": False}],
    ],
    "x": [
        [{"trends": [{"name": "#a", "tweet_volume": 5, "promoted_content": None}, {"name": "b c"}], "as_of": "2016"}],
        {"data": {"timeline": {"timeline": {"instructions": _instructions(_TREND)}}}},
        {"data": {"search_by_raw_query": {"search_timeline": {"timeline": {"instructions": _instructions(_TWEET)}}}}},
    ],
    "google_trends": [
        {"source": "Google Trends", "trends": [_SEARCH, {"title": "b", "traffic": "500000 (1000%)"}]},
        {"storySummaries": {"trendingStories": [_STORY]}},
    ],
    "rss": [_json_feed([_ARTICLE_OF_A_FEED])],
    "youtube": [{"kind": "youtube#videoListResponse", "items": [_CHART_VIDEO], "nextPageToken": "a"}],
    "instagram": [
        *(payload for payload in ig.SHAPES.values() if not isinstance(payload, str)),
        {"data": [ig.api_medium()]},
        {"data": {"hashtag": {"edge_hashtag_to_media": _edges([ig.node()])}}},
    ],
}
LISTS: list[tuple[str, str, Callable[[list[Any]], Any], dict[str, Any]]] = [
    ("reddit", "hot", lambda rows: {"kind": "Listing", "data": {"children": rows}}, {"kind": "t3", "data": _POST}),
    ("hackernews", "front_page", lambda rows: {"hits": rows}, _HIT),
    ("wikipedia", "most_viewed", _most_viewed, _ARTICLE),
    (
        "youtube",
        "most_popular",
        lambda rows: {"kind": "youtube#videoListResponse", "items": rows},
        _CHART_VIDEO,
    ),
    ("google_trends", "rss", lambda rows: {"trends": rows}, _SEARCH),
    ("google_trends", "trending_now", lambda rows: {"storySummaries": {"trendingStories": rows}}, _STORY),
    ("weibo", "hot_search", lambda rows: {"data": {"realtime": rows}}, _SEARCHED),
    ("tiktok", "feed", lambda rows: {"itemList": rows}, tk.web_video()),
    ("tiktok", "feed", lambda rows: {"aweme_list": rows}, tk.app_video()),
    ("tiktok", "feed", lambda rows: [tk.scraper_video(), *rows], tk.scraper_video(id="5")),
    ("tiktok", "feed", lambda rows: [tk.collector_video(), *rows], tk.collector_video(video_id="5")),
    ("tiktok", "discover", lambda rows: {"user": [], "music": rows}, tk.discover()["music"][0]),
    ("tiktok", "discover", tk.explore, tk.sound_card()),
    ("tiktok", "trending_sounds", lambda rows: {"data": {"sound_list": rows}}, tk.sound_row()),
    ("tiktok", "creative_center_hashtags", lambda rows: tk.chart(*rows), tk.chart_item()),
    ("instagram", "hashtag", lambda rows: {"sections": ig.sections(*rows)}, ig.reel()),
    ("instagram", "hashtag", lambda rows: {"edge_hashtag_to_media": _edges(rows)}, ig.node()),
    ("instagram", "hashtag", lambda rows: {"data": rows}, ig.api_medium()),
    ("bluesky", "trending", lambda rows: {"trends": rows}, _TOPIC),
    ("mastodon", "trends", lambda rows: [_HASHTAG, *rows], _STATUS),
    ("mastodon", "trends", lambda rows: [_STATUS, *rows], _HASHTAG),
    ("pinterest", "trends", lambda rows: {"trends": rows}, _KEYWORD),
    ("rss", "feed", _json_feed, _ARTICLE_OF_A_FEED),
    ("x", "trending", lambda rows: {"data": rows}, {"trend_name": "#a", "tweet_count": 5}),
    ("x", "trending", lambda rows: [{"trends": rows}], {"name": "#a", "tweet_volume": 5}),
]
"""Platform, surface type, the container of a list, and an entry of it."""


BROKEN_AND_READ = {"rss"}
"""Platforms that say what is wrong with a payload of which they read a part."""


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in _places(child, (*path, key)))]


def _replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = copy.deepcopy(value)
    parent = changed
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = new
    return changed


@st.composite
def _mutated(draw: st.DrawFn, seeds: list[Any]) -> Any:
    payload = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 3))):
        payload = _replaced(payload, draw(st.sampled_from(_places(payload))), draw(JSON))
    return payload


def _check(parsed: Parsed, name: str) -> None:
    if parsed.shape is None:
        assert parsed.problem and not parsed.items and not parsed.rejected
        parsed.problem.encode()
        return
    assert parsed.problem is None or name in BROKEN_AND_READ
    assert len({item.platform_item_id for item in parsed.items}) == len(parsed.items)
    for item in parsed.items:
        _check_item(item, name)
    for entry in parsed.rejected:
        assert entry.reason and entry.detail
        raw_json(entry.raw).encode()


def _check_item(item: Item, name: str) -> None:
    item_type = PLATFORMS[name].ITEM_TYPES[item.item_type]
    assert (item.platform, item.is_post) == (name, item_type.is_post)
    assert 1 <= len(item.platform_item_id) <= 255
    assert item.keys and len({(key.key_type, key.key) for key in item.keys}) == len(item.keys)
    order = [KEY_ORDER.index(key.key_type) for key in item.keys]
    assert not item.is_post or order[0] == min(order)
    for counter in (*CUMULATIVE, *TRAILING_24H, *GAUGE):
        count = getattr(item, counter)
        assert count is None or counter in item_type.counters
        assert count is None or (-MAX_COUNT if counter in item_type.signed else 0) <= count <= MAX_COUNT
    json.dumps(item.to_json(), ensure_ascii=False).encode()
    raw_json(item.raw).encode()


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=150)
@given(payload=JSON)
def test_any_json_is_parsed_or_a_problem(name: str, payload: Any) -> None:
    for surface_type in PLATFORMS[name].SURFACE_TYPES:
        _check(PLATFORMS[name].parse(payload, surface_type), name)


@pytest.mark.parametrize("name", sorted(SEEDS))
@settings(max_examples=300)
@given(data=st.data())
def test_payloads_with_changed_parts_are_parsed_or_a_problem(name: str, data: st.DataObject) -> None:
    payload = data.draw(_mutated(SEEDS[name]))
    for surface_type in PLATFORMS[name].SURFACE_TYPES:
        _check(PLATFORMS[name].parse(payload, surface_type), name)


@settings(max_examples=150)
@given(data=st.data())
def test_pages_with_changed_states_are_parsed_or_a_problem(data: st.DataObject) -> None:
    items: Any = data.draw(_mutated([{tk.VIDEO_ID: tk.web_video()}, [tk.web_video()], {"itemStruct": tk.web_video()}]))
    page: str = data.draw(
        st.sampled_from(
            [tk.sigi_page(items), tk.next_page(items=items, itemInfo=items), tk.universal_page({"itemInfo": items})]
        )
    )
    cut: int = data.draw(st.integers(0, len(page)) | st.just(len(page)))
    for surface_type in PLATFORMS["tiktok"].SURFACE_TYPES:
        _check(PLATFORMS["tiktok"].parse(page[:cut], surface_type), "tiktok")


_TAGS = ("rss", "channel", "item", "title")
_PIECES = st.lists(
    st.sampled_from(
        [
            *(f"<{tag}>" for tag in _TAGS), *(f"</{tag}>" for tag in _TAGS), "<!DOCTYPE a>", "&#0;", "&a;", "<![CDATA[", "]]>",
            "Trends,Search volume,Started\n", "200+", ")]}'", "a", "\n", '"', ",", "\ud800", "\x00",
        ]
    )
    | st.text(max_size=3),
    max_size=20,
).map("".join)  # fmt: skip
_SHORT_FEED = "<rss><channel><item><title>a</title></item></channel></rss>"


@settings(max_examples=300)
@given(text=_PIECES, whole=st.sampled_from([_SHORT_FEED, ""]), at=st.integers(0, 60))
def test_texts_are_parsed_or_a_problem(text: str, whole: str, at: int) -> None:
    for name in NAMES:
        for surface_type in PLATFORMS[name].SURFACE_TYPES:
            _check(PLATFORMS[name].parse(whole[:at] + text + whole[at:], surface_type), name)


PAGES: list[tuple[str, str, str]] = [
    *(("rss", "feed", form.format(title="One &amp; two", more="")) for form in FORMS.values()),
    ("amazon", "movers", amazon_page(listed(), listed("B000000002", CHANGE), listed("B000000003", STARS, PRICE))),
    ("amazon", "deals", amazon_page(deal(), deal("B000000002", OFF))),
    ("redbubble", "popular_tags", redbubble_page("/shop/cats", "/shop/quiet+vacation?ref=explore")),
]
"""Platform, surface type and a page that holds its items."""
_MARKUP = st.sampled_from(
    ["<", ">", '"', "'", "</div>", "<div>", "<a ", "</a>", "<script>", "&#0;", "&#55296;", "/dp/", "=", "%"]
)


@pytest.mark.parametrize("case", range(len(PAGES)))
@settings(max_examples=150)
@given(data=st.data())
def test_pages_that_hold_items_are_parsed_or_a_problem_whatever_is_in_them(case: int, data: st.DataObject) -> None:
    name, surface_type, page = PAGES[case]
    for _ in range(data.draw(st.integers(1, 4))):
        start: int = data.draw(st.integers(0, len(page)))
        end: int = data.draw(st.integers(start, min(start + 40, len(page))) | st.just(len(page)))
        page = page[:start] + data.draw(_MARKUP | _WORDS | st.text(max_size=10)) + page[end:]
    _check(PLATFORMS[name].parse(page, surface_type), name)


@pytest.mark.parametrize("case", range(len(LISTS)))
@settings(max_examples=100)
@given(data=st.data())
def test_every_entry_of_a_list_is_an_item_or_rejected_or_a_repeat(case: int, data: st.DataObject) -> None:
    name, surface_type, container, entry = LISTS[case]
    entries: list[Any] = data.draw(st.lists(_mutated([entry]) | st.just(entry) | JSON, max_size=6))

    def ids(payload: Any) -> tuple[set[str], int]:
        parsed = PLATFORMS[name].parse(payload, surface_type)
        assert parsed.shape is not None
        return {item.platform_item_id for item in parsed.items}, len(parsed.rejected)

    first, _ = ids(container([]))
    expected, refused = set(first), 0
    for single in entries:
        found, rejected = ids(container([single]))
        # A row can only vanish by repeating the row that its container starts with.
        assert len(found - first) + rejected == 1 or ids([single]) == (first, 0)
        expected |= found
        refused += rejected
    assert ids(container(entries)) == (expected, refused)
