"""Instagram: reels of its reels tab, and the posts and reels of a hashtag, from its pages or from its official Graph API.

The lists and their forms are in `instagram_media`. Those of the pages are known from recordings of 2021 and from public
programs of 2025 and 2026, those of the API from recordings and documentation; none of it was tried. What a page only links to
is not read: all that it says of a post is Instagram's own description of the picture.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from trend_assets.capture.endpoints import read_all
from trend_assets.capture.items import Item, ItemType, Parsed, Rejected, build, collect
from trend_assets.capture.keys import Key, audio_key, hashtag_key, phrase_keys
from trend_assets.capture.markup import embedded_states
from trend_assets.capture.payload import Delivery, at, exact_id, json_or_none, not_recognized, rows, unknown_surface
from trend_assets.capture.platforms.instagram_media import Entry, graph_list, lists_in
from trend_assets.capture.surfaces import Surface
from trend_assets.capture.visits import json_answers, wants_login
from trend_assets.errors import AccessError, PayloadError, SettingsError
from trend_assets.net.tab import Visit
from trend_assets.net.visitor import Visitor

PLATFORM = "instagram"

SURFACE_TYPES = {
    "explore_reels": "the reels that Instagram suggests",
    "hashtag": "the top and the recent posts and reels of a hashtag",
}
# For each surface type, the item types it is about.
_WANTED = {"explore_reels": frozenset({"reel"}), "hashtag": frozenset({"reel", "post"})}

LIVE = frozenset(SURFACE_TYPES)

_SITE, _GRAPH = "https://www.instagram.com", "https://graph.facebook.com"
_ANSWERS = re.compile(
    r"^https://www\.instagram\.com/(graphql/query|api/graphql|api/v1/(clips|tags|fbsearch/web/top_serp|discover/web/explore_grid))"
    r"(?=[/?]|$)"
)
_LISTS_ONLY = re.compile(r"^https://www\.instagram\.com/api/v1/")
"""What else than lists the others bring, and need a login for, is not missing."""
# Page, and how often scrolling brings more.
_PAGES = {"explore_reels": ("/reels/", 1), "hashtag": ("/explore/tags/{}/", 0)}
_LOGIN = re.compile(r"/(accounts/)?(login|challenge|suspended)(/|$)")
_MEDIA: Mapping[str, str | int] = {"fields": "id,caption,media_type,permalink,timestamp,like_count,comments_count", "limit": 50}
"""Of the Graph API: what it gives of a medium, and the most media of one answer."""
_DIGITS = re.compile(r"[0-9]+")


async def capture(surface: Surface, visitor: Visitor) -> Delivery:
    """Return the lists that the surface's page holds and loads; of a hashtag, with an access token, those of the Graph API.

    Raises:
        SettingsError: a hashtag surface without a hashtag, or a token without its account.
        AccessError: Instagram asks for a login, or the token does not let us in.
        BudgetError, HostError, PayloadError: as `Visitor.visit` and `Visitor.get`.
    """
    tag = surface.surface_key.lstrip("#")
    if surface.surface_type == "hashtag":
        if not tag:
            raise SettingsError(f"{surface.id} needs a surface_key: the hashtag.")
        if visitor.token:
            return await _from_graph(surface, tag, visitor)
    address, scrolls = _PAGES[surface.surface_type]
    path = address.format(quote(tag, safe=""))
    return _from_page(surface, path, await visitor.visit(_SITE + path, wanted=_ANSWERS, scrolls=scrolls))


def _from_page(surface: Surface, path: str, visit: Visit) -> Delivery:
    """Return the list that the page holds, then those that it has loaded; where there are none, whatever came."""
    answers, missing = json_answers(visit)
    # Pages ask for much else at the same addresses.
    loaded = [answer for answer in answers if lists_in(answer)]
    held = [page for page in (visit.served, visit.html) if _page_lists(page)][:1]
    has_media = bool(held) or any(any(lists_in(answer).values()) for answer in loaded)
    refused = not has_media and any(at(answer, "require_login") is True for answer in answers)
    if refused or wants_login(visit, _LOGIN, has_list=has_media):
        without = "set TREND_INSTAGRAM_TOKEN, " if surface.surface_type == "hashtag" else ""
        raise AccessError(
            f"Instagram asks for a login on {path}: store one, as docs/operations.md says, {without}or leave the surface out."
        )
    if has_media:
        responses = tuple(response for response in visit.responses if _LISTS_ONLY.match(response.url))
        unread = tuple(url for url in visit.unread if _LISTS_ONLY.match(url))
        _, missing = json_answers(replace(visit, responses=responses, unread=unread))
    return Delivery((*held, *loaded) or tuple(answers) or (visit.html,), missing, is_page=True)


async def _from_graph(surface: Surface, tag: str, visitor: Visitor) -> Delivery:
    """Ask the Graph API: for the hashtag's number, then for its media. The token is in a header: addresses are in logs."""
    if not visitor.account:
        raise SettingsError(
            f"{surface.id} needs the number of the account that TREND_INSTAGRAM_TOKEN belongs to: set TREND_INSTAGRAM_USER_ID."
        )
    headers = {"Authorization": f"Bearer {visitor.token}"}
    who: dict[str, str | int] = {"user_id": visitor.account}
    try:
        known = rows(
            at((await visitor.get(f"{_GRAPH}/ig_hashtag_search", {**who, "q": tag}, headers, granted=True)).json(), "data")
        )
        number = exact_id(at(known[0], "id")) if known else None
        if number is None or not _DIGITS.fullmatch(number):
            raise PayloadError(
                f"graph.facebook.com/ig_hashtag_search names no hashtag {tag!r}: check the surface_key of {surface.id}, or "
                "look at the answer with the Graph API Explorer."
            )
        lists = {f"{_GRAPH}/{number}/{edge}": {**who, **_MEDIA} for edge in ("top_media", "recent_media")}
        return await read_all(visitor, lists, headers, granted=True)
    except AccessError as error:
        raise AccessError(
            f"{error} Perhaps TREND_INSTAGRAM_TOKEN has expired or lacks the feature Instagram Public Content Access, "
            "TREND_INSTAGRAM_USER_ID is another account's, or 30 other hashtags were asked for within 7 days."
        ) from error


def _keys(fields: Mapping[str, Any]) -> list[Key]:
    audio = audio_key(PLATFORM, fields.get("audio_id"), fields.get("audio_title"))
    tags = [hashtag_key(PLATFORM, tag) for tag in fields.get("hashtags") or ()]
    return [key for key in (audio, *tags) if key] or phrase_keys(fields.get("text_content"))


_COUNTERS = ("view_count", "like_count", "comment_count", "share_count")
ITEM_TYPES = {
    "reel": ItemType("reel", True, _keys, _COUNTERS),
    "post": ItemType("post", True, _keys, _COUNTERS),
}


def parse(payload: object, surface_type: str) -> Parsed:
    """Return the media of an answer or a page in their order; posts that are no reels are left out where reels are wanted."""
    if surface_type not in SURFACE_TYPES:
        return unknown_surface(PLATFORM, surface_type, SURFACE_TYPES)
    lists = _page_lists(payload) if isinstance(payload, str) else lists_in(payload)
    graph = None if lists else graph_list(payload)
    if graph is not None:
        lists = {"graph_media": graph}
    if not lists:
        return not_recognized("Instagram's reels, posts of a hashtag, or media of its Graph API", payload)
    entries = [entry for found in lists.values() for entry in found]
    if not entries and (at(payload, "status") == "fail" or at(payload, "errors")):
        # A failed read is not an empty one.
        return Parsed(shape=None, problem="Instagram answered that it failed, and with no media")
    return collect(next(iter(lists)), _built(entries, _WANTED[surface_type]))


def _page_lists(page: str) -> dict[str, list[Entry]]:
    """Return the lists in a page's embedded state; there, an empty one can be anything's."""
    lists = lists_in([json_or_none(state) for state in embedded_states(page).values()])
    return {name: entries for name, entries in lists.items() if entries}


def _built(entries: Iterable[Entry], wanted: frozenset[str]) -> Iterator[Item | Rejected]:
    for rank, entry in enumerate(entries, start=1):
        if entry.read is None:
            yield Rejected("foreign_kind", f"entry {rank} of its list is no post", entry.raw)
        elif not isinstance(entry.raw, dict):
            yield Rejected("not_an_object", f"entry {rank} of its list is no object", entry.raw)
        elif entry.raw.get("ad_id") or entry.raw.get("product_type") == "ad":
            yield Rejected("promoted", f"entry {rank} of its list is an advertisement", entry.raw)
        else:
            fields = entry.read(entry.raw)
            item_type = fields.pop("item_type")
            if item_type in wanted:
                yield build(PLATFORM, ITEM_TYPES[item_type], entry.raw, rank=rank, **fields)
