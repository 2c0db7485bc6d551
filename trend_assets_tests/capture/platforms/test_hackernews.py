"""Hacker News' front page, as its search answers by its documentation. The list of the site itself was recorded: see
`test_archive_recordings`.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import hackernews


def _hit(**fields: Any) -> dict[str, Any]:
    return {
        "objectID": "43819791",
        "title": "Widespread power outage in Spain and Portugal",
        "url": "https://www.bbc.com/news/live/c9wpq8xrvd9t",
        "author": "lleims",
        "points": 974,
        "num_comments": 777,
        "created_at": "2025-04-28T11:06:14Z",
        "created_at_i": 1745838374,
        "story_id": 43819791,
        "_tags": ["story", "author_lleims", "story_43819791", "front_page"],
        **fields,
    }


def _answer(*hits: object) -> Parsed:
    return hackernews.parse({"hits": list(hits), "nbHits": len(hits), "page": 0, "hitsPerPage": 100}, "front_page")


def _story(**fields: Any) -> Item:
    parsed = _answer(_hit(**fields))
    assert not parsed.rejected
    return parsed.items[0]


def test_a_story_is_read_field_by_field() -> None:
    story = _story()
    assert (story.platform, story.platform_item_id, story.item_type, story.is_post) == ("hackernews", "43819791", "story", True)
    assert (story.author_id, story.author_handle) == (None, "lleims")
    assert story.text_content == "Widespread power outage in Spain and Portugal"
    assert (story.like_count, story.comment_count, story.view_count, story.share_count) == (974, 777, None, None)
    assert story.item_created_at == datetime(2025, 4, 28, 11, 6, 14, tzinfo=UTC)
    assert story.canonical_url == "https://news.ycombinator.com/item?id=43819791"


def test_a_story_is_keyed_by_the_phrases_of_its_title() -> None:
    assert [key.key for key in _story().keys] == ["phrase:widespread_power_outage", "phrase:spain_and_portugal"]


def test_the_place_in_the_answer_is_no_rank() -> None:
    """The search gives the stories of the page, but not in the page's order."""
    assert [item.rank for item in _answer(_hit(objectID="1"), _hit(objectID="2")).items] == [None, None]


@pytest.mark.parametrize("fields", [{"url": None}, {"url": ""}, {"url": "javascript:alert(1)"}])
def test_the_address_is_that_of_the_discussion_wherever_the_story_leads(fields: dict[str, Any]) -> None:
    """Stories that ask or show something have no address of their own."""
    assert _story(**fields).canonical_url == "https://news.ycombinator.com/item?id=43819791"


def test_what_is_not_known_of_a_story_is_none() -> None:
    story = _answer({"objectID": "1", "title": "Show HN: a pure gradient editor", "points": None}).items[0]
    assert (story.like_count, story.comment_count, story.author_handle, story.item_created_at) == (None, None, None, None)


@pytest.mark.parametrize("kind", ["comment", "job", "poll"])
def test_what_is_no_story_is_rejected_as_foreign(kind: str) -> None:
    hit = _hit(_tags=[kind, "front_page"])
    parsed = _answer(hit, _hit(objectID="2"))
    assert [(entry.reason, entry.raw) for entry in parsed.rejected] == [("foreign_kind", hit)]
    assert [item.platform_item_id for item in parsed.items] == ["2"]


@pytest.mark.parametrize(
    ("hit", "reason"),
    [
        (None, "not_an_object"), ("43819791", "not_an_object"), ([], "not_an_object"),
        (_hit(objectID=None), "no_id"), (_hit(objectID=""), "no_id"), (_hit(objectID=True), "no_id"),
        (_hit(points="many"), "bad_counter"), (_hit(num_comments=-1), "bad_counter"),
        (_hit(title=None), "no_cluster_key"), (_hit(title="Zig"), "no_cluster_key"),
    ],
)  # fmt: skip
def test_a_hit_that_is_broken_is_quarantined_and_the_others_are_kept(hit: object, reason: str) -> None:
    parsed = _answer(hit, _hit(objectID="2"))
    assert [entry.reason for entry in parsed.rejected] == [reason]
    assert [item.platform_item_id for item in parsed.items] == ["2"]


def test_a_story_that_comes_twice_counts_once() -> None:
    assert len(_answer(_hit(), _hit(points=1)).items) == 1


def test_a_page_without_stories_is_a_page() -> None:
    assert _answer() == Parsed("hits", (), ())


@pytest.mark.parametrize("payload", [{"hits": None}, {"message": "Too many requests"}, [_hit()], "<html></html>"])
def test_what_is_no_answer_of_the_search_is_a_problem(payload: object) -> None:
    parsed = hackernews.parse(payload, "front_page")
    assert parsed.shape is None and parsed.problem is not None and "Hacker News' search" in parsed.problem
