"""TikTok: videos, sounds, hashtags and creators, from its web and app APIs, its pages and the rows scrapers make of them.

The shapes are in `tiktok_shapes`, the fields of each form in `tiktok_fields`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

from trend_assets.capture.items import Item, ItemType, Parsed, Rejected, as_count, build, collect
from trend_assets.capture.keys import Key, audio_key, entity_key, hashtag_key, phrase_keys
from trend_assets.capture.payload import Delivery, first_text, not_recognized, unknown_surface
from trend_assets.capture.platforms.tiktok_fields import FORMS, PLATFORM
from trend_assets.capture.platforms.tiktok_shapes import Entry, page_state, recognize
from trend_assets.capture.surfaces import Surface
from trend_assets.capture.visits import json_answers, wants_login
from trend_assets.errors import AccessError, SettingsError
from trend_assets.net.visitor import Visitor

SURFACE_TYPES = {
    "discover": "what TikTok suggests: creators, hashtags, sounds or videos, in any of its shapes",
    "trending_sounds": "the sounds of a discover list, an explore list or Creative Center's sound list",
    "hashtag": "the videos of a hashtag",
    "feed": "the videos of a feed",
    "creative_center_hashtags": "Creative Center's chart of hashtags of a country and a period of days, for advertisers",
    "creative_center_songs": "Creative Center's chart of songs of a country and a period of days, for advertisers",
}

# For each surface type, the item types it is about.
_WANTED = {
    "discover": frozenset({"video", "sound", "hashtag", "creator"}),
    "trending_sounds": frozenset({"sound"}),
    "hashtag": frozenset({"video"}),
    "feed": frozenset({"video"}),
    "creative_center_hashtags": frozenset({"hashtag"}),
    "creative_center_songs": frozenset({"sound"}),
}
_EXPECTED = {
    "discover": "a TikTok discover list, explore list, chart, video list or page",
    "trending_sounds": "a TikTok list that can hold sounds (music, exploreList or sound_list)",
    "hashtag": "a TikTok list or page of videos",
    "feed": "a TikTok list or page of videos",
    "creative_center_hashtags": "a chart of hashtags of TikTok's Creative Center",
    "creative_center_songs": "a chart of songs of TikTok's Creative Center",
}


LIVE = frozenset(SURFACE_TYPES) - {"feed"}

_SITE, _ADS = "https://www.tiktok.com", "https://ads.tiktok.com"
# Page, what of its requests holds the list, and how often scrolling brings more. Of Creative Center's charts, that of hashtags
# has moved to another page, which fetches it from another address; the page of songs is the last one that there was.
_PAGES = {
    "discover": (f"{_SITE}/explore", re.compile(r"^https://www\.tiktok\.com/api/(explore|recommend)/item_list/"), 2),
    "trending_sounds": (f"{_SITE}/music", re.compile(r"^https://www\.tiktok\.com/node/share/discover"), 0),
    "hashtag": (f"{_SITE}/tag/{{}}", re.compile(r"^https://www\.tiktok\.com/api/challenge/item_list/"), 1),
    "creative_center_hashtags": (
        f"{_ADS}/creative/creativeCenter/trends/hashtag?region={{0}}&countryCode={{0}}&period={{1}}",
        re.compile(r"^https://ads(\.us)?\.tiktok\.com/CreativeOne/KnowledgeAPI/GetHashtagList"),
        0,
    ),
    "creative_center_songs": (
        f"{_ADS}/business/creativecenter/inspiration/popular/music/pc/en?countryCode={{}}&period={{}}",
        re.compile(r"^https://ads\.tiktok\.com/creative_radar_api/v1/popular_trend/sound/rank_list"),
        0,
    ),
}
_PROMOTED = ("is_promoted", "isPromoted", "promoted")
_CHART = re.compile(r"([A-Z]{2})/(7|30|120)")
_LOGIN = re.compile(r"/(i18n/)?login(/|$)")


async def capture(surface: Surface, visitor: Visitor) -> Delivery:
    """Return the list that the surface's page holds, then those that it loads; where there are none, the page itself.

    Raises:
        SettingsError: the surface's key is no hashtag, or no country and period.
        AccessError: TikTok asks for a login.
        BudgetError, HostError, PayloadError: as `Visitor.visit`.
    """
    page, wanted, scrolls = _PAGES[surface.surface_type]
    address = page.format(*_key_of(surface))
    visit = await visitor.visit(address, wanted=wanted, scrolls=scrolls)
    answers, missing = json_answers(visit)
    document = visit.served if page_state(visit.served) else visit.html
    held = (document,) if _holds_list(document, surface.surface_type) else ()
    if wants_login(visit, _LOGIN, has_list=bool(held or answers)):
        raise AccessError(
            f"TikTok asks for a login on {urlsplit(address).path}: store one, as docs/operations.md says, or leave the surface "
            "out."
        )
    return Delivery((*held, *answers) or (document,), missing, is_page=True)


def _holds_list(page: str, surface_type: str) -> bool:
    state = page_state(page)
    return state is not None and bool(state.entries and state.holds & _WANTED[surface_type])


def _key_of(surface: Surface) -> tuple[str, ...]:
    """Return the parts of the surface's key, as its page's address takes them.

    Raises:
        SettingsError: they are missing.
    """
    if surface.surface_type == "hashtag":
        tag = surface.surface_key.lstrip("#")
        if not tag:
            raise SettingsError(f"{surface.id} needs a surface_key: the hashtag.")
        return (quote(tag, safe=""),)
    if not surface.surface_type.startswith("creative_center_"):
        return ()
    chart = _CHART.fullmatch(surface.surface_key)
    if chart is None:
        raise SettingsError(
            f"{surface.id}: {surface.surface_key!r} is no country and period of 7, 30 or 120 days; write the surface_key like "
            "US/7."
        )
    return chart[1], chart[2]


def _video_keys(fields: Mapping[str, Any]) -> list[Key]:
    audio = audio_key(PLATFORM, fields.get("audio_id"), fields.get("audio_title"))
    tags = [hashtag_key(PLATFORM, tag) for tag in fields.get("hashtags") or ()]
    return [key for key in (audio, *tags) if key] or phrase_keys(fields.get("text_content"))


def _sound_keys(fields: Mapping[str, Any]) -> list[Key | None]:
    return [audio_key(PLATFORM, fields.get("audio_id"), fields.get("audio_title"))]


def _hashtag_keys(fields: Mapping[str, Any]) -> list[Key | None]:
    return [hashtag_key(PLATFORM, tag) for tag in fields.get("hashtags") or ()]


def _creator_keys(fields: Mapping[str, Any]) -> list[Key | None]:
    handle = fields.get("author_handle")
    return [entity_key(PLATFORM, f"@{handle}") if handle else None]


ITEM_TYPES = {
    "video": ItemType("video", True, _video_keys, ("view_count", "like_count", "comment_count", "share_count")),
    "sound": ItemType("sound", False, _sound_keys, ("use_count",)),
    "hashtag": ItemType("hashtag", False, _hashtag_keys, ("view_count", "use_count", "gauge")),
    "creator": ItemType("creator", False, _creator_keys),
}


def parse(payload: object, surface_type: str) -> Parsed:
    """Return the entries of the item types that the surface is about; other item types of a mixed list are left out."""
    if surface_type not in SURFACE_TYPES:
        return unknown_surface(PLATFORM, surface_type, SURFACE_TYPES)
    wanted, shape = _WANTED[surface_type], recognize(payload)
    if shape is None or not shape.holds & wanted:
        return not_recognized(_EXPECTED[surface_type], payload)
    if not shape.entries and shape.status:
        # A failed read is not an empty one.
        status, words = as_count(shape.status), first_text(shape.status)
        shown = f"{words[:40]!r}" if status is None and words else "unknown" if status is None else status
        return Parsed(shape=None, problem=f"TikTok answered with status {shown} and no entries")
    return replace(collect(shape.name, _built(shape.entries, wanted)), problem=shape.lacks or None)


def _built(entries: Iterable[Entry], wanted: frozenset[str]) -> Iterator[Item | Rejected]:
    for entry in entries:
        form = FORMS[entry.form] if entry.form else None
        if form is not None and form.item_type not in wanted:
            continue
        if not isinstance(entry.raw, dict):
            yield Rejected("not_an_object", f"entry {entry.rank} of its list is no object", entry.raw)
        elif any(entry.raw.get(mark) is True for mark in _PROMOTED):
            yield Rejected("promoted", f"entry {entry.rank} of its chart is an advertisement", entry.raw)
        elif form is None:
            yield Rejected("foreign_kind", f"entry {entry.rank} of its list is of no known form", entry.raw)
        else:
            fields = form.read(entry.raw)
            rank = as_count(fields.pop("rank", None))
            yield build(PLATFORM, ITEM_TYPES[form.item_type], entry.raw, rank=entry.rank if rank is None else rank, **fields)
