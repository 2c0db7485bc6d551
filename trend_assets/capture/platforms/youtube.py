"""YouTube: the most popular videos of a country, by its Data API. A video belongs to its hashtags, else to its title's phrases.

The API wants a key (`TREND_YOUTUBE_API_KEY`), and was not tried. The recorded pages hold no statistics: those and the key's
header are known from documentation. YouTube's page of trends ended in July 2025; what the chart holds is YouTube's choice.
"""

import re
from collections.abc import Awaitable, Iterator, Mapping
from typing import Any

from trend_assets.capture.endpoints import read_pages
from trend_assets.capture.hashtags import hashtags_in
from trend_assets.capture.items import Item, ItemType, Parsed, Rejected, build, collect
from trend_assets.capture.keys import Key, hashtag_key, phrase_keys
from trend_assets.capture.payload import Delivery, at, exact_id, first_text, not_recognized, rows, unknown_surface
from trend_assets.capture.surfaces import Surface
from trend_assets.errors import AccessError, SettingsError
from trend_assets.net.visitor import Visitor

PLATFORM = "youtube"

SURFACE_TYPES = {"most_popular": "the most popular videos of a country"}

LIVE = frozenset({"most_popular"})

_VIDEOS = "https://www.googleapis.com/youtube/v3/videos"
_COUNTRY = re.compile(r"[A-Z]{2}")
_PAGE, _PAGES = 50, 4
"""Videos of a page, and pages: the most that YouTube gives."""


async def capture(surface: Surface, visitor: Visitor) -> Delivery:
    """Return the country's chart, page by page.

    Raises:
        SettingsError: the surface's key is no country, or there is no key of the API.
        AccessError, BudgetError, HostError, PayloadError: as `read_pages`.
    """
    if not _COUNTRY.fullmatch(surface.surface_key):
        raise SettingsError(f"{surface.id}: {surface.surface_key!r} is no country; write the surface_key like US.")
    if not visitor.token:
        raise SettingsError(
            f"{surface.id} needs a key of the YouTube Data API v3: enable that API in a project of "
            "https://console.cloud.google.com, create an API key under Credentials, and set TREND_YOUTUBE_API_KEY to it."
        )
    query: dict[str, str | int] = {
        "part": "snippet,statistics",
        "chart": "mostPopular",
        "regionCode": surface.surface_key,
        "maxResults": _PAGE,
    }

    def page(token: str | None) -> Awaitable[object]:
        return _page(visitor, query if token is None else {**query, "pageToken": token})

    return await read_pages(visitor, page, lambda page: first_text(at(page, "nextPageToken")), _PAGES)


async def _page(visitor: Visitor, query: Mapping[str, str | int]) -> object:
    # In a header, because addresses are written into logs.
    try:
        return (await visitor.get(_VIDEOS, query, {"X-Goog-Api-Key": visitor.token}, granted=True)).json()
    except AccessError as error:
        raise AccessError(
            f"{error} Perhaps TREND_YOUTUBE_API_KEY is wrong or restricted, or the day's quota of its project is used up."
        ) from error


def _video_keys(fields: Mapping[str, Any]) -> list[Key]:
    tags = [hashtag_key(PLATFORM, tag) for tag in fields.get("hashtags") or ()]
    return [key for key in tags if key] or phrase_keys(fields.get("text_content"))


ITEM_TYPES = {
    "video": ItemType("video", True, _video_keys, ("view_count", "like_count", "comment_count")),
}


def parse(payload: object, surface_type: str) -> Parsed:
    """Return the videos of a page of the API, or of several as a list, in their order."""
    if surface_type not in SURFACE_TYPES:
        return unknown_surface(PLATFORM, surface_type, SURFACE_TYPES)
    pages = payload if isinstance(payload, list) else [payload]
    if not any(_is_page(page) for page in pages):
        return not_recognized("a YouTube video list (kind youtube#videoListResponse with items), or several", payload)
    return collect("video_list", _videos(pages))


def _is_page(page: object) -> bool:
    return at(page, "kind") == "youtube#videoListResponse" and isinstance(at(page, "items"), list)


def _videos(pages: list[Any]) -> Iterator[Item | Rejected]:
    rank = 0
    for page in pages:
        if not _is_page(page):
            yield Rejected("unknown_shape", "a page of the chart is no video list", page)
            continue
        for rank, video in enumerate(rows(page["items"]), start=rank + 1):  # noqa: B020 - ranks go on from page to page
            if not isinstance(video, dict):
                yield Rejected("not_an_object", f"entry {rank} of the chart is no object", video)
            elif video.get("kind") != "youtube#video":
                yield Rejected("foreign_kind", f"entry {rank} of the chart is no video", video)
            else:
                yield build(PLATFORM, ITEM_TYPES["video"], video, rank=rank, **_video(video))


def _video(video: dict[str, Any]) -> dict[str, Any]:
    snippet, statistics = video.get("snippet"), video.get("statistics")
    identity, title = exact_id(video.get("id")), first_text(at(snippet, "title"))
    description = first_text(at(snippet, "description"))
    return {
        "platform_item_id": identity,
        "author_id": exact_id(at(snippet, "channelId")),
        "author_handle": first_text(at(snippet, "channelTitle")),
        "text_content": title,
        "hashtags": hashtags_in("\n".join(text for text in (title, description) if text)),
        # Absent where the channel hides them.
        "view_count": at(statistics, "viewCount"),
        "like_count": at(statistics, "likeCount"),
        "comment_count": at(statistics, "commentCount"),
        "item_created_at": at(snippet, "publishedAt"),
        "canonical_url": f"https://www.youtube.com/watch?v={identity}" if identity else None,
    }
