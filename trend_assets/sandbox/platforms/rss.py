"""RSS: the feeds of two news sites, which write about the same: what people submit elsewhere, but no spam."""

from datetime import UTC
from email.utils import format_datetime
from functools import partial
from typing import Any

from trend_assets.sandbox.courses import time_of
from trend_assets.sandbox.platforms.site import Answer, Asked, Form, Site, elements
from trend_assets.sandbox.posts import Post

_LISTED = 50
_FEEDS = {"/feed/": "globalvoices.org", "/feed/subscribe/en/news/all/rss.xml": "news.un.org"}
"""Path to the site that has it."""


def _feed(host: str, asked: Asked) -> Answer:
    channel = {
        "title": host,
        "link": f"https://{host}",
        "description": "News",
        "item": [_item(host, post) for post in asked.world.articles(asked.at)[:_LISTED]],
    }
    return Answer(channel, form=_RSS)


SITE = Site(
    name="rss",
    host="globalvoices.org",
    pages={path: partial(_feed, host) for path, host in _FEEDS.items()},
    other_hosts=("news.un.org",),
    lists=frozenset({"item"}),
)
"""What the sandbox serves of feeds."""


def _item(host: str, post: Post) -> dict[str, Any]:
    link = f"https://{host}/story/{post.id}"
    return {
        "title": post.text,
        "link": link,
        "guid": link,
        "dc:creator": post.author.handle,
        "category": [post.community, post.flair],
        "description": f"<p>{post.text}</p>",
        "pubDate": format_datetime(time_of(post.created).replace(tzinfo=UTC)),
    }


def _written(channel: dict[str, Any]) -> str:
    names = 'version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rss {names}>{elements({"channel": channel})}</rss>'


_RSS = Form("application/rss+xml", _written)
