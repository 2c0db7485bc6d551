"""Hacker News: the stories of the front page, through the search service that the site itself uses.

The official API gives ids only and wants a request for each story; https://hn.algolia.com/api gives the whole page at once, and
needs no key. Its answer holds the stories of the page, but not in the page's order, so they have no rank. None of it was
recorded: fields are those of its documentation.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trend_assets.capture.items import Item, ItemType, Parsed, Rejected, build, collect
from trend_assets.capture.keys import Key, phrase_keys
from trend_assets.capture.payload import Delivery, at, exact_id, first_text, not_recognized, rows, unknown_surface
from trend_assets.capture.surfaces import Surface
from trend_assets.net.visitor import Visitor

PLATFORM = "hackernews"

SURFACE_TYPES = {"front_page": "stories of the front page"}

LIVE = frozenset({"front_page"})

_LIMIT = 100
"""Stories of one answer; the page has 30, of which some may have come or gone lately."""


async def capture(surface: Surface, visitor: Visitor) -> Delivery:
    """Return the stories of the front page, in one request.

    Raises:
        AccessError, BudgetError, HostError, PayloadError: as `Visitor.get`.
    """
    del surface  # there is one front page
    answer = await visitor.get("https://hn.algolia.com/api/v1/search", {"tags": "front_page", "hitsPerPage": _LIMIT})
    return Delivery((answer.json(),))


def _story_keys(fields: Mapping[str, Any]) -> list[Key]:
    return phrase_keys(fields.get("text_content"))


ITEM_TYPES = {
    "story": ItemType(name="story", is_post=True, keys=_story_keys, counters=("like_count", "comment_count")),
}


def parse(payload: object, surface_type: str) -> Parsed:
    """Return the stories of an answer of the search."""
    if surface_type not in SURFACE_TYPES:
        return unknown_surface(PLATFORM, surface_type, SURFACE_TYPES)
    hits = at(payload, "hits")
    if not isinstance(hits, list):
        return not_recognized("an answer of Hacker News' search (hits)", payload)
    return collect("hits", _stories(hits))


def _stories(hits: list[Any]) -> Iterator[Item | Rejected]:
    for place, hit in enumerate(hits, start=1):
        kinds = rows(at(hit, "_tags"))
        if not isinstance(hit, dict):
            yield Rejected("not_an_object", f"hit {place} is no object", hit)
        elif kinds and "story" not in kinds:
            yield Rejected("foreign_kind", f"hit {place} is no story", hit)
        else:
            yield build(PLATFORM, ITEM_TYPES["story"], hit, **_story(hit))


def _story(hit: dict[str, Any]) -> dict[str, Any]:
    identity = exact_id(hit.get("objectID"))
    return {
        "platform_item_id": identity,
        "author_handle": first_text(hit.get("author")),
        "text_content": first_text(hit.get("title")),
        "like_count": hit.get("points"),
        "comment_count": hit.get("num_comments"),
        "item_created_at": hit.get("created_at_i"),
        "canonical_url": f"https://news.ycombinator.com/item?id={identity}" if identity else None,
    }
