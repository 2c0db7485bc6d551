"""Feeds in every form, whole and broken. None was recorded: they are written after the specifications."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from trend_assets.capture.items import Item, Parsed, raw_json
from trend_assets.capture.platforms import rss
from trend_assets.capture.platforms.rss_feeds import MAX_ATTRIBUTES, MAX_CATEGORIES, MAX_CHARS, MAX_PREFIXES
from trend_assets.capture.runs import judge

LINK = "https://news.example/2026/1"
TITLE = "Nobody wants to work: Minister resigns"
DATE = datetime(2025, 12, 25, 16, 50, tzinfo=UTC)

RSS_2 = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>News</title><link>https://news.example/</link>
<item><title>{title}</title><link>https://news.example/2026/1</link><guid isPermaLink="false">https://news.example/?p=1</guid>
<dc:creator>Ann Lee</dc:creator><category>World</category><pubDate>Thu, 25 Dec 2025 08:50:00 -0800</pubDate></item>
{more}</channel></rss>
"""
RSS_091 = """<rss version="0.91"><channel><title>News</title><link>https://news.example/</link><language>en</language>
<item><title>{title}</title><link>https://news.example/2026/1</link><author>ann@news.example (Ann Lee)</author></item>
{more}</channel></rss>"""
RSS_1 = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://news.example/"><title>News</title>
<link>https://news.example/</link></channel>
<item rdf:about="https://news.example/2026/1"><title>{title}</title><link>https://news.example/2026/1</link>
<dc:creator>Ann Lee</dc:creator><dc:date>2025-12-25T16:50:00Z</dc:date><dc:subject>World</dc:subject></item>
{more}</rdf:RDF>"""
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><link href="https://news.example/"/><updated>2026-01-01T00:00:00Z</updated>
<entry><id>tag:news.example,2026:1</id><title>{title}</title><link href="/2026/1"/><author><name>Ann Lee</name></author>
<category term="world"/><published>2025-12-25T08:50:00-08:00</published><updated>2026-01-01T00:00:00Z</updated></entry>
{more}</feed>"""
FORMS = {"rss20": RSS_2, "rss091u": RSS_091, "rss10": RSS_1, "atom10": ATOM}


def feed(*items: str, title: str = TITLE, form: str = RSS_2) -> Parsed:
    return rss.parse(form.format(title=title, more="".join(items)), "feed")


def item(**fields: str) -> str:
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items())
    return f"<item>{inner}</item>"


def second(**fields: str) -> Item:
    parsed = feed(item(**{"title": "Second story today", **fields}))
    assert (parsed.problem, parsed.rejected) == (None, ())
    return parsed.items[1]


def keys(article: Item) -> list[str]:
    return [key.key for key in article.keys]


def json_item(**fields: Any) -> dict[str, Any]:
    return {
        "id": 1, "url": LINK, "title": TITLE, "authors": [{"name": "Ann Lee"}], "tags": ["World"],
        "date_published": "2025-12-25T08:50:00-08:00", **fields,
    }  # fmt: skip


def json_feed(*items: object) -> dict[str, Any]:
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "News",
        "home_page_url": "https://news.example/",
        "items": list(items),
    }


@pytest.mark.parametrize("form", FORMS)
def test_an_article_is_read_from_every_form(form: str) -> None:
    parsed = feed(form=FORMS[form])
    assert (parsed.shape, parsed.problem, parsed.rejected, len(parsed.items)) == (form, None, (), 1)
    article = parsed.items[0]
    assert (article.platform, article.item_type, article.is_post, article.rank) == ("rss", "article", True, 1)
    assert (article.text_content, article.author_handle, article.canonical_url) == (TITLE, "Ann Lee", LINK)
    assert article.item_created_at == (None if form == "rss091u" else DATE)
    assert keys(article) == ["phrase:nobody_wants_to_work", "phrase:minister_resigns"]
    raw_json(article.raw).encode()


def test_a_json_feed_is_one_as_its_text_and_as_its_object() -> None:
    payload = json_feed(json_item())
    parsed = rss.parse(payload, "feed")
    assert rss.parse(raw_json(payload), "feed") == parsed
    assert (parsed.shape, parsed.problem, parsed.rejected) == ("json_feed", None, ())
    article = parsed.items[0]
    assert (article.platform_item_id, article.text_content, article.author_handle) == (LINK, TITLE, "Ann Lee")
    assert (article.canonical_url, article.item_created_at, len(article.keys)) == (LINK, DATE, 2)


def test_a_json_feed_of_the_first_version_and_of_bare_items_is_read() -> None:
    old = json_feed({"id": "2", "author": {"name": "Bo"}, "content_html": "<p>Some long story</p>", "external_url": "/2"})
    parsed = rss.parse({**old, "version": "https://jsonfeed.org/version/1"}, "feed")
    assert [(one.text_content, one.author_handle, one.platform_item_id) for one in parsed.items] == [
        ("Some long story", "Bo", "https://news.example/2")
    ]


def test_what_is_null_or_no_text_in_a_json_feed_is_unknown() -> None:
    odd = json_item(id=12345, url=None, title=["Big news"], summary="Big news today", authors=[{"name": None}, None], tags=None)
    article = rss.parse(json_feed({**odd, "date_published": "1766681400"}), "feed").items[0]
    assert (article.platform_item_id, article.text_content) == ("https://news.example/ 12345", "Big news today")
    assert (article.author_handle, article.canonical_url, article.item_created_at) == (None, None, DATE)


@pytest.mark.parametrize("entry", [None, 5, "x", []])
def test_what_is_no_object_in_a_json_feed_is_rejected(entry: object) -> None:
    parsed = rss.parse(json_feed(entry, json_item()), "feed")
    assert [one.reason for one in parsed.rejected] == ["not_an_object"] and len(parsed.items) == 1


@pytest.mark.parametrize(
    ("fields", "identity"),
    [
        ({"guid": "https://a.example/?p=7", "link": LINK}, "https://a.example/?p=7"),
        ({"guid": "urn:uuid:7", "link": LINK}, "urn:uuid:7"),
        ({"guid": "7", "link": LINK}, LINK),
        ({"guid": "post:7"}, "https://news.example/ post:7"),
        ({"link": LINK}, LINK),
        ({"guid": "9" * 60}, "https://news.example/" + "9" * 60),
        ({"guid": "https://a.example/" + "x" * 300}, "sha256:"),
    ],
)
def test_an_id_is_unique_over_all_feeds(fields: dict[str, str], identity: str) -> None:
    """Two feeds can both have a guid 7; ids are kept up to 255 characters."""
    found = second(**fields).platform_item_id
    assert found == identity or (identity == "sha256:" and found.startswith(identity) and len(found) == 71)


def test_an_article_without_id_and_link_is_rejected() -> None:
    assert [one.reason for one in feed(item(title="A long title")).rejected] == ["no_id"]


def test_a_title_with_hashtags_is_keyed_by_them() -> None:
    assert keys(second(title="All about #Vacations and #vacations", link=LINK + "/2")) == ["rss:#vacations"]


def test_a_place_in_a_ranking_is_no_hashtag() -> None:
    assert keys(second(title="Candidate climbs to #1 in national poll", link=LINK + "/2"))[0] == "phrase:candidate_climbs"


def test_categories_are_no_hashtags() -> None:
    article = feed().items[0]
    assert article.hashtags == () and "World" in str(article.raw)


def test_an_article_without_a_title_is_known_by_its_summary() -> None:
    article = feed(item(description="<p>Tokyo flood warning</p><p>More &amp; more</p>", link=LINK + "/2")).items[1]
    assert article.text_content == "Tokyo flood warning\nMore & more"
    assert keys(article)[0] == "phrase:tokyo_flood_warning"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("AT&amp;T buys towers", "AT&T buys towers"),
        ("Profits &lt;b&gt;rise&lt;/b&gt; again", "Profits rise again"),
        ("Q&amp;amp;A session today", "Q&A session today"),
        ("<![CDATA[Profits <i>rise</i> &amp; fall]]>", "Profits rise & fall"),
        ("5 &lt; 6 says study", "5 < 6 says study"),
        ("عطلة هادئة 🎉 שלום", "عطلة هادئة 🎉 שלום"),
        ("&lt;script&gt;alert(1)&lt;/script&gt; one story", "<script>alert(1)</script> one story"),
    ],
)
def test_a_title_is_read_as_it_is_shown(title: str, text: str) -> None:
    assert feed(title=title).items[0].text_content == text


@pytest.mark.parametrize(
    "date",
    [
        "Thu, 25 Dec 2025 16:50:00 GMT", "25 Dec 25 08:50 PST", "Thu, 25 Dec 2025 16:50:00 -0000", "2025-12-25T16:50Z",
        "20251225T165000Z", "2025-12-25 17:50:00.00+01:00",
    ],
)  # fmt: skip
def test_a_whole_date_with_its_zone_is_read(date: str) -> None:
    assert second(pubDate=date, link=LINK + "/2").item_created_at == DATE


@pytest.mark.parametrize(
    "date",
    [
        "", "yesterday", "Thu, 99 Dec 2025 08:50:00", "0001-01-01", "2025/07/09", "12:30:00", "--12-25", "25", "1766681400",
        "2025-12-25", "2025-12-25T16:50:00", "Thu, 25 Dec 2025 16:50:00", "Thu, 25 Dec 2025 16:50:00 CEST",
        f"Thu, 25 Dec {'9' * 90} 16:50:00 GMT", "Thu, 25 Dec 2025 16:50:00 +99999999",
    ],
)  # fmt: skip
def test_a_date_that_lacks_a_part_or_a_known_zone_is_unknown(date: str) -> None:
    """feedparser takes what is missing from the clock: 12:30:00 is today."""
    article = second(pubDate=date, link=LINK + "/2")
    assert article.item_created_at is None and "_parsed" not in str(article.raw)


def test_the_clock_is_not_in_what_is_kept_of_an_article() -> None:
    source = "<entry><title>Second story today</title><id>urn:2</id><source><updated>12:30:00</updated></source></entry>"
    raw = feed(source, form=ATOM).items[1].raw
    assert raw["source"] == {"updated": "12:30:00"}


def test_the_date_of_an_update_counts_only_where_there_is_no_other() -> None:
    assert second(**{"dc:date": "2025-12-25T16:50:00Z", "link": LINK + "/2"}).item_created_at == DATE


@pytest.mark.parametrize("link", ["javascript:alert(1)", "http://[broken", "mailto:a@b.example"])
def test_a_link_that_is_no_address_is_none(link: str) -> None:
    article = second(link=link, guid="urn:a:1")
    assert (article.platform_item_id, article.canonical_url) == ("urn:a:1", None)


@pytest.mark.parametrize(
    ("channel", "link", "identity"),
    [
        ('<atom:link rel="self" href="https://a.example/feeds/1"/>', "/2", "https://a.example/2"),
        ('<atom:link rel="self" href="https://a.example/feeds/1"/>', "2", "https://a.example/feeds/2"),
        ('<atom:link rel="self" href="https://a.example/feeds/1"/><link>/</link>', "2", "https://a.example/2"),
        ('<atom:link rel="self" href="https://[a"/><link>https://b.example/</link>', "2", "https://b.example/2"),
        ('<atom:link rel="hub" href="https://c.example/"/><link>https://b.example/</link>', "2", "https://b.example/2"),
    ],
)
def test_a_link_of_a_feed_that_names_no_site_is_one_from_the_feeds_own_address(channel: str, link: str, identity: str) -> None:
    atom = 'xmlns:atom="http://www.w3.org/2005/Atom"'
    entry = f"<item><title>Second story today</title><link>{link}</link></item>"
    parsed = rss.parse(f'<rss version="2.0" {atom}><channel><title>a</title>{channel}{entry}</channel></rss>', "feed")
    assert [(one.platform_item_id, one.canonical_url) for one in parsed.items] == [(identity, identity)]


def test_a_relative_link_is_one_from_the_base_that_its_feed_declares() -> None:
    based = ATOM.replace("<feed ", '<feed xml:base="https://a.example/x/" ').replace('<link href="https://news.example/"/>', "")
    assert feed(form=based.replace("/2026/1", "2")).items[0].canonical_url == "https://a.example/x/2"
    own = {**json_feed(json_item(id=7, url="/2")), "home_page_url": None, "feed_url": "https://a.example/feed.json"}
    assert [one.platform_item_id for one in rss.parse(own, "feed").items] == ["https://a.example/2"]


def test_an_article_that_comes_twice_counts_once() -> None:
    assert [one.rank for one in feed(item(guid="https://news.example/?p=1", title="Second"), item(link=LINK)).items] == [1]


def test_a_feed_without_articles_is_a_feed() -> None:
    assert rss.parse("<rss version='2.0'><channel><title>a</title></channel></rss>", "feed") == Parsed("rss20", (), ())
    assert rss.parse(json_feed(), "feed") == Parsed("json_feed", (), ())


def test_a_broken_feed_is_partial_and_says_where() -> None:
    parsed = feed(item(title="Second story &nbsp; today", link=LINK + "/2").replace("&amp;", "&"))
    assert len(parsed.items) == 2
    assert judge(parsed) == ("partial", "the feed is broken (undefined entity in line 6)")


@pytest.mark.parametrize("form", FORMS)
def test_of_a_feed_that_ends_in_its_middle_the_last_article_is_not_trusted(form: str) -> None:
    """Its title may be cut, and evidence is for ever."""
    text = FORMS[form].format(title=TITLE, more="")
    body = text[text.index("<item") if "<item" in text else text.index("<entry") : text.rindex("</")]
    text = text.replace(body, body + body.replace("2026/1", "2026/2").replace("2026:1", "2026:2").replace("p=1", "p=2"))
    whole = rss.parse(text, "feed")
    assert (len(whole.items), whole.rejected) == (2, ())
    parsed = rss.parse(text[: text.rindex("resigns")], "feed")
    assert [one.platform_item_id for one in parsed.items] == [whole.items[0].platform_item_id]
    assert [one.reason for one in parsed.rejected] == ["cut_off"]
    status, reason = judge(parsed)
    assert status == "partial" and "the feed is broken (" in reason


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ("<!DOCTYPE rss [<!ENTITY a 'b'>]>" + RSS_2, "the feed declares entities (<!ENTITY)"),
        ("<!doctype rss [<!entity % a SYSTEM 'file:///etc/hostname'>]>" + RSS_2, "the feed declares entities (<!ENTITY)"),
        ("<rss>" + "x" * MAX_CHARS, "the feed has 2000005 characters, more than the 2000000 that are read"),
        ("<rss version='2.0'><channel>&&<", "the feed is broken (not well-formed"),
        (RSS_2.replace("{title}", "&#55296; &"), "the feed is broken (UnicodeEncodeError)"),
        ("<html><body>Log in</body></html>", "expected a feed (RSS, RDF, Atom or JSON Feed), found text of"),
        ("https://news.example/feed", "expected a feed"),
        ("/etc/hostname", "expected a feed"),
        ({"version": "1.1", "items": []}, "expected a feed"),
        ({"version": "https://jsonfeed.org/version/1.1", "items": None}, "expected a feed"),
    ],
)
def test_what_is_not_read_says_why(payload: object, problem: str) -> None:
    parsed = rss.parse(payload, "feed")
    assert parsed.shape is None and parsed.problem and parsed.problem.startswith(problem)


def test_a_text_is_never_taken_for_a_file(tmp_path: Path) -> None:
    """feedparser opens texts that name one."""
    (tmp_path / "feed.xml").write_text(RSS_2.format(title=TITLE, more=""))
    assert rss.parse(str(tmp_path / "feed.xml"), "feed").shape is None
    assert rss.parse(f"<{tmp_path}/feed.xml", "feed").shape is None


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "utf-16"])
def test_a_declared_encoding_is_that_of_the_bytes_and_not_of_the_text(encoding: str) -> None:
    text = RSS_2.replace("UTF-8", encoding).format(title="Привет большой мир", more="")
    for whole in (text, "\ufeff" + text, "\n" + text):
        parsed = rss.parse(whole, "feed")
        assert (parsed.items[0].text_content, parsed.problem) == ("Привет большой мир", None)


HUGE: dict[str, Callable[[str], str]] = {
    "title": lambda text: item(title=text, link=LINK + "/2"),
    "author": lambda text: item(title="Second story today", author=text, link=LINK + "/2"),
    "dc:creator": lambda text: item(**{"title": "Second story today", "dc:creator": text, "link": LINK + "/2"}),
    "link": lambda text: item(title="Second story today", link="https://a.example/" + text),
    "description": lambda text: item(description=text, link=LINK + "/2"),
}


@pytest.mark.parametrize("place", HUGE)
@pytest.mark.parametrize("unit", ["a.a-", "<a ", "&", "word ", "a@", "="])
def test_a_huge_text_costs_seconds_at_most(place: str, unit: str) -> None:
    started = time.monotonic()
    parsed = feed(HUGE[place](unit * (300_000 // len(unit))))
    assert time.monotonic() - started < 20
    assert parsed.items[0].text_content == TITLE
    assert all(len(one.text_content or "") <= 10_000 and len(one.platform_item_id) <= 255 for one in parsed.items)


TOO_MUCH: dict[str, tuple[Callable[[int], str], int]] = {
    "namespaces": (lambda most: "".join(f'<x{n}:a xmlns:x{n}="u{n}"/>' for n in range(most)), MAX_PREFIXES),
    "attributes in one element": (
        lambda most: "<a " + " ".join(f"x{n}='>'" for n in range(most)) + "/>",
        MAX_ATTRIBUTES,
    ),
    "categories": (lambda most: "".join(f"<dc:subject>{n}</dc:subject>" for n in range(most)), MAX_CATEGORIES),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_what_would_take_quadratic_time_is_not_read(what: str) -> None:
    """23 s for 957,000 characters of declarations, and nothing else was captured meanwhile."""
    made, most = TOO_MUCH[what]
    started = time.monotonic()
    inside = rss.parse(f"<rss version='2.0' xmlns:dc='d'><channel>{made(most - 2)}</channel></rss>", "feed")
    beyond = feed(made(40_000))
    assert time.monotonic() - started < 15
    assert (inside.shape, inside.problem) == ("rss20", None)
    assert beyond == Parsed(None, problem=f"the feed has more than {most} {what}: it is not read")


def test_a_huge_list_of_keywords_is_kept_as_one_text() -> None:
    words = ",".join(map(str, range(150_000)))
    itunes = 'xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    started = time.monotonic()
    parsed = feed(f"<item {itunes}><title>Second story today</title><link>/2</link><i:Keywords>{words}</i:Keywords></item>")
    assert time.monotonic() - started < 15
    assert words in parsed.items[1].raw.values()


def test_ten_megabytes_are_not_read() -> None:
    assert "more than the 2000000" in (feed(title="x" * 10_000_000).problem or "")
