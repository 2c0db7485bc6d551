"""Weibo: the list of what is searched the most. A topic is its title.

Recorded are lists that a collector made of it, one an hour (title, hot, ads, readCount, discussCount). What the site itself
answers (word, num, is_ad) is known from public descriptions only, and so is its address. They differ on whether it answers
clients without cookies.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from trend_assets.capture.items import Item, ItemType, Parsed, Rejected, build, collect
from trend_assets.capture.keys import Key, normalize, topic_key
from trend_assets.capture.payload import Delivery, at, first_count, first_text, not_recognized, unknown_surface
from trend_assets.capture.surfaces import Surface
from trend_assets.net.visitor import Visitor

PLATFORM = "weibo"

SURFACE_TYPES = {"hot_search": "topics by Weibo's hot score"}

LIVE = frozenset({"hot_search"})


async def capture(surface: Surface, visitor: Visitor) -> Delivery:
    """Return the list, in one request.

    Raises:
        AccessError, BudgetError, HostError, PayloadError: as `Visitor.get`.
    """
    del surface  # there is one list
    answer = await visitor.get("https://weibo.com/ajax/side/hotSearch")
    return Delivery((answer.json(),))


def _topic_keys(fields: Mapping[str, Any]) -> list[Key | None]:
    return [topic_key(PLATFORM, fields.get("text_content"))]


ITEM_TYPES = {
    "topic": ItemType(name="topic", is_post=False, keys=_topic_keys, counters=("view_count", "comment_count", "gauge")),
}


def parse(payload: object, surface_type: str) -> Parsed:
    """Return the topics of the site's list, or of a recorded one, by their place among those that are not paid for."""
    if surface_type not in SURFACE_TYPES:
        return unknown_surface(PLATFORM, surface_type, SURFACE_TYPES)
    topics = at(payload, "data", "realtime")
    if isinstance(topics, list):
        return collect("realtime", _topics(topics))
    if isinstance(payload, list) and any(first_text(at(entry, "title")) for entry in payload):
        return collect("hour", _topics(payload))
    return not_recognized("Weibo's hot search (data.realtime), or a recorded list of titles", payload)


def _topics(entries: list[Any]) -> Iterator[Item | Rejected]:
    rank = 0
    for place, entry in enumerate(entries, start=1):
        if isinstance(entry, dict) and (entry.get("ads") is True or entry.get("is_ad") == 1):
            yield Rejected("promoted", f"entry {place} of the list is paid for", entry)
            continue
        rank += 1
        if isinstance(entry, dict):
            yield build(PLATFORM, ITEM_TYPES["topic"], entry, rank=rank, **_topic(entry))
        else:
            yield Rejected("not_an_object", f"entry {place} of the list is no object", entry)


def _topic(entry: dict[str, Any]) -> dict[str, Any]:
    title = first_text(entry.get("title"), entry.get("word"))
    name = normalize(title or "")
    return {
        "platform_item_id": f"topic:{name}" if name else None,
        "text_content": title,
        "view_count": entry.get("readCount"),
        "comment_count": entry.get("discussCount"),
        "gauge": first_count(entry.get("hot"), entry.get("num")),
        "canonical_url": f"https://s.weibo.com/weibo?q={quote(f'#{title}#', safe='', errors='replace')}" if title else None,
    }
