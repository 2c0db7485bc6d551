"""Wikipedia: the list of a day's most viewed articles, as Wikimedia's API answers; fields are those of its documentation.

Articles are about what goes on in the world, and are read the day it does.
"""

from datetime import datetime, timedelta
from typing import Any

from trend_assets.sandbox.platforms.site import Answer, Asked, Site

_PROJECT = "en.wikipedia"
_PUBLISHED_AFTER = timedelta(hours=28)
"""How long after its start a day's list is there."""
_VIEWS_PER_USE = 30
_NO_ARTICLES = (("Main_Page", 5_000_000), ("Special:Search", 1_000_000))


def _most_viewed(asked: Asked) -> Answer:
    day = _day(**{name: asked.path[name] for name in ("year", "month", "day")})
    if asked.path["project"] != _PROJECT or day is None or asked.at - _PUBLISHED_AFTER < day:
        return Answer(
            {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "The date was not loaded yet."}, 404
        )
    used = [(name, uses * _VIEWS_PER_USE) for name, uses in asked.world.used(day, day + timedelta(days=1))]
    articles = [_article(rank, *viewed) for rank, viewed in enumerate((*_NO_ARTICLES, *used), start=1)]
    return Answer({"items": [{"project": _PROJECT, "access": "all-access", **asked.path, "articles": articles}]})


SITE = Site(
    name="wikipedia",
    host="wikimedia.org",
    pages={"/api/rest_v1/metrics/pageviews/top/{project}/all-access/{year}/{month}/{day}": _most_viewed},
    lists=frozenset({"articles"}),
)
"""What the sandbox serves of Wikipedia."""


def _day(year: str, month: str, day: str) -> datetime | None:
    try:
        return datetime.strptime(f"{year}-{month}-{day}", "%Y-%m-%d")  # noqa: DTZ007 - naive UTC
    except ValueError:
        return None


def _article(rank: int, name: str, views: int) -> dict[str, Any]:
    return {"article": (name[:1].upper() + name[1:]).replace(" ", "_"), "views": views, "rank": rank}
