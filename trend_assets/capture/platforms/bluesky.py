"""Bluesky: the topics that its app shows as trending, from two addresses of its public API.

Shapes are from its documentation only, the lexicons `app.bsky.unspecced.*`
(https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky/unspecced), which it may change at any time.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trend_assets.capture.endpoints import read_all
from trend_assets.capture.items import Item, ItemType, Parsed, Rejected, build, collect
from trend_assets.capture.keys import Key, normalize, topic_key
from trend_assets.capture.payload import Delivery, at, first_text, not_recognized, unknown_surface
from trend_assets.capture.surfaces import Surface
from trend_assets.net.visitor import Visitor

PLATFORM = "bluesky"

SURFACE_TYPES = {"trending": "the topics that are trending on the whole network"}

LIVE = frozenset({"trending"})

_API = "https://public.api.bsky.app/xrpc/app.bsky.unspecced"
_LISTS = {"getTrends": "trends", "getTrendingTopics": "topics"}
"""Address, and the key of its list. The first one knows more of a topic, so its entry of a topic is the one that counts."""
_LIMIT = 25
"""Topics of one list: the most that Bluesky gives."""


async def capture(surface: Surface, visitor: Visitor) -> Delivery:
    """Return both lists of topics, in two requests.

    Raises:
        AccessError, BudgetError, HostError, PayloadError: as `read_all`.
    """
    del surface  # there is one list for all
    return await read_all(visitor, {f"{_API}.{name}": {"limit": _LIMIT} for name in _LISTS})


def _topic_keys(fields: Mapping[str, Any]) -> list[Key | None]:
    return [topic_key(PLATFORM, fields.get("text_content"))]


ITEM_TYPES = {
    # Nothing is said about postCount; it is read as the posts since startedAt, which can only become more.
    "topic": ItemType("topic", False, _topic_keys, ("use_count",)),
}


def parse(payload: object, surface_type: str) -> Parsed:
    """Return the topics of a list in their order; what Bluesky suggests beside them (`suggested`) are feeds, no topics."""
    if surface_type not in SURFACE_TYPES:
        return unknown_surface(PLATFORM, surface_type, SURFACE_TYPES)
    for name in _LISTS.values():
        if isinstance(topics := at(payload, name), list):
            return collect(name, _topics(topics))
    return not_recognized("a Bluesky list of topics (trends or topics)", payload)


def _topics(topics: list[Any]) -> Iterator[Item | Rejected]:
    for rank, topic in enumerate(topics, start=1):
        if isinstance(topic, dict):
            yield build(PLATFORM, ITEM_TYPES["topic"], topic, rank=rank, **_topic(topic))
        else:
            yield Rejected("not_an_object", f"entry {rank} of the list is no object", topic)


def _topic(topic: dict[str, Any]) -> dict[str, Any]:
    name, link = first_text(topic.get("displayName"), topic.get("topic")), first_text(topic.get("link"))
    folded = normalize(name) if name else None
    return {
        "platform_item_id": f"topic:{folded}" if folded else None,
        "text_content": name,
        "use_count": topic.get("postCount"),
        "item_created_at": topic.get("startedAt"),
        "canonical_url": f"https://bsky.app{link}" if link and link.startswith("/") else link,
    }
