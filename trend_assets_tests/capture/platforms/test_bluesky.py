"""Bluesky's lists of topics, by their lexicons."""

from datetime import UTC, datetime
from typing import Any

import pytest

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import bluesky


def _trend(**fields: Any) -> dict[str, Any]:
    return {
        "topic": "snl-concert",
        "displayName": "SNL Concert",
        "link": "/profile/trending.bsky.app/feed/90941852",
        "startedAt": "2025-02-15T01:10:29.000Z",
        "postCount": 1234,
        "status": "hot",
        "category": "pop-culture",
        "actors": [{"did": "did:plc:a", "handle": "a.bsky.social"}],
        **fields,
    }


def _trends(*trends: object) -> Parsed:
    return bluesky.parse({"trends": list(trends)}, "trending")


def _one(trend: object) -> Item:
    parsed = _trends(trend)
    assert not parsed.rejected
    return parsed.items[0]


def test_a_trend_is_read_field_by_field() -> None:
    topic = _one(_trend())
    assert (topic.platform, topic.platform_item_id, topic.item_type) == ("bluesky", "topic:snl concert", "topic")
    assert (topic.is_post, topic.rank, topic.text_content, topic.use_count) == (False, 1, "SNL Concert", 1234)
    assert [(key.key_type, key.key) for key in topic.keys] == [("phrase", "phrase:snl_concert")]
    assert topic.item_created_at == datetime(2025, 2, 15, 1, 10, 29, tzinfo=UTC)
    assert topic.canonical_url == "https://bsky.app/profile/trending.bsky.app/feed/90941852"
    assert (topic.author_id, topic.author_handle) == (None, None), "the accounts shown with a trend did not make it"


def test_a_topic_of_the_shorter_list_has_no_counts_and_what_is_suggested_is_none() -> None:
    topic = {"topic": "WWE SmackDown", "link": "/profile/trending.bsky.app/feed/90892200"}
    parsed = bluesky.parse({"topics": [topic], "suggested": [{"topic": "Science", "link": "/search?q=science"}]}, "trending")
    assert (parsed.shape, parsed.rejected) == ("topics", ())
    assert [(item.text_content, item.use_count, item.item_created_at) for item in parsed.items] == [
        ("WWE SmackDown", None, None)
    ]


def test_a_trend_is_the_topic_of_the_same_name() -> None:
    topic = {"topic": "snl concert", "link": "/x"}
    (item,) = bluesky.parse({"topics": [topic], "suggested": []}, "trending").items
    assert item.platform_item_id == _one(_trend()).platform_item_id


def test_a_topic_that_is_a_hashtag_has_its_key() -> None:
    assert [key.key for key in _one(_trend(displayName="#TakeItDown")).keys] == ["bluesky:#takeitdown"]


@pytest.mark.parametrize("name", [None, "", 5])
def test_without_a_name_to_show_the_topic_is_the_name(name: object) -> None:
    assert _one(_trend(displayName=name)).text_content == "snl-concert"


def test_a_trend_without_any_name_is_quarantined() -> None:
    assert [entry.reason for entry in _trends(_trend(displayName=" ", topic=None)).rejected] == ["no_id"]


@pytest.mark.parametrize("count", [-1, "many", 1.5, True])
def test_a_count_that_is_none_is_quarantined(count: object) -> None:
    assert [entry.reason for entry in _trends(_trend(postCount=count)).rejected] == ["bad_counter"]


@pytest.mark.parametrize("started", [None, "yesterday", "2025-02-15"])
def test_an_unreadable_beginning_is_none(started: object) -> None:
    assert _one(_trend(startedAt=started)).item_created_at is None


@pytest.mark.parametrize(
    ("link", "url"), [("https://a.example/", "https://a.example/"), ("javascript:alert(1)", None), (5, None)]
)
def test_a_link_is_kept_only_if_it_is_one(link: object, url: str | None) -> None:
    assert _one(_trend(link=link)).canonical_url == url


def test_what_is_no_object_is_rejected_and_the_rank_is_the_place_in_the_list() -> None:
    parsed = _trends(None, "a", _trend())
    assert [entry.reason for entry in parsed.rejected] == ["not_an_object"] * 2
    assert [item.rank for item in parsed.items] == [3]


@pytest.mark.parametrize("name", ["trends", "topics"])
def test_an_empty_list_is_a_list(name: str) -> None:
    assert bluesky.parse({name: []}, "trending") == Parsed(name, (), ())


@pytest.mark.parametrize(
    "payload",
    [{"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, {"suggested": []}, {"trends": None}, [_trend()]],
)
def test_what_is_no_list_of_topics_is_a_problem(payload: object) -> None:
    parsed = bluesky.parse(payload, "trending")
    assert parsed.shape is None and parsed.problem is not None and "expected a Bluesky list" in parsed.problem
