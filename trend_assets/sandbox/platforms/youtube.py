"""YouTube: the Data API's chart of popular videos. They are the world's videos, the same for every country."""

from base64 import urlsafe_b64encode
from typing import Any

from trend_assets.sandbox.chance import number
from trend_assets.sandbox.courses import hours_of, time_of
from trend_assets.sandbox.platforms.site import Answer, Asked, Site
from trend_assets.sandbox.posts import Post

_COUNT, _MOST, _CHART = 5, 50, 120
_HIDDEN_SHARE = 16
"""One of so many channels hides its likes."""
_LONGEST_TITLE = 100


def _videos(asked: Asked) -> Answer:
    if not asked.headers.get("x-goog-api-key"):
        return _refused(403, "The request is missing a valid API key.", "forbidden")
    if asked.query.get("chart") != "mostPopular":
        return _refused(400, "No filter selected.", "missingRequiredParameter")
    chart, count = asked.world.explore(asked.at)[:_CHART], max(1, asked.count("maxResults", _COUNT, _MOST))
    starts = {_token(start): start for start in range(len(chart))}
    start = starts.get(asked.query.get("pageToken", ""), 0)
    more = {"nextPageToken": _token(start + count)} if start + count < len(chart) else {}
    info = {"totalResults": len(chart), "resultsPerPage": count}
    videos = [_video(post, hours_of(asked.at)) for post in chart[start : start + count]]
    return Answer({"kind": "youtube#videoListResponse", "etag": "e", **more, "pageInfo": info, "items": videos})


SITE = Site(
    name="youtube",
    host="www.googleapis.com",
    pages={"/youtube/v3/videos": _videos},
    lists=frozenset({"items"}),
    ended={"nextPageToken": None},
)
"""What the sandbox serves of YouTube."""


def _refused(status: int, message: str, reason: str) -> Answer:
    return Answer({"error": {"code": status, "message": message, "errors": [{"reason": reason}]}}, status)


def _token(start: int) -> str:
    return urlsafe_b64encode(f"page at {start}".encode()).decode()


def _video(post: Post, hours: float) -> dict[str, Any]:
    identity = urlsafe_b64encode(number("youtube", post.id).to_bytes(8, "big")).decode().rstrip("=")
    views = post.gained(hours)
    counts = dict(zip(("likeCount", "commentCount"), (int(views * rate) for rate in post.rates), strict=False))
    if post.author.id % _HIDDEN_SHARE == 0:
        del counts["likeCount"]
    return {
        "kind": "youtube#video",
        "etag": "e",
        "id": identity,
        "snippet": {
            "publishedAt": f"{time_of(post.created).isoformat()}Z", "channelId": f"UC{post.author.id}",
            "title": post.text[:_LONGEST_TITLE], "description": "", "channelTitle": post.author.handle,
            "categoryId": "22", **({"tags": list(post.tags)} if post.tags else {}),
        },
        # As text, as the API has them.
        "statistics": {name: str(count) for name, count in {"viewCount": views, **counts}.items()},
    }  # fmt: skip
