"""The forms of feeds: RSS 0.9x, 1.0 (RDF) and 2.0 and Atom, as feedparser reads them, and JSON Feed (https://jsonfeed.org).

What the entries mean is in `rss`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urljoin
from xml.sax import SAXParseException

import feedparser  # type: ignore[import-untyped]  # it brings no types

from trend_assets.capture.markup import text_of
from trend_assets.capture.payload import at, exact_id, first_text, json_or_none, mail_time, rows

MAX_CHARS = 2_000_000
"""Longest feed: news sites have up to some hundred thousand characters, and reading one takes a second per million."""

_JSON_FEED = "https://jsonfeed.org/version/"
_DECLARATION = re.compile(r"<\?xml[^>]*>")
_UNBROKEN = re.compile(r"([A-Za-z0-9_.+-]{1000})[A-Za-z0-9_.+-]+")
"""feedparser looks for e-mail addresses in quadratic time: 60,000 characters without a break took 14 seconds."""
_LISTS = re.compile(r"(</?(?:[^\s<>/:]*:)?)(?:keywords|tags)(?=[\s/>])", re.IGNORECASE)
"""Elements that feedparser takes apart into categories."""
_TAG = re.compile(r"""<[^\s<>!?/](?:[^<>"']+|"[^"<]*"|'[^'<]*')*""")
_PREFIX = re.compile(r"xmlns:([^\s=<>]+)")
_CATEGORY = re.compile(r"<[^\s<>/]*(?:category|subject)(?=[\s/>])", re.IGNORECASE)
MAX_PREFIXES, MAX_ATTRIBUTES, MAX_CATEGORIES = 300, 1_000, 10_000
"""Most prefixes of namespaces in a feed, attributes of an element, and categories in a feed, more than feeds need: for each of
them feedparser takes quadratic time."""
_END = re.compile(r"</(?:\w+:)?(?:rss|rdf|feed)\s*>", re.IGNORECASE)
_END_CHARS = 1_000
_NAMED = re.compile(r"[^\s@]+@\S+\s+\((.+)\)")
"""An author as RSS 2.0 wants it: editor@site.example (Ann Lee)."""
_ISO_TIME = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}[Tt ].+")
"""What begins like one; digits alone would be taken for seconds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed; every value is whatever its feed has."""

    raw: object
    identity: str | None = None
    link: str | None = None
    title: str | None = None
    summary: str | None = None
    author: str | None = None
    published: object = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed, whole or as far as it can be read."""

    form: str
    link: str | None
    """Address of the site that it is about, else its own."""
    entries: list[Entry]
    problem: str = ""
    """What is wrong with it, as a sentence."""
    is_cut_off: bool = False
    """Whether it ends within its last entry."""


def read_feed(payload: object) -> Feed | str | None:
    """Return what a feed's text, or the object of a JSON Feed, holds; why it is not read; None if it is no feed."""
    if isinstance(payload, dict):
        return _json_feed(payload)
    if not isinstance(payload, str):
        return None
    if len(payload) > MAX_CHARS:
        return f"the feed has {len(payload)} characters, more than the {MAX_CHARS} that are read"
    text = payload.lstrip("\ufeff \t\r\n")
    if not text.startswith("<"):
        return _json_feed(json_or_none(text))
    return _danger(text) or _xml_feed(text)


def _danger(text: str) -> str:
    """Return why a feed is not read that could keep the machine busy; else nothing."""
    if "<!entity" in text.lower():
        return "the feed declares entities (<!ENTITY), which can stand for anything: it is not read"
    counts = (
        (len(set(_PREFIX.findall(text))), MAX_PREFIXES, "namespaces"),
        (sum(1 for _ in _CATEGORY.finditer(text)), MAX_CATEGORIES, "categories"),
        (max((tag[0].count("=") for tag in _TAG.finditer(text)), default=0), MAX_ATTRIBUTES, "attributes in one element"),
    )
    excess = next((f"{most} {what}" for count, most, what in counts if count > most), "")
    return f"the feed has more than {excess}: it is not read" if excess else ""


def _xml_feed(text: str) -> Feed | str | None:
    whole = _LISTS.sub(r"\1words", _UNBROKEN.sub(r"\1", _DECLARATION.sub("", text, count=1)))
    try:
        # Only ever as bytes: feedparser takes a text for an address or a file's name, and opens it.
        found = feedparser.parse(
            BytesIO(whole.encode(errors="replace")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # noqa: BLE001 - half a surrogate (&#55296;) stops it, and who knows what else
        return f"the feed is broken ({type(error).__name__})"
    if not found.get("version"):
        return None
    problem = f"the feed is broken ({_reason(found.get('bozo_exception'))})" if found.get("bozo") else ""
    if problem and not found["entries"]:
        return problem
    entries = [_xml_entry(_plain(entry)) for entry in found["entries"]]
    is_cut_off = bool(problem) and not _END.search(text[-_END_CHARS:])
    return Feed(found["version"], _site(_plain(found["feed"])), entries, problem, is_cut_off)


def _plain(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what feedparser found without its own access to keys, which takes some for others, and without its times.

    What a date lacks it takes from the clock: 12:30:00 is today.
    """
    pairs = ((name, value) for name, value in found.items() if not name.endswith("_parsed"))
    return {name: _plain(value) if isinstance(value, dict) else value for name, value in pairs}


def _site(channel: Mapping[str, Any]) -> str | None:
    own = first_text(*(at(link, "href") for link in rows(channel.get("links")) if at(link, "rel") == "self"))
    link = first_text(channel.get("link"))
    try:
        return urljoin(own or "", link or "") or None
    except ValueError:
        return link


def _xml_entry(entry: dict[str, Any]) -> Entry:
    author = first_text(entry.get("author"))
    named = _NAMED.fullmatch(author) if author else None
    return Entry(
        raw=entry,
        identity=first_text(entry.get("id")),
        link=first_text(entry.get("link")),
        title=_shown(entry, "title"),
        summary=_shown(entry, "summary"),
        author=named[1] if named else author,
        published=_time(first_text(entry.get("published"), entry.get("updated"))),
    )


def _shown(entry: Mapping[str, Any], name: str) -> str | None:
    text = first_text(entry.get(name))
    kind = first_text(dict(entry.get(f"{name}_detail") or {}).get("type"))
    return first_text(text_of(text)) if text and kind and "html" in kind else text


def _time(date: str | None) -> str | None:
    """Return a date of RFC 822 or ISO 8601 as ISO text; what has no time of day is none."""
    return mail_time(date) or (date if date and _ISO_TIME.fullmatch(date) else None)


def _reason(error: object) -> str:
    if isinstance(error, SAXParseException):
        return f"{error.getMessage()} in line {error.getLineNumber()}"
    return type(error).__name__


def _json_feed(payload: object) -> Feed | None:
    version = first_text(at(payload, "version"))
    if not version or not version.startswith(_JSON_FEED) or not isinstance(at(payload, "items"), list):
        return None
    link = first_text(at(payload, "home_page_url"), at(payload, "feed_url"))
    return Feed("json_feed", link, [_json_entry(item) for item in rows(at(payload, "items"))])


def _json_entry(item: object) -> Entry:
    authors = [*rows(at(item, "authors")), at(item, "author")]
    html = first_text(at(item, "content_html"))
    return Entry(
        raw=item,
        identity=exact_id(at(item, "id")),
        link=first_text(at(item, "url"), at(item, "external_url")),
        title=first_text(at(item, "title")),
        summary=first_text(at(item, "summary"), at(item, "content_text"), text_of(html) if html else None),
        author=first_text(*(at(author, "name") for author in authors)),
        published=at(item, "date_published"),
    )
