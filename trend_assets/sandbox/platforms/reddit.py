"""Reddit: the rising posts of a community, as its JSON listing: on its site and, for apps with an access token, in its API.

Whoever shows any id and secret gets a token, and whoever shows any token is let in.
"""

import html
from typing import Any

from trend_assets.sandbox.chance import number
from trend_assets.sandbox.courses import hours_of
from trend_assets.sandbox.platforms.site import Answer, Asked, Site
from trend_assets.sandbox.posts import Post

_LIMIT, _MOST = 25, 100
_LISTED = 100
_DAY_SECONDS = 86_400
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _access_token(asked: Asked) -> Answer:
    if not asked.headers.get("authorization", "").startswith("Basic "):
        return Answer({"message": "Unauthorized", "error": 401}, 401)
    if asked.query.get("grant_type") != "client_credentials":
        return Answer({"error": "unsupported_grant_type"})
    token = f"token-{number('reddit token', asked.at, bits=60)}"
    return Answer({"access_token": token, "token_type": "bearer", "expires_in": _DAY_SECONDS, "scope": "*"})


def _granted(asked: Asked) -> Answer:
    if not asked.headers.get("authorization", "").startswith("Bearer "):
        return Answer({"message": "Forbidden", "error": 403}, 403)
    return _rising(asked)


def _rising(asked: Asked) -> Answer:
    community = asked.path["subreddit"].casefold()
    if community not in asked.world.communities():
        return Answer({"message": "Not Found", "error": 404}, 404)
    posts = asked.world.rising(community, asked.at)[:_LISTED]
    names = [f"t3_{_base36(post.id)}" for post in posts]
    after = asked.query.get("after", "")
    start = names.index(after) + 1 if after in names else 0
    end = start + max(1, asked.count("limit", _LIMIT, _MOST))
    escaped = asked.query.get("raw_json") != "1"
    children = [_child(post, hours_of(asked.at), escaped) for post in posts[start:end]]
    more = names[end - 1] if end < len(posts) else None
    data = {"after": more, "dist": len(children), "modhash": "", "geo_filter": "", "children": children, "before": None}
    return Answer({"kind": "Listing", "data": data})


SITE = Site(
    name="reddit",
    host="www.reddit.com",
    pages={
        "/api/v1/access_token": _access_token,
        "/r/{subreddit}/rising.json": _rising,
        "/r/{subreddit}/rising": _granted,
    },
    other_hosts=("oauth.reddit.com",),
    lists=frozenset({"children"}),
    ended={"after": None, "dist": 0},
)
"""What the sandbox serves of Reddit."""


def _child(post: Post, hours: float, escaped: bool) -> dict[str, Any]:
    """Return a post as a t3 entry; Reddit escapes &, < and > in texts unless it is asked not to (raw_json=1)."""
    identity, votes = _base36(post.id), post.gained(hours)
    permalink = f"/r/{post.community}/comments/{identity}/post/"
    return {
        "kind": "t3",
        "data": {
            "id": identity, "name": f"t3_{identity}", "title": html.escape(post.text, quote=False) if escaped else post.text,
            "author": post.author.handle, "author_fullname": f"t2_{_base36(post.author.id)}", "subreddit": post.community,
            "subreddit_name_prefixed": f"r/{post.community}", "link_flair_text": post.flair, "score": votes + 1,
            "ups": votes + 1, "num_comments": int(votes * post.rates[1]), "upvote_ratio": 0.9,
            "created_utc": float(int(post.created * 3_600)), "permalink": permalink,
            "url": f"https://www.reddit.com{permalink}", "over_18": False, "stickied": False, "is_self": True,
            "domain": f"self.{post.community}",
        },
    }  # fmt: skip


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
