"""The forms in which Google Trends gives its lists: a feed, rows made of it, a CSV export, and stories.

Each becomes rows of one form; what they mean is in `google_trends`. The texts are hostile: XML with a document type is refused,
so that nothing can be expanded or fetched.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from trend_assets.capture.payload import JSON_GUARD, at, first_text, json_or_none, mail_time, unguarded

_FEED, _MADE = ("title", "approx_traffic", "pubDate"), ("title", "traffic", "published")
_EXPORT = ("Trends", "Search volume", "Started")
"""Names of title, volume and time."""
_SHOWN_TIME = re.compile(
    r"([A-Z][a-z]{2,8}) ([0-9]{1,2}), ([0-9]{4}) at ([0-9]{1,2})(:[0-9]{2}:[0-9]{2})\s([AP])M "
    r"UTC(?:([+-])([0-9]{1,2})(?::([0-9]{2}))?)?"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a list."""

    raw: Any
    title: str | None = None
    identity: str | None = None
    """The platform's own id of it, where it has one."""
    volume: object = None
    """Searches, as shown: "200+"."""
    started: object = None
    """As shown."""
    link: object = None


Rows = tuple[str, list[Row]]
"""Name of the shape, and the entries in their order."""


def feed_rows(payload: object) -> Rows | None:
    """Return what the feed holds, as its text or as the rows `{trends: [{title, traffic, published}]}` made of it, or None."""
    if isinstance(payload, str):
        entries = _feed_entries(payload)
        return None if entries is None else ("rss", _rows(entries, _FEED))
    made = at(payload, "trends")
    return ("rss_rows", _rows(made, _MADE)) if isinstance(made, list) else None


def now_rows(payload: object) -> Rows | None:
    """Return what "Trending now" holds: its CSV export, or the stories of `realtimetrends` with their guard or without."""
    text = payload.lstrip("\ufeff") if isinstance(payload, str) else ""
    if isinstance(payload, str) and not text.startswith(JSON_GUARD):
        exported = _exported(text)
        return None if exported is None else ("csv_export", _rows(exported, _EXPORT, link="Explore link"))
    stories = at(json_or_none(unguarded(text)) if text else payload, "storySummaries", "trendingStories")
    return ("realtime_stories", [_story(raw) for raw in stories]) if isinstance(stories, list) else None


def iso_time(shown: object) -> str | None:
    """Return the time of "Thu, 25 Dec 2025 08:50:00 -0800" or "January 1, 2026 at 12:10:00 AM UTC+5:30" as ISO text."""
    if not isinstance(shown, str):
        return None
    text = shown.strip()[:100]
    if match := _SHOWN_TIME.fullmatch(text):
        month, day, year, hour, rest, half, sign, hours, minutes = match.groups()
        zone = f"{sign or '+'}{int(hours or 0):02d}{minutes or '00'}"
        text = f"{day} {month} {year} {int(hour) % 12 + 12 * (half == 'P')}{rest} {zone}"
    return mail_time(text)


class _WithoutDoctype(ElementTree.TreeBuilder):
    """Refuses a document type: what could expand without end, or fetch, is declared in one."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ElementTree.ParseError(f"{name} has a document type ({pubid}, {system})")


def _feed_entries(text: str) -> list[dict[str, Any]] | None:
    """Return the items of an RSS channel, or None when the text is no whole feed."""
    parser = ElementTree.XMLParser(target=_WithoutDoctype())  # noqa: S314 - see _WithoutDoctype
    try:
        parser.feed(text)
        root = parser.close()
    except (ElementTree.ParseError, ValueError):
        return None
    channel = root.find("channel")
    if root.tag != "rss" or channel is None:
        return None
    items = channel.findall("item")
    # A channel that holds other lists is no empty one: its items have got another name.
    return None if not items and any(len(part) for part in channel) else [_entry(item) for item in items]


def _entry(item: ElementTree.Element) -> dict[str, Any]:
    """Return an item as names and texts; what has parts of its own (news) is a list of such."""
    news = [_texts(part) for part in item if len(part)]
    return {**_texts(part for part in item if not len(part)), **({"news": news} if news else {})}


def _texts(parts: Iterable[ElementTree.Element]) -> dict[str, str]:
    return {part.tag.rpartition("}")[2]: part.text or "" for part in parts}


def _exported(text: str) -> list[dict[str, Any]] | None:
    reader = csv.DictReader(io.StringIO(text), restkey="more")
    try:
        rows = list(reader)
    except csv.Error:
        return None
    return rows if {*_EXPORT} <= {*(reader.fieldnames or ())} else None


def _rows(entries: list[Any], names: tuple[str, str, str], link: str = "") -> list[Row]:
    title, volume, started = names
    return [
        Row(raw, first_text(at(raw, title)), volume=at(raw, volume), started=at(raw, started), link=at(raw, link))
        for raw in entries
    ]


def _story(raw: Any) -> Row:
    """Return a story as the row of what it is about first: its title is the list of all that it is about."""
    names = at(raw, "entityNames")
    title = first_text(*names) if isinstance(names, list) else None
    return Row(raw, title, first_text(at(raw, "id")), link=at(raw, "shareUrl"))
