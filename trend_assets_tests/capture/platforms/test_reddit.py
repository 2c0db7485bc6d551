"""Reddit's listings."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import reddit
from trend_assets_tests.capture.recordings import read


def _child(**data: Any) -> dict[str, Any]:
    return {
        "kind": "t3",
        "data": {
            "id": "1abc",
            "title": "Nobody wants to work anymore",
            "author": "someone",
            "author_fullname": "t2_77",
            "score": 120,
            "num_comments": 8,
            "subreddit": "Marketing",
            "link_flair_text": "Discussion",
            "created_utc": 1457814655.0,
            "permalink": "/r/Marketing/comments/1abc/nobody_wants/",
            "stickied": False,
            **data,
        },
    }


def _listing(*children: object, surface_type: str = "rising") -> Parsed:
    payload = {"kind": "Listing", "data": {"children": list(children), "after": None, "before": None}}
    return reddit.parse(payload, surface_type)


def _post(**data: Any) -> Item:
    parsed = _listing(_child(**data))
    assert not parsed.rejected
    return parsed.items[0]


def _keys(item: Item) -> list[str]:
    return [key.key for key in item.keys]


def test_a_post_is_read_field_by_field() -> None:
    post = _post()
    assert (post.platform, post.platform_item_id, post.item_type, post.is_post) == ("reddit", "t3_1abc", "post", True)
    assert (post.author_id, post.author_handle, post.text_content) == ("t2_77", "someone", "Nobody wants to work anymore")
    assert (post.like_count, post.comment_count, post.view_count, post.share_count) == (120, 8, None, None)
    assert post.item_created_at == datetime(2016, 3, 12, 20, 30, 55, tzinfo=UTC)
    assert post.canonical_url == "https://www.reddit.com/r/Marketing/comments/1abc/nobody_wants/"
    assert post.rank == 1


def test_a_post_belongs_to_its_community_and_flair_first_and_to_its_title_phrases_second() -> None:
    assert _keys(_post()) == ["reddit:r/marketing|discussion", "phrase:nobody_wants_to_work"]


@pytest.mark.parametrize("flair", [None, "", "  "])
def test_without_flair_the_community_alone_is_the_key(flair: str | None) -> None:
    assert _keys(_post(link_flair_text=flair))[0] == "reddit:r/marketing"


def test_a_post_without_the_flair_key_is_read() -> None:
    child = _child()
    del child["data"]["link_flair_text"]
    assert _keys(_listing(child).items[0])[0] == "reddit:r/marketing"


def test_escaped_texts_are_read_as_they_are_meant() -> None:
    post = _post(title="Q&amp;A &lt;live&gt;", link_flair_text="Q&amp;A")
    assert post.text_content == "Q&A <live>"
    assert _keys(post)[0] == "reddit:r/marketing|q&a"


def test_a_score_may_be_negative() -> None:
    assert _post(score=-12).like_count == -12


def test_a_negative_comment_count_is_quarantined() -> None:
    assert [entry.reason for entry in _listing(_child(num_comments=-1)).rejected] == ["bad_counter"]


def test_a_deleted_author_is_no_author() -> None:
    post = _post(author="[deleted]", author_fullname="t2_77")
    assert (post.author_id, post.author_handle) == (None, None)


def test_a_comment_among_the_children_is_rejected_as_foreign() -> None:
    comment = {"kind": "t1", "data": {"id": "c1", "body": "text"}}
    parsed = _listing(comment, _child())
    assert [(entry.reason, entry.raw) for entry in parsed.rejected] == [("foreign_kind", comment)]
    assert [(item.platform_item_id, item.rank) for item in parsed.items] == [("t3_1abc", 2)]


def test_children_that_are_no_objects_are_rejected() -> None:
    parsed = _listing(None, 5, "t3", [], {"kind": "t3"}, {"kind": "t3", "data": []})
    assert [entry.reason for entry in parsed.rejected] == ["not_an_object"] * 6


def test_numbers_may_be_text_and_what_is_null_is_unknown() -> None:
    post = _post(score="120", num_comments=None, created_utc="1457814655", author=None, author_fullname=None, permalink=None)
    assert (post.like_count, post.comment_count, post.author_handle, post.canonical_url) == (120, None, None, None)
    assert post.item_created_at == datetime(2016, 3, 12, 20, 30, 55, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Shut up and take my money 🎉🎉", "phrase:shut_up_and_take"), ("عطلة هادئة جدا", "phrase:عطلة_هادئة_جدا"),
        ("שלום עולם", "phrase:שלום_עולם"), ("big news " * 1_200_000, "phrase:big_news_big_news"),
    ],
    ids=["emoji", "Arabic", "Hebrew", "10 MB"],
)  # fmt: skip
def test_a_title_may_be_of_any_script_and_length(title: str, key: str) -> None:
    post = _post(title=title)
    assert _keys(post)[1] == key and len(post.text_content or "") <= 10_000


def test_a_huge_id_is_quarantined() -> None:
    assert [entry.reason for entry in _listing(_child(id="9" * 300)).rejected] == ["no_id"]


def test_a_stickied_post_is_an_item_like_any_other() -> None:
    assert _post(stickied=True).rank == 1


def test_an_advertisement_is_rejected() -> None:
    assert [entry.reason for entry in _listing(_child(promoted=True)).rejected] == ["promoted"]


def test_a_post_without_an_id_is_quarantined() -> None:
    assert [entry.reason for entry in _listing(_child(id="")).rejected] == ["no_id"]


def test_an_empty_listing_is_a_listing() -> None:
    parsed = _listing()
    assert parsed == Parsed("listing", (), ())


def test_the_rank_is_the_place_in_the_listing() -> None:
    parsed = _listing(_child(id="a"), _child(id="b"), _child(id="a"), _child(id="c"))
    assert [(item.platform_item_id, item.rank) for item in parsed.items] == [("t3_a", 1), ("t3_b", 2), ("t3_c", 4)]


@pytest.mark.parametrize(
    "payload",
    [
        {"message": "Too Many Requests", "error": 429},
        {"kind": "Listing", "data": {}},
        {"kind": "Listing", "data": {"children": None}},
        {"kind": "t2", "data": {"children": []}},
        [{"kind": "Listing", "data": {"children": []}}],
        "<html>whoa there, pardner!</html>",
        "",
    ],
)
def test_what_is_no_listing_is_a_problem(payload: object) -> None:
    parsed = reddit.parse(payload, "hot")
    assert parsed.shape is None and parsed.problem is not None and "listing" in parsed.problem


@pytest.mark.parametrize("surface_type", sorted(reddit.SURFACE_TYPES))
def test_every_surface_type_has_the_same_shape(surface_type: str) -> None:
    assert len(_listing(_child(), surface_type=surface_type).items) == 1


@pytest.mark.parametrize(
    ("name", "surface_type", "posts"),
    [
        ("r_popular_hot_2026-04-13.json", "popular", 100),
        ("front_hot_2016-03-01.json", "hot", 100),
        ("r_askreddit_rising_2016-03-12.json", "rising", 100),
        ("multi_rising_2016-07-17.json", "rising", 16),
        ("domain_rising_empty_2016-11-16.json", "rising", 0),
    ],
)
def test_a_recording_is_read_without_rejections(shared_data: Path, name: str, surface_type: str, posts: int) -> None:
    payload = read(shared_data / "reddit" / name)
    parsed = reddit.parse(payload, surface_type)
    assert (parsed.shape, len(parsed.items), parsed.rejected) == ("listing", posts, ())
    for rank, (item, child) in enumerate(zip(parsed.items, payload["data"]["children"], strict=True), start=1):
        _assert_same(item, child["data"], rank)


def _assert_same(item: Item, data: dict[str, Any], rank: int) -> None:
    flair = f"|{data['link_flair_text']}" if data["link_flair_text"] else ""
    assert (item.platform_item_id, item.rank) == (data["name"], rank)
    assert (item.author_handle, item.like_count, item.comment_count) == (data["author"], data["score"], data["num_comments"])
    assert item.canonical_url == "https://www.reddit.com" + data["permalink"]
    assert item.item_created_at == datetime.fromtimestamp(data["created_utc"], UTC)
    assert item.keys[0].key_type == "entity"
    assert item.keys[0].value == f"r/{data['subreddit']}{flair}".replace("&amp;", "&").strip()
