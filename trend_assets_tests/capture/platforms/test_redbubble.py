"""Redbubble's popular tags, in pages written after public programs that read them."""

from urllib.parse import quote_plus

import pytest

from trend_assets.capture.items import Parsed
from trend_assets.capture.platforms import redbubble

OTHERS = (
    '<a href="/">Home</a><a href="/shop">Shop</a><a href="/shop/">Shop</a><a href="/shop/ap/4711">A work</a>'
    '<a href="/people/ann/shop">Ann</a><a href="https://example.com/shop/cats">Elsewhere</a><a href="//[x/shop/cats">Broken</a>'
)


def page(*addresses: str) -> str:
    """Return a page that links to the addresses, among others."""
    tags = "".join(f'<li><a class="x" href="{address}"><span>Shop now</span></a></li>' for address in addresses)
    return f"<!doctype html><html><body>{OTHERS}<ul>{tags}</ul></body></html>"


def parsed(*addresses: str) -> Parsed:
    return redbubble.parse(page(*addresses), "popular_tags")


def test_a_tag_is_read_field_by_field() -> None:
    (item,) = parsed("/shop/Quiet+vacation?ref=explore&amp;x=1").items
    assert (item.platform, item.platform_item_id, item.item_type, item.is_post, item.rank) == (
        "redbubble", "topic:quiet vacation", "tag", False, 1,
    )  # fmt: skip
    assert (item.text_content, item.gauge) == ("Quiet vacation", None)
    assert item.canonical_url == "https://www.redbubble.com/shop/Quiet+vacation"
    assert [(key.key_type, key.key) for key in item.keys] == [("phrase", "phrase:quiet_vacation")]
    assert item.raw == {"address": "/shop/Quiet+vacation?ref=explore&x=1", "text": "Shop now"}


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://www.redbubble.com/shop/cat+stickers/", "cat stickers"),
        ("/shop/cat%20stickers#top", "cat stickers"),
        ("/shop/" + quote_plus("夜市 & café"), "夜市 & café"),
    ],
)
def test_the_words_of_a_tag_are_those_of_its_address(address: str, words: str) -> None:
    assert [item.text_content for item in parsed(address).items] == [words]


def test_a_tag_counts_once_in_its_first_place() -> None:
    found = parsed("/shop/cats", "/shop/dogs", "/shop/Cats?again")
    assert [(item.text_content, item.rank) for item in found.items] == [("cats", 1), ("dogs", 2)]


@pytest.mark.parametrize("address", ["/shop/+", "/shop/%20", "/shop/%E2%80%8B"])
def test_a_tag_of_nothing_is_quarantined_and_the_others_stay(address: str) -> None:
    found = parsed(address, "/shop/cats")
    assert [entry.reason for entry in found.rejected] == ["no_id"]
    assert [(item.text_content, item.rank) for item in found.items] == [("cats", 2)]


@pytest.mark.parametrize("payload", [page(), "<title>Just a moment...</title>", {"tags": ["cats"]}])
def test_a_page_without_tags_is_a_problem_and_no_empty_list(payload: object) -> None:
    found = redbubble.parse(payload, "popular_tags")
    assert found.shape is None and found.problem is not None and "links to tags" in found.problem
