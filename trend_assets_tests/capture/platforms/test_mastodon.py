"""Mastodon's trends, by its documentation."""

from datetime import UTC, datetime
from typing import Any

import pytest

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import mastodon


def _tag(name: Any = "NowPlaying", uses: tuple[Any, ...] = ("200", "272", "345"), **fields: Any) -> dict[str, Any]:
    return {
        "id": "802",
        "name": name,
        "url": "https://mastodon.social/tags/nowplaying",
        "history": [{"day": str(1574553600 - 86400 * ago), "uses": count, "accounts": "31"} for ago, count in enumerate(uses)],
        **fields,
    }


def _status(**fields: Any) -> dict[str, Any]:
    return {
        "id": "103270115826048975",
        "created_at": "2019-12-08T03:48:33.901Z",
        "visibility": "public",
        "uri": "https://mastodon.social/users/Gargron/statuses/103270115826048975",
        "url": "https://mastodon.social/@Gargron/103270115826048975",
        "replies_count": 5,
        "reblogs_count": 6,
        "favourites_count": 11,
        "content": '<p>Nobody wants to work &amp; more<br />see <a href="https://mastodon.social/tags/Work" '
        'class="mention hashtag" rel="tag">#<span>Work</span></a></p>',
        "tags": [{"name": "work", "url": "https://mastodon.social/tags/work"}],
        "account": {"id": "1", "acct": "Gargron", "url": "https://mastodon.social/@Gargron"},
        **fields,
    }


def _parsed(*entries: object) -> Parsed:
    return mastodon.parse(list(entries), "trends")


def _one(entry: object) -> Item:
    parsed = _parsed(entry)
    assert not parsed.rejected
    return parsed.items[0]


def _keys(item: Item) -> list[str]:
    return [key.key for key in item.keys]


def test_a_hashtag_is_read_field_by_field() -> None:
    tag = _one(_tag())
    assert (tag.platform, tag.platform_item_id, tag.item_type, tag.is_post) == (
        "mastodon", "hashtag:nowplaying", "hashtag", False,
    )  # fmt: skip
    assert (_keys(tag), tag.hashtags, tag.rank) == (["mastodon:#nowplaying"], ("NowPlaying",), 1)
    assert (tag.volume_24h, tag.use_count, tag.item_created_at) == (272, None, None)
    assert tag.canonical_url == "https://mastodon.social/tags/nowplaying"


@pytest.mark.parametrize(
    ("uses", "volume"),
    [(("3", "272", "900"), 272), (("300", "272"), 300), ((5, 3), 5), (("0", "0"), 0), (("7",), 7), ((), None), ((None,), None)],
)
def test_the_volume_is_the_uses_of_today_or_yesterday_whichever_are_more(uses: tuple[Any, ...], volume: int | None) -> None:
    assert _one(_tag(uses=uses)).volume_24h == volume


def test_the_volume_of_a_steady_hashtag_is_the_same_all_day_and_over_midnight() -> None:
    days = [(str(hour * 10), "240", "240") for hour in range(24)]
    assert {_one(_tag(uses=uses)).volume_24h for uses in (*days, ("0", "240", "240"))} == {240}


@pytest.mark.parametrize("uses", [("many", "2"), ("2", "1.5"), (-3,), ("2", True)])
def test_uses_that_are_no_count_are_quarantined(uses: tuple[Any, ...]) -> None:
    assert [entry.reason for entry in _parsed(_tag(uses=uses)).rejected] == ["bad_counter"]


@pytest.mark.parametrize("history", [None, {}, [None], "1"])
def test_a_history_of_another_form_has_no_volume(history: object) -> None:
    assert _one(_tag(history=history)).volume_24h is None


@pytest.mark.parametrize("name", [None, "", " ", "#", 5])
def test_a_hashtag_without_a_name_is_quarantined(name: object) -> None:
    assert [entry.reason for entry in _parsed(_tag(name)).rejected] == ["no_id"]


def test_a_post_is_read_field_by_field() -> None:
    post = _one(_status())
    assert (post.item_type, post.is_post, post.rank) == ("post", True, 1)
    assert post.platform_item_id == "https://mastodon.social/users/Gargron/statuses/103270115826048975"
    assert (post.author_id, post.author_handle) == ("https://mastodon.social/@Gargron", "Gargron")
    assert post.text_content == "Nobody wants to work & more\nsee #Work"
    assert (post.like_count, post.comment_count, post.share_count, post.view_count) == (11, 5, 6, None)
    assert post.item_created_at == datetime(2019, 12, 8, 3, 48, 33, 901_000, tzinfo=UTC)
    assert post.canonical_url == "https://mastodon.social/@Gargron/103270115826048975"
    assert (_keys(post), post.hashtags) == (["mastodon:#work"], ("work",))


def test_a_post_is_the_same_on_every_server_that_shows_it() -> None:
    """Numbers of posts and accounts, and short names of accounts, are a server's own."""
    here = _one(_status())
    account = {"id": "77", "acct": "Gargron@mastodon.social", "url": "https://mastodon.social/@Gargron"}
    there = _one(_status(id="9", account=account))
    assert (here.platform_item_id, here.author_id) == (there.platform_item_id, there.author_id)


def test_a_post_without_hashtags_belongs_to_the_phrases_of_its_text() -> None:
    assert _keys(_one(_status(tags=[]))) == ["phrase:nobody_wants_to_work", "phrase:see_work"]


def test_a_post_without_words_belongs_to_nothing() -> None:
    assert [entry.reason for entry in _parsed(_status(tags=[], content="<p>📈</p>")).rejected] == ["no_cluster_key"]


def test_a_post_without_an_address_is_quarantined() -> None:
    assert [entry.reason for entry in _parsed(_status(uri=None)).rejected] == ["no_id"]


@pytest.mark.parametrize("account", [None, [], {}, {"url": 5, "acct": ""}])
def test_an_unknown_author_is_none(account: object) -> None:
    post = _one(_status(account=account))
    assert (post.author_id, post.author_handle) == (None, None)


def test_entries_of_another_kind_are_rejected_and_the_rank_is_the_place_in_the_list() -> None:
    link = {"url": "https://a.example/", "title": "A link", "history": []}
    parsed = _parsed(link, None, 5, [], _tag(), _status())
    assert [entry.reason for entry in parsed.rejected] == ["foreign_kind"] + ["not_an_object"] * 3
    assert [(item.item_type, item.rank) for item in parsed.items] == [("hashtag", 5), ("post", 6)]


def test_an_empty_list_is_a_list() -> None:
    """A server that has its trends switched off answers so."""
    assert _parsed() == Parsed("trends", (), ())


@pytest.mark.parametrize(
    "payload",
    [
        {"error": "This method requires an authenticated user"},
        {"statuses": [_status()], "hashtags": [_tag()], "accounts": []},
        [{"url": "https://a.example/", "title": "A link", "history": []}],
        "<html>log in</html>",
    ],
)
def test_what_is_no_list_of_trends_is_a_problem(payload: object) -> None:
    parsed = mastodon.parse(payload, "trends")
    assert parsed.shape is None and parsed.problem is not None and "expected a Mastodon list" in parsed.problem
