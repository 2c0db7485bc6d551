"""Wikipedia: the articles that were viewed most, as Wikimedia publishes them once a day. An article is a topic.

https://wikimedia.org/api/rest_v1 needs no key. The views are those of the last day (UTC) that was published; they
stand for the last 24 hours. None of it was recorded: fields are those of its documentation.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from trend_assets.capture.items import Item, ItemType, Parsed, Rejected, build, collect
from trend_assets.capture.keys import Key, topic_key
from trend_assets.capture.payload import Delivery, at, first_text, not_recognized, rows, unknown_surface
from trend_assets.capture.surfaces import Surface
from trend_assets.errors import AccessError, SettingsError
from trend_assets.net.visitor import Visitor

PLATFORM = "wikipedia"

SURFACE_TYPES = {"most_viewed": "articles of a project by their views of the last published day"}

LIVE = frozenset({"most_viewed"})

_PROJECT = re.compile(r"[a-z][a-z0-9-]{1,20}\.[a-z]{4,20}")
_NO_ARTICLE = re.compile(r"Main_Page|-|(Special|Wikipedia|Portal|File|Help|Category|Template|User|Talk):.*", re.DOTALL)
"""Pages that are no articles; other languages than English have names of their own for most of them."""
_DAY = timedelta(days=1)


async def capture(surface: Surface, visitor: Visitor) -> Delivery:
    """Return the list of yesterday, or, while that is not published, of the day before.

    Raises:
        SettingsError: the surface's key is no project.
        AccessError, BudgetError, HostError, PayloadError: as `Visitor.get`.
    """
    if not _PROJECT.fullmatch(surface.surface_key):
        raise SettingsError(f"{surface.id}: {surface.surface_key!r} is no project; write the surface_key like en.wikipedia.")
    yesterday = visitor.at - _DAY
    try:
        answer = await visitor.get(_address(surface.surface_key, yesterday))
    except AccessError:  # most likely not published yet, which is a 404; other refusals come again
        answer = await visitor.get(_address(surface.surface_key, yesterday - _DAY))
    return Delivery((answer.json(),))


def _address(project: str, day: datetime) -> str:
    return f"https://wikimedia.org/api/rest_v1/metrics/pageviews/top/{project}/all-access/{day:%Y/%m/%d}"


def _article_keys(fields: Mapping[str, Any]) -> list[Key | None]:
    return [topic_key(PLATFORM, fields.get("text_content"))]


ITEM_TYPES = {
    "article": ItemType(name="article", is_post=False, keys=_article_keys, counters=("volume_24h",)),
}


def parse(payload: object, surface_type: str) -> Parsed:
    """Return the articles of a day's list."""
    if surface_type not in SURFACE_TYPES:
        return unknown_surface(PLATFORM, surface_type, SURFACE_TYPES)
    day = next(iter(rows(at(payload, "items"))), None)
    project, articles = first_text(at(day, "project")), at(day, "articles")
    if not isinstance(articles, list) or not project or not _PROJECT.fullmatch(project):
        return not_recognized("Wikimedia's list of a day (items[0] with project and articles)", payload)
    return collect("articles", _articles(project, articles))


def _articles(project: str, articles: list[Any]) -> Iterator[Item | Rejected]:
    for place, entry in enumerate(articles, start=1):
        name = first_text(at(entry, "article"))
        if not isinstance(entry, dict):
            yield Rejected("not_an_object", f"entry {place} of the list is no object", entry)
        elif name and _NO_ARTICLE.fullmatch(name):
            yield Rejected("foreign_kind", f"entry {place} of the list is no article", entry)
        else:
            yield build(PLATFORM, ITEM_TYPES["article"], entry, **_article(project, name, entry))


def _article(project: str, name: str | None, entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "platform_item_id": f"article:{project}:{name}" if name else None,
        "rank": entry.get("rank"),
        "text_content": name.replace("_", " ") if name else None,
        "volume_24h": entry.get("views"),
        "canonical_url": f"https://{project}.org/wiki/{quote(name, errors='replace')}" if name else None,
    }
