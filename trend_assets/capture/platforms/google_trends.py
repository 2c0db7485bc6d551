"""Google Trends: what a country searches for more than usual now. A row is a topic: one phrase.

The feed is public and needs no account. Rows that others made of it are recorded; its XML is known from programs that read it
only, and was not tried. "Trending now" is read from files: the page's CSV export, and the stories of `realtimetrends`, which is
no more. Searches of a year, related queries and interest over time are no lists of what trends now, and no surfaces.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from trend_assets.capture.items import Item, ItemType, Parsed, Rejected, build, collect
from trend_assets.capture.keys import Key, normalize, topic_key
from trend_assets.capture.numbers import text_count, text_increase
from trend_assets.capture.payload import Delivery, first_text, not_recognized, unknown_surface
from trend_assets.capture.platforms.google_trends_rows import Row, feed_rows, iso_time, now_rows
from trend_assets.capture.surfaces import Surface
from trend_assets.errors import SettingsError
from trend_assets.net.visitor import Visitor

PLATFORM = "google_trends"

SURFACE_TYPES = {
    "rss": "searches of a country that trend now, about ten, as its feed",
    "trending_now": "the page of the same name: its CSV export, or the stories of its former realtime list",
}

LIVE = frozenset({"rss"})

_SITE = "https://trends.google.com"
_COUNTRY = re.compile(r"[A-Z]{2}")
_READ = {
    "rss": (feed_rows, "a whole Google Trends feed (RSS with channel.item), or rows made of it ({trends: […]})"),
    "trending_now": (now_rows, "a CSV export of Trending now, or its stories (storySummaries.trendingStories)"),
}


async def capture(surface: Surface, visitor: Visitor) -> Delivery:
    """Return the country's feed, in one request.

    Raises:
        SettingsError: the surface's key is no country.
        AccessError, BudgetError, HostError, PayloadError: as `Visitor.get`.
    """
    if not _COUNTRY.fullmatch(surface.surface_key):
        raise SettingsError(f"{surface.id}: {surface.surface_key!r} is no country; write the surface_key like US.")
    answer = await visitor.get(f"{_SITE}/trending/rss", {"geo": surface.surface_key})
    return Delivery((answer.text,))


def _topic_keys(fields: Mapping[str, Any]) -> list[Key | None]:
    return [topic_key(PLATFORM, fields.get("text_content"))]


ITEM_TYPES = {
    # "200+" is at least 200 searches of the last 24 hours; the gauge is by how many percent they rose, where it is shown.
    "topic": ItemType("topic", False, _topic_keys, ("volume_24h", "gauge")),
}


def parse(payload: object, surface_type: str) -> Parsed:
    """Return the topics of a list in their order; those that have ended are in it still."""
    if surface_type not in SURFACE_TYPES:
        return unknown_surface(PLATFORM, surface_type, SURFACE_TYPES)
    read, expected = _READ[surface_type]
    found = read(payload)
    return collect(found[0], _topics(found[1])) if found else not_recognized(expected, payload)


def _topics(rows: list[Row]) -> Iterator[Item | Rejected]:
    for rank, row in enumerate(rows, start=1):
        if not isinstance(row.raw, dict):
            yield Rejected("not_an_object", f"entry {rank} of the list is no object", row.raw)
        else:
            yield build(PLATFORM, ITEM_TYPES["topic"], row.raw, rank=rank, **_topic(row))


def _topic(row: Row) -> dict[str, Any]:
    name = normalize(row.title or "")
    volume = first_text(row.volume) if isinstance(row.volume, str) else row.volume
    count = text_count(volume)
    return {
        "platform_item_id": f"story:{row.identity}" if row.identity else f"topic:{name}" if name else None,
        "text_content": row.title,
        "volume_24h": volume if count is None else count,
        "gauge": text_increase(volume),
        "item_created_at": iso_time(row.started),
        "canonical_url": first_text(row.link) or _explore_url(row.title),
    }


def _explore_url(title: str | None) -> str | None:
    return f"{_SITE}/trends/explore?q={quote(title, safe='', errors='replace')}" if title else None
