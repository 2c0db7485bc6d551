"""Building items: cleaning, limits, quarantine."""

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.capture.items import (
    MAX_COUNT,
    MAX_RAW_CHARS,
    MAX_TEXT_CHARS,
    Item,
    ItemType,
    Rejected,
    as_count,
    as_time,
    build,
    collect,
    raw_json,
)
from trend_assets.capture.keys import entity_key, hashtag_key, phrase_keys

POST = ItemType(
    name="post",
    is_post=True,
    keys=lambda fields: [
        entity_key("site", fields.get("entity")),
        *(hashtag_key("site", tag) for tag in fields.get("hashtags", ())),
        *phrase_keys(fields.get("text_content")),
    ],
    counters=("like_count",),
    signed=frozenset({"like_count"}),
)


def _built(**fields: Any) -> Item:
    item = build("site", POST, {"raw": 1}, **{"platform_item_id": "1", "hashtags": ["a"], **fields})
    assert isinstance(item, Item), item
    return item


def _refused(**fields: Any) -> str:
    rejected = build("site", POST, {"raw": 1}, **{"platform_item_id": "1", "hashtags": ["a"], **fields})
    assert isinstance(rejected, Rejected), rejected
    assert rejected.raw == {"raw": 1}
    return rejected.reason


@pytest.mark.parametrize(
    "identity", [None, "", "  ", True, [], {}, "x" * 256, math.nan, math.inf, pytest.param(10**5000, id="huge")]
)
def test_an_item_needs_an_id(identity: object) -> None:
    assert _refused(platform_item_id=identity) == "no_id"


def test_an_id_may_have_255_characters() -> None:
    assert len(_built(platform_item_id="x" * 255).platform_item_id) == 255


@pytest.mark.parametrize("count", ["many", 1.5, True, [], {}, math.nan, MAX_COUNT + 1, pytest.param(10**5000, id="huge"), -1])
def test_a_bad_counter_is_quarantined_and_not_taken_for_zero(count: object) -> None:
    assert _refused(view_count=count) == "bad_counter"


def test_a_counter_nested_too_deep_to_be_shown_is_quarantined() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert _refused(view_count=deep) == "bad_counter"


def test_only_a_signed_counter_may_be_negative() -> None:
    assert _built(like_count=-5).like_count == -5
    assert _refused(comment_count=-5) == "bad_counter"


def test_an_absent_counter_is_unknown_and_not_zero() -> None:
    assert _built(view_count=None).view_count is None


def test_an_item_without_a_key_is_quarantined() -> None:
    assert _refused(hashtags=[], text_content="one") == "no_cluster_key"


def test_an_entity_makes_a_key_and_is_not_kept() -> None:
    item = _built(entity="r/News|Local")
    assert item.keys[0].key == "site:r/news|local"
    assert "entity" not in item.to_json()


def test_texts_are_cut_and_free_of_what_stores_refuse() -> None:
    item = _built(text_content="a\x00b\ud800" + "c" * 20_000, author_handle="\udfff")
    assert item.text_content is not None
    assert item.text_content.startswith("a\ufffdb\ufffd") and len(item.text_content) == MAX_TEXT_CHARS
    assert item.author_handle == "\ufffd"


def test_a_url_is_kept_only_when_it_is_one() -> None:
    assert _built(canonical_url="javascript:alert(1)").canonical_url is None
    assert _built(canonical_url="https://example.com/a").canonical_url == "https://example.com/a"


def test_an_item_that_occurs_twice_counts_once_in_its_first_place() -> None:
    parsed = collect("list", [_built(rank=1), _built(rank=2), _built(platform_item_id="2", rank=3)])
    assert [(item.platform_item_id, item.rank) for item in parsed.items] == [("1", 1), ("2", 3)]


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ("1585253", 1585253),
        ("1,299", 1299),
        (5, 5),
        (5.0, 5),
        ("5.0", 5),
        ("-3", -3),
        ("", None),
        ("5K", None),
        (5.5, None),
        (True, None),
    ],
)
def test_counts_are_whole_numbers_or_their_digits(value: object, count: int | None) -> None:
    assert as_count(value) == count


@pytest.mark.parametrize(
    "value", [1457814655, "1457814655", 1457814655.0, "2016-03-12T20:30:55+00:00", "2016-03-12T21:30:55+01:00"]
)
def test_a_time_is_epoch_seconds_or_iso_text(value: object) -> None:
    assert as_time(value) == datetime(2016, 3, 12, 20, 30, 55, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [None, 0, "", "soon", "2016-03-12T20:30:55", True, [], 10**20, math.nan, "0001-01-01T00:00:00+09:00"]
)
def test_what_is_no_moment_is_none(value: object) -> None:
    assert as_time(value) is None


def test_raw_json_can_be_written_to_any_utf8_store() -> None:
    text = raw_json({"name": "a\x00\ud83d", "id": 7340285354676800302})
    text.encode()
    assert json.loads(text) == {"name": "a\ufffd\ufffd", "id": 7340285354676800302}


@pytest.mark.parametrize("text", ["a\0b", "\\u0000", "\\\0", "\\\\u0000", "\\\\\0", "\0\0"])
def test_raw_json_is_json_whatever_stands_before_a_nul(text: str) -> None:
    assert json.loads(raw_json(text)) == text.replace("\0", "\ufffd")


def test_raw_json_names_what_is_nested_too_deep() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert json.loads(raw_json(deep)) == "a list that cannot be written as JSON"


def test_raw_json_names_what_is_too_long() -> None:
    """A caption of 10 MB in each of 30 entries would have been kept 30 times an hour."""
    fits = {"text": "é" * (MAX_RAW_CHARS - len('{"text": ""}'))}
    assert json.loads(raw_json(fits)) == fits
    text = raw_json({"text": '\0\ud83d"' + "é" * MAX_RAW_CHARS})
    said = json.loads(text)
    assert said.startswith('a dict of 250021 characters, too long to be kept, that begins {"text": ')
    assert len(text) < 2_000 and "\0" not in said
    text.encode()


def test_an_item_with_a_deep_payload_can_be_shown() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    item = build("site", POST, deep, platform_item_id="1", hashtags=["a"])
    assert isinstance(item, Item) and item.to_json()["platform_item_id"] == "1"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "platform_item_id",
                "rank",
                "author_id",
                "text_content",
                "hashtags",
                "view_count",
                "item_created_at",
                "canonical_url",
                "entity",
            ]
        ),
        _JSON,
    )
)
def test_build_takes_any_values(fields: dict[str, Any]) -> None:
    built = build("site", POST, fields, **fields)
    assert isinstance(built, Item | Rejected)
