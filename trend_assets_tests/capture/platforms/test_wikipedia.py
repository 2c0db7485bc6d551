"""Wikipedia's most viewed articles, by the documentation of Wikimedia's API: nothing of it was recorded."""

from typing import Any

import pytest

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import wikipedia


def _entry(article: object = "2026_FIFA_World_Cup", views: object = 812_345, rank: object = 3) -> dict[str, Any]:
    return {"article": article, "views": views, "rank": rank}


def _day(*articles: object, **fields: Any) -> dict[str, Any]:
    day = {"project": "en.wikipedia", "access": "all-access", "year": "2026", "month": "06", "day": "11"}
    return {"items": [{**day, "articles": list(articles), **fields}]}


def _list(*articles: object, **fields: Any) -> Parsed:
    return wikipedia.parse(_day(*articles, **fields), "most_viewed")


def _article(*entry: object) -> Item:
    parsed = _list(_entry(*entry))
    assert not parsed.rejected
    return parsed.items[0]


def test_an_article_is_read_field_by_field() -> None:
    article = _article()
    assert (article.platform, article.item_type, article.is_post) == ("wikipedia", "article", False)
    assert article.platform_item_id == "article:en.wikipedia:2026_FIFA_World_Cup"
    assert (article.text_content, article.rank) == ("2026 FIFA World Cup", 3)
    assert (article.volume_24h, article.view_count, article.gauge) == (812_345, None, None)
    assert article.canonical_url == "https://en.wikipedia.org/wiki/2026_FIFA_World_Cup"


@pytest.mark.parametrize(
    ("title", "key", "url"),
    [
        ("Albert_Einstein", "phrase:albert_einstein", "Albert_Einstein"),
        ("Dune:_Part_Two", "phrase:dune_part_two", "Dune%3A_Part_Two"),
        ("Barbie_(film)", "phrase:barbie_film", "Barbie_%28film%29"),
        ("AC/DC", "phrase:ac_dc", "AC/DC"),
        ("Beyoncé", "phrase:beyoncé", "Beyonc%C3%A9"),
        ("東京", "phrase:東京", "%E6%9D%B1%E4%BA%AC"),
        ("?", "phrase:?", "%3F"),
        ("\ud800_x", "phrase:x", "%3F_x"),
    ],
)
def test_the_title_is_the_topic_that_an_article_is_keyed_by(title: str, key: str, url: str) -> None:
    article = _article(title)
    assert [one.key for one in article.keys] == [key]
    assert article.canonical_url == f"https://en.wikipedia.org/wiki/{url}"


@pytest.mark.parametrize("title", ["Main_Page", "Special:Search", "-", "Wikipedia:Featured_pictures", "Portal:Current_events"])
def test_pages_that_are_no_articles_are_set_aside_and_keep_their_rank(title: str) -> None:
    parsed = _list(_entry(title, rank=1), _entry(rank=2))
    assert [(entry.reason, entry.raw["article"]) for entry in parsed.rejected] == [("foreign_kind", title)]
    assert [item.rank for item in parsed.items] == [2]


def test_an_article_of_another_language_is_another_item_of_the_same_topic() -> None:
    german = _list(_entry("Albert_Einstein"), project="de.wikipedia").items[0]
    assert german.platform_item_id == "article:de.wikipedia:Albert_Einstein" != _article("Albert_Einstein").platform_item_id
    assert german.keys == _article("Albert_Einstein").keys
    assert german.canonical_url == "https://de.wikipedia.org/wiki/Albert_Einstein"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (None, "not_an_object"), ("Albert_Einstein", "not_an_object"), ([], "not_an_object"),
        (_entry(None), "no_id"), (_entry(""), "no_id"), (_entry(5), "no_id"), (_entry("x" * 250), "no_id"),
        (_entry(views=-1), "bad_counter"), (_entry(views="many"), "bad_counter"), (_entry("\u200b"), "no_cluster_key"),
    ],
)  # fmt: skip
def test_an_entry_that_is_broken_is_quarantined_and_the_others_are_kept(entry: object, reason: str) -> None:
    parsed = _list(entry, _entry("Other"))
    assert [one.reason for one in parsed.rejected] == [reason]
    assert [item.text_content for item in parsed.items] == ["Other"]


def test_a_day_without_articles_is_a_day() -> None:
    assert _list() == Parsed("articles", (), ())


@pytest.mark.parametrize(
    "payload",
    [
        {"items": []}, {"items": [None]}, {"items": [{"project": "en.wikipedia"}]}, {"items": {"articles": []}},
        _day(project=None), _day(project="evil.example/x"), _day(articles={}),
        {"title": "Not Found", "status": 404},
    ],
)  # fmt: skip
def test_what_is_no_list_of_a_day_is_a_problem(payload: object) -> None:
    parsed = wikipedia.parse(payload, "most_viewed")
    assert parsed.shape is None and parsed.problem is not None and "Wikimedia's list" in parsed.problem
