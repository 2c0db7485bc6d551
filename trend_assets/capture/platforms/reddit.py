"""Reddit: listings of posts, as its JSON. A post belongs to its community and flair, and to the phrases of its title.

Without an app's id and secret its public pages are asked, with them its API, which answers the same. How an app gets an access
token is known from documentation (https://github.com/reddit-archive/reddit/wiki/OAuth2) and was not tried.
"""

import html
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

from trend_assets.capture.items import Item, ItemType, Parsed, Rejected, build, collect
from trend_assets.capture.keys import Key, entity_key, phrase_keys
from trend_assets.capture.payload import Delivery, at, exact_id, first_text, not_recognized, unknown_surface
from trend_assets.capture.surfaces import Surface
from trend_assets.errors import AccessError, SettingsError, UnauthorizedError
from trend_assets.net.http import PRODUCT
from trend_assets.net.response import Response
from trend_assets.net.visitor import Visitor

PLATFORM = "reddit"

SURFACE_TYPES = {
    "rising": "posts of a community, a multireddit or a domain that are gaining votes now",
    "hot": "posts by Reddit's hot ranking",
    "top": "posts by score within a period",
    "new": "posts, latest first",
    "popular": "posts of r/popular",
}


LIVE = frozenset({"rising"})

_SITE, _API = "https://www.reddit.com", "https://oauth.reddit.com"
_APP = f"python:{PRODUCT}:v{version(PRODUCT)}"
"""How Reddit wants the clients of its API to present themselves: platform, name, version; then by whom."""
_COMMUNITY = re.compile(r"r/[A-Za-z0-9_]{2,21}")
_QUERY = {"limit": 100}
"""Posts of one listing: the most that Reddit gives."""


async def capture(surface: Surface, visitor: Visitor) -> Delivery:
    """Return the community's rising posts, in one request; an access token is asked for when there is none, or it is refused.

    Raises:
        SettingsError: the surface's key is no community.
        AccessError, BudgetError, HostError, PayloadError, TransientError: as `Visitor.get` and `Visitor.access_token`.
    """
    if not _COMMUNITY.fullmatch(surface.surface_key):
        raise SettingsError(f"{surface.id}: {surface.surface_key!r} is no community; write the surface_key like r/marketing.")
    listing = f"/{surface.surface_key}/rising"
    answer = await (_granted(listing, visitor) if visitor.token else _public(listing, visitor))
    return Delivery((answer.json(),))


async def _public(listing: str, visitor: Visitor) -> Response:
    try:
        return await visitor.get(f"{_SITE}{listing}.json", _QUERY)
    except AccessError as error:
        raise AccessError(
            f"{error} Reddit gives it to apps: set TREND_REDDIT_CLIENT_ID and TREND_REDDIT_CLIENT_SECRET (docs/operations.md)."
        ) from error


async def _granted(listing: str, visitor: Visitor) -> Response:
    """Ask the API; where it refuses the token, once more with another one."""
    token = await _access_token(visitor)
    try:
        return await _asked(listing, token, visitor)
    except UnauthorizedError:
        return await _asked(listing, await _access_token(visitor, refused=token), visitor)


async def _asked(listing: str, token: str, visitor: Visitor) -> Response:
    headers = {**_presented(visitor), "Authorization": f"Bearer {token}"}
    return await visitor.get(f"{_API}{listing}", _QUERY, headers, granted=True)


async def _access_token(visitor: Visitor, refused: str = "") -> str:
    try:
        return await visitor.access_token(f"{_SITE}/api/v1/access_token", _presented(visitor), refused)
    except AccessError as error:
        raise AccessError(
            f"{error} Perhaps TREND_REDDIT_CLIENT_ID and TREND_REDDIT_CLIENT_SECRET are not those of an app of "
            "https://www.reddit.com/prefs/apps."
        ) from error


def _presented(visitor: Visitor) -> dict[str, str]:
    return {"User-Agent": f"{_APP} (by /u/{visitor.account})" if visitor.account else _APP}


def _post_keys(fields: Mapping[str, Any]) -> list[Key | None]:
    return [entity_key(PLATFORM, fields.get("entity")), *phrase_keys(fields.get("text_content"))]


ITEM_TYPES = {
    "post": ItemType(
        name="post",
        is_post=True,
        keys=_post_keys,
        counters=("like_count", "comment_count"),
        signed=frozenset({"like_count"}),
    ),
}


def parse(payload: object, surface_type: str) -> Parsed:
    """Return the posts of a listing in their order; every surface type has the same shape."""
    if surface_type not in SURFACE_TYPES:
        return unknown_surface(PLATFORM, surface_type, SURFACE_TYPES)
    children = at(payload, "data", "children")
    if at(payload, "kind") != "Listing" or not isinstance(children, list):
        return not_recognized("a Reddit listing (kind Listing with data.children)", payload)
    return collect("listing", _posts(children))


def _posts(children: list[Any]) -> Iterator[Item | Rejected]:
    for rank, child in enumerate(children, start=1):
        data, kind = at(child, "data"), at(child, "kind")
        if not isinstance(data, dict):
            yield Rejected("not_an_object", f"entry {rank} of the listing has no data object", child)
        elif kind != "t3":
            yield Rejected("foreign_kind", f"entry {rank} of the listing is no post (t3)", child)
        elif data.get("promoted") is True:
            yield Rejected("promoted", f"entry {rank} of the listing is an advertisement", child)
        else:
            yield build(PLATFORM, ITEM_TYPES["post"], child, rank=rank, **_post(data))


def _post(data: dict[str, Any]) -> dict[str, Any]:
    identity, author, permalink = exact_id(data.get("id")), first_text(data.get("author")), first_text(data.get("permalink"))
    known = author != "[deleted]"
    return {
        "platform_item_id": f"t3_{identity.removeprefix('t3_')}" if identity else None,
        "entity": _entity(data),
        "author_id": exact_id(data.get("author_fullname")) if known else None,
        "author_handle": author if known else None,
        "text_content": _unescaped(data.get("title")),
        "like_count": data.get("score"),
        "comment_count": data.get("num_comments"),
        "item_created_at": data.get("created_utc"),
        "canonical_url": f"{_SITE}{permalink}" if permalink and permalink.startswith("/") else None,
    }


def _entity(data: dict[str, Any]) -> str | None:
    subreddit, flair = first_text(data.get("subreddit")), _unescaped(data.get("link_flair_text"))
    if not subreddit:
        return None
    return f"r/{subreddit}|{flair}" if flair else f"r/{subreddit}"


def _unescaped(value: object) -> str | None:
    # Reddit escapes &, < and > in its texts unless it is asked not to (raw_json=1).
    text = first_text(value)
    return first_text(html.unescape(text)) if text else None
