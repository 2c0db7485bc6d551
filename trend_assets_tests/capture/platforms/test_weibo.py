"""Weibo's hot search: recorded hours, and the site's own list by public descriptions."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trend_assets.capture.archive import read_archive, recognize
from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import weibo


def _recorded(title: object = "周密晒转账记录", **fields: Any) -> dict[str, Any]:
    return {
        "title": title, "category": "社会", "hot": 2_057_251, "ads": False, "readCount": 39_945_000, "discussCount": 3_498,
        "origin": 792, **fields,
    }  # fmt: skip


def _live(word: object = "周密晒转账记录", **fields: Any) -> dict[str, Any]:
    return {"word": word, "note": word, "num": 2_057_251, "realpos": 1, "rank": 0, "label_name": "热", **fields}


def _hour(*entries: object) -> Parsed:
    return weibo.parse(list(entries), "hot_search")


def _site(*entries: object) -> Parsed:
    return weibo.parse({"ok": 1, "data": {"realtime": list(entries), "hotgov": {"word": "#置顶#"}}}, "hot_search")


def _only(parsed: Parsed) -> Item:
    assert not parsed.rejected
    (item,) = parsed.items
    return item


def test_a_recorded_topic_is_read_field_by_field() -> None:
    topic = _only(_hour(_recorded()))
    assert (topic.platform, topic.item_type, topic.is_post) == ("weibo", "topic", False)
    assert (topic.platform_item_id, topic.text_content, topic.rank) == ("topic:周密晒转账记录", "周密晒转账记录", 1)
    assert (topic.gauge, topic.view_count, topic.comment_count) == (2_057_251, 39_945_000, 3_498)
    assert [key.key for key in topic.keys] == ["phrase:周密晒转账记录"]


def test_the_sites_topic_has_a_score_but_no_counts() -> None:
    topic = _only(_site(_live()))
    assert (topic.gauge, topic.view_count, topic.comment_count) == (2_057_251, None, None)
    assert topic.canonical_url == (
        "https://s.weibo.com/weibo?q=%23%E5%91%A8%E5%AF%86%E6%99%92%E8%BD%AC%E8%B4%A6%E8%AE%B0%E5%BD%95%23"
    )


def test_a_topic_is_the_same_item_in_a_recording_and_on_the_site() -> None:
    recorded, live = _only(_hour(_recorded())), _only(_site(_live()))
    assert (recorded.platform_item_id, recorded.keys) == (live.platform_item_id, live.keys)


def test_the_authors_of_original_posts_are_no_counter() -> None:
    topic = _only(_hour(_recorded(origin=792)))
    assert 792 not in (topic.use_count, topic.view_count, topic.like_count, topic.share_count)


def test_a_topic_without_counts_is_read() -> None:
    topic = _only(_hour({"title": "周密晒转账记录", "hot": 0, "ads": False}))
    assert (topic.gauge, topic.view_count, topic.comment_count) == (0, None, None)


@pytest.mark.parametrize("ad", [_recorded("买", ads=True), _live("买", is_ad=1)])
def test_an_advertisement_is_set_aside_and_takes_no_rank(ad: dict[str, Any]) -> None:
    parsed = _hour(_recorded("甲"), ad, _recorded("乙"))
    assert [(entry.reason, entry.raw) for entry in parsed.rejected] == [("promoted", ad)]
    assert [(item.text_content, item.rank) for item in parsed.items] == [("甲", 1), ("乙", 2)]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (None, "not_an_object"), ("甲", "not_an_object"), ([], "not_an_object"), ({}, "no_id"), (_live(""), "no_id"),
        (_live(5), "no_id"), (_live(num="hot"), "bad_counter"), (_recorded(readCount=-1), "bad_counter"),
    ],
)  # fmt: skip
def test_an_entry_that_is_broken_is_quarantined_and_the_others_are_kept(entry: object, reason: str) -> None:
    parsed = _site(entry, _live("乙"))
    assert [one.reason for one in parsed.rejected] == [reason]
    assert [item.text_content for item in parsed.items] == ["乙"]


def test_an_empty_list_of_the_site_is_a_list() -> None:
    assert _site() == Parsed("realtime", (), ())


@pytest.mark.parametrize(
    "payload",
    [
        {"ok": -100, "url": "https://passport.weibo.com/visitor"},
        {"data": {"realtime": {}}},
        [],
        [{}],
        [_live()],
        "<html></html>",
    ],
)
def test_what_is_no_list_is_a_problem(payload: object) -> None:
    parsed = weibo.parse(payload, "hot_search")
    assert parsed.shape is None and parsed.problem is not None and "Weibo's hot search" in parsed.problem


def test_a_recorded_hour_is_read_as_its_archive_is(shared_data: Path) -> None:
    path = shared_data / "weibo" / "raw_hour_2024-12-18T12.json"
    parsed = weibo.parse(json.loads(path.read_text(encoding="utf-8")), "hot_search")
    (snapshot,) = read_archive(path, recognize(path, "weibo", "hot_search"), None)
    assert len(parsed.items) == 49
    assert tuple(replace(item, canonical_url=None) for item in parsed.items) == snapshot.parsed.items
    assert [entry.reason for entry in parsed.rejected] == ["promoted"] * 3
    first = parsed.items[0]
    assert (first.text_content, first.rank, first.gauge) == ("张馨予老公疑转业至广州大学保卫处", 1, 3_060_054)
    assert (first.view_count, first.comment_count) == (39_945_000, 3_498)
