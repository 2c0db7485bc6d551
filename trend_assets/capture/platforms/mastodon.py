"""Mastodon: the hashtags and posts that are trending on one server, as its public API gives them to anyone.

Shapes and meanings are from its documentation only (https://docs.joinmastodon.org/methods/trends/) and its sources.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trend_assets.capture.endpoints import read_all
from trend_assets.capture.hashtags import distinct_hashtags
from trend_assets.capture.items import Item, ItemType, Parsed, Rejected, as_count, build, collect
from trend_assets.capture.keys import Key, hashtag_key, normalize, phrase_keys
from trend_assets.capture.markup import text_of
from trend_assets.capture.payload import Delivery, at, first_text, not_recognized, rows, unknown_surface
from trend_assets.capture.surfaces import Surface
from trend_assets.errors import SettingsError
from trend_assets.net.visitor import Visitor

PLATFORM = "mastodon"

SURFACE_TYPES = {"trends": "hashtags and posts that are trending on a server"}

LIVE = frozenset({"trends"})

_SERVER = "mastodon.social"
"""Asked where the surface names no other one."""
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_MOST = {"tags": 20, "statuses": 40}
"""Lists, and the most entries that a server gives of each."""


async def capture(surface: Surface, visitor: Visitor) -> Delivery:
    """Return the server's trending hashtags and posts, in two requests.

    Raises:
        SettingsError: the surface's key is no host.
        AccessError, BudgetError, HostError, PayloadError: as `read_all`.
    """
    host = surface.surface_key or _SERVER
    if not _HOST.fullmatch(host):
        raise SettingsError(f"{surface.id}: {host!r} is no host; write the surface_key like {_SERVER}.")
    return await read_all(visitor, {f"https://{host}/api/v1/trends/{name}": {"limit": most} for name, most in _MOST.items()})


def _hashtag_keys(fields: Mapping[str, Any]) -> list[Key | None]:
    return [hashtag_key(PLATFORM, tag) for tag in fields.get("hashtags") or ()]


def _post_keys(fields: Mapping[str, Any]) -> list[Key]:
    return [key for key in _hashtag_keys(fields) if key] or phrase_keys(fields.get("text_content"))


ITEM_TYPES = {
    "hashtag": ItemType("hashtag", False, _hashtag_keys, ("volume_24h",)),
    "post": ItemType("post", True, _post_keys, ("like_count", "comment_count", "share_count")),
}


def parse(payload: object, surface_type: str) -> Parsed:
    """Return the hashtags or posts of a list in their order; which of them a list holds is seen from its entries."""
    if surface_type not in SURFACE_TYPES:
        return unknown_surface(PLATFORM, surface_type, SURFACE_TYPES)
    if not isinstance(payload, list) or (payload and not any(_is_hashtag(entry) or _is_post(entry) for entry in payload)):
        return not_recognized("a Mastodon list of hashtags (name, history) or of posts (content, account)", payload)
    return collect("trends", _entries(payload))


def _is_hashtag(entry: object) -> bool:
    return isinstance(entry, dict) and {"name", "history"} <= entry.keys()


def _is_post(entry: object) -> bool:
    return isinstance(entry, dict) and {"content", "account"} <= entry.keys()


def _entries(entries: list[Any]) -> Iterator[Item | Rejected]:
    for rank, entry in enumerate(entries, start=1):
        if _is_hashtag(entry):
            yield build(PLATFORM, ITEM_TYPES["hashtag"], entry, rank=rank, **_hashtag(entry))
        elif _is_post(entry):
            yield build(PLATFORM, ITEM_TYPES["post"], entry, rank=rank, **_post(entry))
        elif isinstance(entry, dict):
            yield Rejected("foreign_kind", f"entry {rank} of the list is neither a hashtag nor a post", entry)
        else:
            yield Rejected("not_an_object", f"entry {rank} of the list is no object", entry)


def _hashtag(tag: dict[str, Any]) -> dict[str, Any]:
    name = first_text(tag["name"])
    folded = normalize(name.lstrip("#")) if name else None
    return {
        "platform_item_id": f"hashtag:{folded}" if folded else None,
        "hashtags": distinct_hashtags([name]),
        "volume_24h": _daily_uses(tag["history"]),
        "canonical_url": first_text(tag.get("url")),
    }


def _daily_uses(history: object) -> object:
    """Return the uses of a hashtag on today or yesterday, whichever has more.

    The server counts by UTC day, today first. A day that has just begun has few uses, and the sum of the two would climb
    all day and fall at midnight; the larger one stays the same while the use does.
    """
    uses = [at(day, "uses") for day in rows(history)[:2]]
    counts = [count for value in uses if (count := as_count(value)) is not None]
    if len(counts) < len(uses):
        return next(value for value in uses if as_count(value) is None)
    return max(counts, default=None)


def _post(status: dict[str, Any]) -> dict[str, Any]:
    account = status["account"]
    return {
        # Numbers are a server's own; the address is the same on all of them. So is the address of an account.
        "platform_item_id": first_text(status.get("uri")),
        "author_id": first_text(at(account, "url")),
        "author_handle": first_text(at(account, "acct")),
        "text_content": text_of(status["content"]) if isinstance(status["content"], str) else None,
        "hashtags": distinct_hashtags(at(tag, "name") for tag in rows(status.get("tags"))),
        "like_count": status.get("favourites_count"),
        "comment_count": status.get("replies_count"),
        "share_count": status.get("reblogs_count"),
        "item_created_at": status.get("created_at"),
        "canonical_url": first_text(status.get("url"), status.get("uri")),
    }
