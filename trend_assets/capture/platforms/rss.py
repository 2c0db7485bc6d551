"""RSS: the articles of any feed, in any form. An article belongs to the hashtags in its title, else to the title's phrases.

The surface's key is the address of the feed. Categories are no hashtags: they name the sections of a site, always the same.
No feed was recorded so far: the forms are those of their specifications, and those that feedparser is tested with.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

from trend_assets.capture.hashtags import hashtags_in
from trend_assets.capture.items import MAX_ID_CHARS, Item, ItemType, Parsed, Rejected, build, collect
from trend_assets.capture.keys import Key, hashtag_key, phrase_keys
from trend_assets.capture.payload import Delivery, not_recognized, unknown_surface
from trend_assets.capture.platforms.rss_feeds import Entry, Feed, read_feed
from trend_assets.capture.surfaces import Surface
from trend_assets.errors import SettingsError
from trend_assets.net.visitor import Visitor

PLATFORM = "rss"

SURFACE_TYPES = {"feed": "the articles of a feed: RSS, RDF, Atom or JSON Feed"}

LIVE = frozenset({"feed"})

_ADDRESS = re.compile(r"https?://[^\s/?#@]+(?:[/?][^\s#]*)?")
_UNIQUE = re.compile(r"(?:https?://|tag:|urn:)\S+", re.IGNORECASE)
"""Ids that no other feed has."""


async def capture(surface: Surface, visitor: Visitor) -> Delivery:
    """Return the feed, in one request.

    Raises:
        SettingsError: the surface's key is no address.
        AccessError, BudgetError, HostError, PayloadError: as `Visitor.get`.
    """
    if not _ADDRESS.fullmatch(surface.surface_key):
        raise SettingsError(
            f"{surface.id}: {_shown(surface.surface_key)!r} is no address of a feed; write the surface_key like "
            "https://globalvoices.org/feed/."
        )
    return Delivery(((await visitor.get(surface.surface_key)).text,))


def _shown(address: str) -> str:
    """Return an address without its user part and its query, which can hold passwords."""
    scheme, slashes, rest = address.partition("?")[0].rpartition("://")
    return f"{scheme}{slashes}{rest.rpartition('@')[2]}"


def _article_keys(fields: Mapping[str, Any]) -> list[Key]:
    tags = [hashtag_key(PLATFORM, tag) for tag in fields.get("hashtags") or ()]
    return [key for key in tags if key] or phrase_keys(fields.get("text_content"))


ITEM_TYPES = {"article": ItemType("article", True, _article_keys)}


def parse(payload: object, surface_type: str) -> Parsed:
    """Return the articles of a feed in its order; of a broken one those that can be read, and what is wrong with it."""
    if surface_type not in SURFACE_TYPES:
        return unknown_surface(PLATFORM, surface_type, SURFACE_TYPES)
    feed = read_feed(payload)
    if feed is None:
        return not_recognized("a feed (RSS, RDF, Atom or JSON Feed)", payload)
    if isinstance(feed, str):
        return Parsed(None, problem=feed)
    return replace(collect(feed.form, _articles(feed)), problem=feed.problem or None)


def _articles(feed: Feed) -> Iterator[Item | Rejected]:
    for rank, entry in enumerate(feed.entries, start=1):
        if not isinstance(entry.raw, dict):
            yield Rejected("not_an_object", f"entry {rank} of the feed is no object", entry.raw)
        elif feed.is_cut_off and rank == len(feed.entries):
            yield Rejected("cut_off", f"the feed ends within entry {rank}", entry.raw)
        else:
            yield build(PLATFORM, ITEM_TYPES["article"], entry.raw, rank=rank, **_article(entry, feed.link or ""))


def _article(entry: Entry, site: str) -> dict[str, Any]:
    text = entry.title or entry.summary
    link = _joined(site, entry.link) if entry.link else None
    return {
        "platform_item_id": _identity(entry.identity, link, site),
        "author_handle": entry.author,
        "text_content": text,
        "hashtags": hashtags_in(text),
        "item_created_at": entry.published,
        "canonical_url": link,
    }


def _identity(identity: str | None, link: str | None, site: str) -> str | None:
    """Return an id that is unique over all feeds; of a long one a digest."""
    if identity and not _UNIQUE.fullmatch(identity):
        identity = link or (f"{site} {identity}" if site else None)
    identity = identity or link
    if identity and len(identity) > MAX_ID_CHARS:
        return f"sha256:{hashlib.sha256(identity.encode(errors='replace')).hexdigest()}"
    return identity


def _joined(site: str, link: str) -> str | None:
    """Return the web address that a link means; feedparser also takes ids for links."""
    try:
        address = urljoin(site, link)
    except ValueError:
        return None
    return address if address.startswith(("https://", "http://")) else None
