"""Mastodon: the lists of hashtags and posts that are trending on mastodon.social.

Shapes are those of its documentation. The world's videos are its posts: what is said on TikTok is said here too.
"""

import html
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from trend_assets.sandbox.courses import hours_of, time_of
from trend_assets.sandbox.platforms.site import Answer, Asked, Site
from trend_assets.sandbox.posts import Post

_TAGS, _MOST_TAGS = 10, 20
_STATUSES, _MOST_STATUSES = 20, 40
_DAYS = 7
"""Of a hashtag's history."""
_HOST = "mastodon.social"


def _tags(asked: Asked) -> Answer:
    midnight = asked.at.replace(hour=0, minute=0, second=0, microsecond=0)
    days = {day: dict(asked.world.tags(day)) for day in (midnight - timedelta(days=ago) for ago in range(_DAYS))}
    found = asked.world.tags(asked.at)[: max(1, asked.count("limit", _TAGS, _MOST_TAGS))]
    return Answer([_tag(tag, uses, {day: counts.get(tag, 0) for day, counts in days.items()}) for tag, uses in found])


def _statuses(asked: Asked) -> Answer:
    posts = asked.world.explore(asked.at)[: max(1, asked.count("limit", _STATUSES, _MOST_STATUSES))]
    return Answer([_status(post, hours_of(asked.at)) for post in posts])


SITE = Site(
    name="mastodon",
    host=_HOST,
    pages={"/api/v1/trends/tags": _tags, "/api/v1/trends/statuses": _statuses},
)
"""What the sandbox serves of Mastodon."""


def _tag(name: str, uses: int, before: Mapping[datetime, int]) -> dict[str, Any]:
    """Return a hashtag; `before` has the uses until the beginning of each day, today first."""
    history = []
    for day, earlier in before.items():
        # Who had the name before, and is over, is not counted any more.
        count, uses = max(0, uses - earlier), earlier
        history.append({"day": str(int(hours_of(day) * 3_600)), "accounts": str(count // 2), "uses": str(count)})
    return {"name": name, "url": f"https://{_HOST}/tags/{name}", "history": history}


def _status(post: Post, hours: float) -> dict[str, Any]:
    views = post.gained(hours)
    likes, comments, shares = (int(views * rate) for rate in post.rates)
    handle = post.author.handle.replace(".", "_")
    url = f"https://{_HOST}/@{handle}"
    return {
        "id": str(post.id), "created_at": f"{time_of(post.created).isoformat()}.000Z",
        "in_reply_to_id": None, "sensitive": False, "spoiler_text": "", "visibility": "public", "language": None,
        "uri": f"https://{_HOST}/users/{handle}/statuses/{post.id}", "url": f"{url}/{post.id}",
        "replies_count": comments, "reblogs_count": shares, "favourites_count": likes, "edited_at": None,
        "content": f"<p>{_linked(post)}</p>", "reblog": None, "mentions": [], "media_attachments": [], "emojis": [],
        "tags": [{"name": tag, "url": f"https://{_HOST}/tags/{tag}"} for tag in post.tags],
        "account": {"id": str(post.author.id), "username": handle, "acct": handle, "bot": False, "url": url},
        "card": None, "poll": None,
    }  # fmt: skip


def _linked(post: Post) -> str:
    text = html.escape(post.text)
    for tag in post.tags:
        link = f'<a href="https://{_HOST}/tags/{tag}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>'
        text = text.replace(f"#{tag}", link, 1)
    return text
