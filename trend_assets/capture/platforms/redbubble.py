"""Redbubble: the tags that its explore page links to, each a search in its shop.

Nothing was recorded so far: written after public programs that read this page, which take links to /shop/<words> for tags. The
menu links to kinds of products in the same way (/shop/stickers): they are always there, so nothing about them trends.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus, urlsplit

from trend_assets.capture.items import Item, ItemType, Parsed, Rejected, build, collect
from trend_assets.capture.keys import Key, normalize, topic_key
from trend_assets.capture.markup import Link, links
from trend_assets.capture.payload import Delivery, not_recognized, page_delivery, unknown_surface
from trend_assets.capture.surfaces import Surface
from trend_assets.net.visitor import Visitor

PLATFORM = "redbubble"

SURFACE_TYPES = {"popular_tags": "the tags of the explore page"}

LIVE = frozenset(SURFACE_TYPES)

_SITE = "https://www.redbubble.com"


async def capture(surface: Surface, visitor: Visitor) -> Delivery:
    """Return the explore page, in one request.

    Raises:
        AccessError, BudgetError, HostError, PayloadError: as `Visitor.get`.
    """
    del surface  # there is one page
    return page_delivery(await visitor.get(f"{_SITE}/explore/for-you/"))


def _tag_keys(fields: Mapping[str, Any]) -> list[Key | None]:
    return [topic_key(PLATFORM, fields.get("text_content"))]


ITEM_TYPES = {"tag": ItemType("tag", False, _tag_keys)}


def parse(payload: object, surface_type: str) -> Parsed:
    """Return the tags of the page in their order."""
    if surface_type not in SURFACE_TYPES:
        return unknown_surface(PLATFORM, surface_type, SURFACE_TYPES)
    found = links(payload) if isinstance(payload, str) else []
    tagged = [(words, link) for link in found if (words := _tag_of(link.address)) is not None]
    if not tagged:  # an empty list looks like any page that is none
        return not_recognized("a page of Redbubble's with links to tags (/shop/…)", payload)
    return collect("tag_links", _tags(tagged))


def _tag_of(address: str) -> str | None:
    """Return the words of a link to a tag; None for links to works, artists and everything else."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.netloc not in ("", urlsplit(_SITE).netloc):
        return None
    folder, _, words = parts.path.rstrip("/").rpartition("/")
    return unquote_plus(words) if folder == "/shop" else None


def _tags(tagged: Iterable[tuple[str, Link]]) -> Iterator[Item | Rejected]:
    for rank, (words, link) in enumerate(tagged, start=1):
        name = normalize(words)
        yield build(
            PLATFORM,
            ITEM_TYPES["tag"],
            {"address": link.address, "text": link.text},
            platform_item_id=f"topic:{name}" if name else None,
            rank=rank,
            text_content=words,
            canonical_url=f"{_SITE}/shop/{quote_plus(words, errors='replace')}",
        )
