"""Pinterest: the keywords that people search for, as the trends API (v5) lists them by region and kind of trend.

Written after the official description of the API (pinterest/api-description, v5/openapi.json) and its examples; no answer was
recorded so far. It wants an access token of an account, with the permission user_accounts:read.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from trend_assets.capture.items import Item, ItemType, Parsed, Rejected, build, collect
from trend_assets.capture.keys import Key, normalize, topic_key
from trend_assets.capture.payload import Delivery, at, first_text, not_recognized, unknown_surface
from trend_assets.capture.surfaces import Surface
from trend_assets.errors import SettingsError
from trend_assets.net.visitor import Visitor

PLATFORM = "pinterest"

SURFACE_TYPES = {"trends": "the search keywords of a region that trend most: growing, monthly, yearly or seasonal ones"}

LIVE = frozenset({"trends"})

_PLACE = re.compile(r"([A-Z]{2}(?:\+[A-Z]{2})*)/(growing|monthly|yearly|seasonal)")
_LIMIT = 50
"""Keywords of one answer: the most that Pinterest gives."""


async def capture(surface: Surface, visitor: Visitor) -> Delivery:
    """Return the keywords of the surface's region and kind of trend, in one request.

    Raises:
        SettingsError: the surface's key names no region and kind of trend, or there is no token.
        AccessError, BudgetError, HostError, PayloadError: as `Visitor.get`.
    """
    place = _PLACE.fullmatch(surface.surface_key)
    if place is None:
        raise SettingsError(
            f"{surface.id}: {surface.surface_key!r} is no region and kind of trend; write the surface_key like US/growing."
        )
    if not visitor.token:
        raise SettingsError(f"{surface.id} needs an access token of Pinterest's API: set TREND_PINTEREST_TOKEN.")
    address = f"https://api.pinterest.com/v5/trends/keywords/{place[1]}/top/{place[2]}"
    answer = await visitor.get(address, {"limit": _LIMIT}, {"Authorization": f"Bearer {visitor.token}"}, granted=True)
    return Delivery((answer.json(),))


def _keyword_keys(fields: Mapping[str, Any]) -> list[Key | None]:
    return [topic_key(PLATFORM, fields.get("text_content"))]


ITEM_TYPES = {
    # The only figures are percentages: searches of this week against the week before rise and fall.
    "keyword": ItemType("keyword", False, _keyword_keys, ("gauge",), signed=frozenset({"gauge"})),
}


def parse(payload: object, surface_type: str) -> Parsed:
    """Return the keywords of an answer in their order."""
    if surface_type not in SURFACE_TYPES:
        return unknown_surface(PLATFORM, surface_type, SURFACE_TYPES)
    trends = at(payload, "trends")
    if not isinstance(trends, list):
        return not_recognized("Pinterest's trending keywords ({trends: […]})", payload)
    return collect("trending_keywords", _keywords(trends))


def _keywords(trends: list[Any]) -> Iterator[Item | Rejected]:
    for rank, trend in enumerate(trends, start=1):
        if not isinstance(trend, dict):
            yield Rejected("not_an_object", f"entry {rank} of the keywords is no object", trend)
            continue
        keyword = first_text(trend.get("keyword"))
        yield build(
            PLATFORM,
            ITEM_TYPES["keyword"],
            trend,
            platform_item_id=f"topic:{normalize(keyword)}" if keyword and normalize(keyword) else None,
            rank=rank,
            text_content=keyword,
            gauge=trend.get("pct_growth_wow"),
            canonical_url=f"https://www.pinterest.com/search/pins/?q={quote(keyword, errors='replace')}" if keyword else None,
        )
