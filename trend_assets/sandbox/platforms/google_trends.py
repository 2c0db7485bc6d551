"""Google Trends: the feed of what is searched for now. It is the same for every country."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

from trend_assets.sandbox.platforms.site import Answer, Asked, Form, Site, elements

_STEPS = tuple(digit * 10**zeros for zeros in range(2, 8) for digit in (1, 2, 5))
"""Volumes are rounded down to one of these."""
_ZONE = timezone(timedelta(hours=-8))
_HOST = "trends.google.com"
_NEWS = "https://news.example.com/"


def _feed(asked: Asked) -> Answer:
    geo = asked.query.get("geo", "")
    channel = {
        "title": "Daily Search Trends",
        "description": "Recent searches",
        "link": f"https://{_HOST}/trending?geo={geo}",
        "item": [_item(*search, geo) for search in asked.world.searches(asked.at) if search[1] >= _STEPS[0]],
    }
    return Answer(channel, form=_RSS)


SITE = Site(name="google_trends", host=_HOST, pages={"/trending/rss": _feed}, lists=frozenset({"item"}))
"""What the sandbox serves of Google Trends."""


def _item(phrase: str, volume: int, started: datetime, geo: str) -> dict[str, Any]:
    return {
        "title": phrase,
        "ht:approx_traffic": f"{max(step for step in _STEPS if step <= volume)}+",
        "description": "",
        "link": f"https://{_HOST}/trending/rss?geo={geo}",
        "pubDate": format_datetime(started.replace(tzinfo=UTC).astimezone(_ZONE)),
        "ht:news_item": [
            {"ht:news_item_title": f"All about {phrase}", "ht:news_item_url": _NEWS, "ht:news_item_source": "News"}
        ],
    }


def _written(channel: dict[str, Any]) -> str:
    names = f'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:ht="https://{_HOST}/trending/rss" version="2.0"'
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<rss {names}>{elements({"channel": channel})}</rss>'


_RSS = Form("text/xml", _written)
