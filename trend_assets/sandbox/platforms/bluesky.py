"""Bluesky: its two lists of trending topics. Shapes are those of its lexicons."""

from datetime import timedelta
from typing import Any

from trend_assets.sandbox.chance import number
from trend_assets.sandbox.platforms.site import Answer, Asked, Site

_LIMIT, _MOST = 10, 25


def _trends(asked: Asked) -> Answer:
    # The world knows no beginning of what is always talked about.
    started = f"{(asked.at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=6)).isoformat()}.000Z"
    more = {"startedAt": started, "status": "hot", "category": "other", "actors": []}
    return Answer(
        {"trends": [{**_topic(name), "displayName": name, "postCount": posts, **more} for name, posts in _listed(asked)]}
    )


def _trending_topics(asked: Asked) -> Answer:
    suggested = [{"topic": "Popular With Friends", "link": "/profile/bsky.app/feed/with-friends"}]
    return Answer({"topics": [_topic(name) for name, _ in _listed(asked)], "suggested": suggested})


SITE = Site(
    name="bluesky",
    host="public.api.bsky.app",
    pages={
        "/xrpc/app.bsky.unspecced.getTrends": _trends,
        "/xrpc/app.bsky.unspecced.getTrendingTopics": _trending_topics,
    },
    lists=frozenset({"trends", "topics", "suggested"}),
)
"""What the sandbox serves of Bluesky."""


def _listed(asked: Asked) -> list[tuple[str, int]]:
    return asked.world.talk(asked.at)[: max(1, asked.count("limit", _LIMIT, _MOST))]


def _topic(name: str) -> dict[str, Any]:
    return {"topic": name, "link": f"/profile/trending.bsky.app/feed/{number('feed', name, bits=30)}"}
