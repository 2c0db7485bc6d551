"""X's trend lists and search timelines."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import x
from trend_assets_tests.capture.recordings import read


def _trend(name: object, **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "url": "http://twitter.com/search?q=x",
        "query": "x",
        "promoted_content": None,
        "tweet_volume": None,
        **fields,
    }


def _place(*trends: object) -> Parsed:
    payload = [{"trends": list(trends), "as_of": "2016-01-16T20:28:23Z", "locations": [{"name": "New York", "woeid": 2459115}]}]
    return x.parse(payload, "trending")


def _item(content: dict[str, Any], entry_id: str = "entry") -> dict[str, Any]:
    kind = "TimelineTimelineItem"
    return {"entryId": entry_id, "content": {"__typename": kind, "entryType": kind, "itemContent": content}}


def _module(*contents: object) -> dict[str, Any]:
    kind = "TimelineTimelineModule"
    items = [{"entryId": "part", "item": {"itemContent": content}} for content in contents]
    return {"entryId": "stories", "content": {"__typename": kind, "entryType": kind, "items": items}}


def _cursor() -> dict[str, Any]:
    kind = "TimelineTimelineCursor"
    return {"entryId": "cursor-top-1", "content": {"__typename": kind, "entryType": kind, "value": "abc", "cursorType": "Top"}}


def _instructions(*entries: object) -> list[Any]:
    return [{"type": "TimelineClearCache"}, {"type": "TimelineAddEntries", "entries": list(entries)}]


def _explore(*entries: object) -> Parsed:
    return x.parse({"data": {"timeline": {"timeline": {"instructions": _instructions(*entries)}}}}, "trending")


def _graph_trend(name: str, **fields: Any) -> dict[str, Any]:
    return {"__typename": "TimelineTrend", "itemType": "TimelineTrend", "name": name, **fields}


def _ai_trend(name: str, context: str) -> dict[str, Any]:
    url = {"url": "twitter://trending/2079212121376645555", "urlType": "DeepLink"}
    return _graph_trend(
        name,
        is_ai_trend=True,
        social_context={"text": context, "contextType": "Facepile"},
        trend_metadata={"url": url},
        trend_url=url,
    )


def _tweet(**result: Any) -> dict[str, Any]:
    legacy = {
        "full_text": "Tesla Cybercab spotted &amp; filmed https://t.co/a4Rv89h19G",
        "favorite_count": 312,
        "reply_count": 11,
        "retweet_count": 21,
        "quote_count": 9,
        "created_at": "Wed Jul 08 21:59:10 +0000 2026",
        "entities": {"media": []},
        "user_id_str": "20472409",
        **result.pop("legacy", {}),
    }
    user = {"rest_id": "20472409", "core": {"screen_name": "piloly"}}
    tweet = {
        "__typename": "Tweet",
        "rest_id": "2074976613713031490",
        "core": {"user_results": {"result": user}},
        "legacy": legacy,
        "views": {"count": "25900", "state": "EnabledWithCount"},
        **result,
    }
    return {"__typename": "TimelineTweet", "itemType": "TimelineTweet", "tweet_results": {"result": tweet}}


def _search(*entries: object) -> Parsed:
    timeline = {"timeline": {"instructions": _instructions(*entries)}}
    return x.parse({"data": {"search_by_raw_query": {"search_timeline": timeline}}}, "search")


def _only(parsed: Parsed) -> Item:
    assert not parsed.rejected and len(parsed.items) == 1, parsed
    return parsed.items[0]


def _reasons(parsed: Parsed) -> list[str]:
    assert not parsed.items
    return [entry.reason for entry in parsed.rejected]


def _keys(item: Item) -> list[str]:
    return [key.key for key in item.keys]


def test_a_trend_of_a_place_is_a_topic_and_no_post() -> None:
    item = _only(_place(_trend("El  Chapo", tweet_volume=20620)))
    assert (item.platform_item_id, item.item_type, item.is_post, item.rank) == ("topic:el chapo", "topic", False, 1)
    assert (item.text_content, item.volume_24h, item.author_id) == ("El  Chapo", 20620, None)
    assert _keys(item) == ["phrase:el_chapo"]
    assert item.canonical_url == "https://x.com/search?q=El%20%20Chapo"


def test_a_trend_written_as_a_hashtag_is_keyed_by_it() -> None:
    item = _only(_place(_trend("#XF9")))
    assert (_keys(item), item.hashtags, item.platform_item_id) == (["x:#xf9"], ("XF9",), "topic:#xf9")


def test_a_volume_that_is_not_told_is_unknown_and_not_zero() -> None:
    assert _only(_place(_trend("Tolga", tweet_volume=None))).volume_24h is None


def test_a_volume_that_is_no_number_is_quarantined() -> None:
    assert _reasons(_place(_trend("Tolga", tweet_volume="lots"))) == ["bad_counter"]


def test_a_trend_of_version_2_is_the_same_topic() -> None:
    """The example of the documentation; tweet_count is of the last 24 hours, and absent where it is not told."""
    parsed = x.parse({"data": [{"trend_name": "St James", "tweet_count": 5565}, {"trend_name": "#ISAK"}, None, {}]}, "trending")
    assert (parsed.shape, [entry.reason for entry in parsed.rejected]) == ("trends_by_woeid", ["not_an_object", "no_id"])
    assert [(item.platform_item_id, item.rank, item.volume_24h) for item in parsed.items] == [
        ("topic:st james", 1, 5565),
        ("topic:#isak", 2, None),
    ]
    assert [_keys(item) for item in parsed.items] == [["phrase:st_james"], ["x:#isak"]]


@pytest.mark.parametrize("count", ["5565", 5565.0, "5,565"])
def test_a_count_may_be_text(count: object) -> None:
    parsed = x.parse({"data": [{"trend_name": "St James", "tweet_count": count}]}, "trending")
    assert parsed.items[0].volume_24h == 5565


@pytest.mark.parametrize("name", ["🎉🎉", "عطلة هادئة", "שלום עולם", "9" * 200, "x" * 10_000_000])
def test_any_name_is_a_topic_or_is_rejected(name: str) -> None:
    parsed = x.parse({"data": [{"trend_name": name}, {"trend_name": "Next"}]}, "trending")
    assert len(parsed.items) + len(parsed.rejected) == 2 and parsed.items[-1].text_content == "Next"


def test_doubly_escaped_names_are_unescaped() -> None:
    names = [r"#Pel\u00EDculas", r"AC\/DC", r"party \uD83C\uDF89 time", r"broken \uD83C"]
    parsed = _place(*(_trend(name) for name in names))
    assert [item.text_content for item in parsed.items] == ["#Películas", "AC/DC", "party 🎉 time", "broken \ufffd"]
    assert _keys(parsed.items[0]) == ["x:#películas"]


@pytest.mark.parametrize("mark", ["promoted_content", "promoted_metadata", "promotedMetadata"])
def test_a_promoted_trend_is_rejected_and_keeps_its_place(mark: str) -> None:
    parsed = _place(_trend("Ad", **{mark: {"advertiser": "x"}}), _trend("Real topic"))
    assert [entry.reason for entry in parsed.rejected] == ["promoted"]
    assert [(item.text_content, item.rank) for item in parsed.items] == [("Real topic", 2)]


@pytest.mark.parametrize(
    ("trend", "reason"), [(None, "not_an_object"), ("x", "not_an_object"), (_trend(None), "no_id"), (_trend(" "), "no_id")]
)
def test_a_trend_that_cannot_be_read_is_rejected(trend: object, reason: str) -> None:
    assert _reasons(_place(trend)) == [reason]


def test_an_empty_trend_list_is_a_list() -> None:
    assert _place() == Parsed("trends_place", (), ())


@pytest.mark.parametrize(
    "payload", ["", '""', [], [{}], {"trends": None}, {"errors": [{"code": 88}]}, {"data": {"timeline": None}}]
)
def test_what_a_dead_api_leaves_is_a_problem_and_no_empty_list(payload: object) -> None:
    for surface_type in x.SURFACE_TYPES:
        parsed = x.parse(payload, surface_type)
        assert parsed.shape is None and parsed.problem is not None


@pytest.mark.parametrize(
    ("text", "volume"), [("1,699 posts", 1699), ("12K posts", 12_000), ("37.6K posts", 37_600), ("Trending", None)]
)
def test_the_explore_page_of_2025_tells_volumes_as_text(text: str, volume: int | None) -> None:
    metadata = {"domain_context": "Trending in Sports", "meta_description": text}
    item = _only(_explore(_item(_graph_trend("Hield", trend_metadata=metadata)), _cursor()))
    assert (item.volume_24h, _keys(item), item.rank) == (volume, ["phrase:hield"], 1)


def test_a_story_of_2026_is_one_phrase_with_the_volume_of_its_context() -> None:
    name = "Kevin Keegan Dies at 75"
    item = _only(_explore(_module(_ai_trend(name, "1 day ago · Sports · 152K posts"))))
    assert (item.volume_24h, _keys(item)) == (152_000, ["phrase:kevin_keegan_dies_at_75"])
    assert item.canonical_url == "https://x.com/i/trending/2079212121376645555"


def test_the_age_of_a_story_is_not_its_volume() -> None:
    assert _only(_explore(_module(_ai_trend("Some story", "23 hours ago · News")))).volume_24h is None


def test_furniture_of_the_page_is_no_entry() -> None:
    frame = _item({"__typename": "TimelineFrame", "itemType": "TimelineFrame", "payload": "egIA"})
    prompt = {"__typename": "TimelineMessagePrompt"}
    parsed = _explore(frame, _module(prompt, _ai_trend("One story", "5 posts")), _cursor())
    assert _only(parsed).rank == 1


def test_an_entry_of_a_new_kind_is_rejected_and_not_lost() -> None:
    parsed = _explore(_item({"__typename": "TimelineHologram"}), {"entryId": "x", "content": {}}, {"entryId": "y"}, None)
    assert _reasons(parsed) == ["foreign_kind", "foreign_kind", "foreign_kind", "not_an_object"]


def test_an_explore_page_without_trends_is_an_empty_list() -> None:
    assert _explore(_cursor()) == Parsed("explore_timeline", (), ())


def test_a_tweet_is_read_field_by_field() -> None:
    tweet = _only(_search(_item(_tweet())))
    assert (tweet.platform_item_id, tweet.item_type, tweet.is_post, tweet.rank) == ("2074976613713031490", "tweet", True, 1)
    assert (tweet.author_id, tweet.author_handle) == ("20472409", "piloly")
    assert tweet.text_content == "Tesla Cybercab spotted & filmed https://t.co/a4Rv89h19G"
    assert (tweet.view_count, tweet.like_count, tweet.comment_count, tweet.share_count) == (25_900, 312, 11, 30)
    assert tweet.item_created_at == datetime(2026, 7, 8, 21, 59, 10, tzinfo=UTC)
    assert tweet.canonical_url == "https://x.com/piloly/status/2074976613713031490"


def test_a_tweet_without_the_hashtags_key_is_keyed_by_phrases() -> None:
    assert _keys(_only(_search(_item(_tweet())))) == ["phrase:tesla_cybercab_spotted_filmed"]


def test_a_tweet_with_hashtags_has_no_phrases() -> None:
    entities = {"hashtags": [{"text": "Tesla"}, {"text": "EV"}, {"text": "tesla"}, {"indices": [1, 2]}]}
    tweet = _only(_search(_item(_tweet(legacy={"entities": entities}))))
    assert (_keys(tweet), tweet.hashtags) == (["x:#tesla", "x:#ev"], ("Tesla", "EV"))


def test_a_long_tweet_is_read_in_full() -> None:
    note = {"note_tweet_results": {"result": {"text": "The whole long text", "entity_set": {"hashtags": [{"text": "deep"}]}}}}
    tweet = _only(_search(_item(_tweet(note_tweet=note))))
    assert (tweet.text_content, _keys(tweet)) == ("The whole long text", ["x:#deep"])


def test_a_tweet_with_limited_replies_is_unwrapped() -> None:
    content = _tweet()
    content["tweet_results"]["result"] = {
        "__typename": "TweetWithVisibilityResults",
        "tweet": content["tweet_results"]["result"],
    }
    assert _only(_search(_item(content))).platform_item_id == "2074976613713031490"


@pytest.mark.parametrize(
    "result", [None, {}, {"__typename": "TweetTombstone", "tombstone": {}}, {"rest_id": "1", "legacy": None}]
)
def test_a_tweet_that_is_gone_is_rejected_as_unavailable(result: object) -> None:
    assert _reasons(_search(_item({"__typename": "TimelineTweet", "tweet_results": {"result": result}}))) == ["unavailable"]


def test_a_promoted_tweet_is_rejected() -> None:
    assert _reasons(_search(_item({**_tweet(), "promotedMetadata": {"advertiser": "x"}}))) == ["promoted"]


def test_the_handle_of_older_answers_is_found() -> None:
    core = {"user_results": {"result": {"rest_id": "7", "legacy": {"screen_name": "old"}}}}
    tweet = _only(_search(_item(_tweet(core=core))))
    assert (tweet.author_id, tweet.author_handle) == ("7", "old")


def test_views_that_are_not_told_are_unknown() -> None:
    assert _only(_search(_item(_tweet(views={"state": "Enabled"})))).view_count is None


def test_shares_without_quotes_are_the_retweets() -> None:
    assert _only(_search(_item(_tweet(legacy={"quote_count": None})))).share_count == 21


@pytest.mark.parametrize("created", [None, "yesterday", "Wed Foo 08 21:59:10 +0000 2026", "Wed Jul 48 21:59:10 +0000 2026"])
def test_a_broken_date_is_unknown(created: object) -> None:
    assert _only(_search(_item(_tweet(legacy={"created_at": created})))).item_created_at is None


def test_a_picture_without_words_is_quarantined() -> None:
    assert _reasons(_search(_item(_tweet(legacy={"full_text": "https://t.co/a4Rv89h19G"})))) == ["no_cluster_key"]


def test_a_user_in_a_search_is_foreign() -> None:
    assert _reasons(_search(_item({"__typename": "TimelineUser"}))) == ["foreign_kind"]


_EMPTY_TIMELINE: Any = {"timeline": {"instructions": []}}


@pytest.mark.parametrize(
    ("payload", "surface_type"),
    [
        ({"data": []}, "trending"),
        ({"data": {"timeline": _EMPTY_TIMELINE}}, "trending"),
        ({"data": {"search_by_raw_query": {"search_timeline": _EMPTY_TIMELINE}}}, "search"),
    ],
)
@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ([{"title": "Forbidden"}], "'Forbidden'"),
        ([{"code": 88}, {"message": "Rate\x00limit \ud800 " + "x" * 900}], repr("Rate\x00limit \ud800 " + "x" * 67)),
        ([5], "'without words'"),
        ({"a": 1}, "'without words'"),
    ],
)
def test_a_failed_read_is_not_an_empty_one(payload: dict[str, Any], surface_type: str, errors: object, words: str) -> None:
    assert x.parse(payload, surface_type).shape
    failed = x.parse({**payload, "errors": errors}, surface_type)
    assert failed == Parsed(None, problem=f"X answered with an error ({words}) and no entries")


def test_errors_beside_topics_do_not_sink_them() -> None:
    parsed = x.parse({"data": [{"trend_name": "A topic"}], "errors": [{"title": "Partial"}]}, "trending")
    assert (parsed.shape, len(parsed.items), parsed.problem) == ("trends_by_woeid", 1, None)


def test_a_timeline_of_one_surface_is_no_payload_of_the_other() -> None:
    search: Any = {"data": {"search_by_raw_query": {"search_timeline": {"timeline": {"instructions": []}}}}}
    explore: Any = {"data": {"timeline": {"timeline": {"instructions": []}}}}
    assert x.parse(search, "search").shape == "search_timeline" and x.parse(search, "trending").shape is None
    assert x.parse(explore, "trending").shape == "explore_timeline" and x.parse(explore, "search").shape is None


@pytest.mark.parametrize("name", ["v1_1_get_trends_current.json", "v1_1_get_trends_woeid.json"])
def test_a_recorded_trend_list_is_read_without_rejections(shared_data: Path, name: str) -> None:
    payload = read(shared_data / "x" / name)
    parsed = x.parse(payload, "trending")
    assert (parsed.shape, len(parsed.items), parsed.rejected) == ("trends_place", 50, ())
    for rank, (item, trend) in enumerate(zip(parsed.items, payload[0]["trends"], strict=True), start=1):
        assert (item.rank, item.volume_24h) == (rank, trend["tweet_volume"])
        assert item.text_content == trend["name"].replace("\\u00ED", "í")
        assert len(item.keys) == 1


@pytest.mark.parametrize(
    ("name", "volumes"),
    [
        ("explore_guide_trends_2025-03-07_5488037.json", [1_699, 3_157, 9_409, 12_000, 37_600, 12_000, 21_900]),
        ("explore_guide_trends_2026-07-21_8ce44e4.json", [152_000, 191_000, 4_000_000, 113_000, 673_000]),
    ],
)
def test_a_recorded_explore_page_is_read_without_rejections(shared_data: Path, name: str, volumes: list[int]) -> None:
    parsed = x.parse(read(shared_data / "x" / name), "trending")
    assert (parsed.shape, parsed.rejected) == ("explore_timeline", ())
    assert [item.volume_24h for item in parsed.items] == volumes
    assert [item.rank for item in parsed.items] == list(range(1, len(volumes) + 1))
    assert all(item.text_content == item.raw["name"] and len(item.keys) == 1 for item in parsed.items)


def test_the_recorded_search_is_read_without_rejections(shared_data: Path) -> None:
    parsed = x.parse(read(shared_data / "x" / "search_timeline_tweets_raw_2026.json.gz"), "search")
    assert (parsed.shape, len(parsed.items), parsed.rejected) == ("search_timeline", 20, ())
    for item in parsed.items:
        tweet = item.raw["tweet_results"]["result"]
        legacy = tweet["legacy"]
        assert item.platform_item_id == tweet["rest_id"]
        assert (item.like_count, item.comment_count) == (legacy["favorite_count"], legacy["reply_count"])
        assert item.share_count == legacy["retweet_count"] + legacy["quote_count"]
        assert str(item.view_count) == tweet["views"]["count"]
        assert item.item_created_at == datetime.strptime(legacy["created_at"], "%a %b %d %H:%M:%S %z %Y")
        assert item.text_content is not None and item.text_content[:15].replace("&", "&amp;") in legacy["full_text"]


def test_the_file_a_bot_wrote_after_the_api_died_is_a_problem(shared_data: Path) -> None:
    text = read(shared_data / "x" / "raw_trends_place_snapshot_empty_2021-09-26+.csv")
    assert x.parse(text, "trending").shape is None
