"""X: the explore page, which shows its list to those only who are logged in, and the API's trends of places.

The list has the shape of recorded ones, with more topics than those. Every place has the same trends; whoever has any cookie
`auth_token` is logged in, and whoever shows any token is let in.
"""

import html
import json
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote

from trend_assets.sandbox.courses import DAY, hours_of, recent
from trend_assets.sandbox.platforms.site import Answer, Asked, Site

_LISTED, _MOST = 20, 50
_LIST = "/i/api/graphql/uGSr7alSjR9v6QJAIaqSKQ/GenericTimelineById"
_LEAST_COUNTED = 1_000
"""Topics with fewer posts have no count."""

_EXPLORE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Explore / X</title><link rel="icon" href="data:,"></head>
<body><main id="trends" data-source="{source}" data-login="{login}"></main>
<script>
const trends = document.getElementById("trends");

function cell(entry) {{
  const shown = document.createElement("div");
  shown.dataset.testid = "trend";
  shown.textContent = entry.content.itemContent?.name ?? "";
  return shown;
}}

async function load() {{
  const answer = await fetch(trends.dataset.source);
  const payload = await answer.json();
  const entries = payload.data.timeline.timeline.instructions.flatMap((instruction) => instruction.entries || []);
  trends.append(...entries.map(cell));
}}

if (trends.dataset.login) location.replace(trends.dataset.login); else load();
</script></body></html>
"""
_LOGIN = "<!doctype html><title>Log in to X</title><h1>Sign in to X</h1><form><input name=text></form>"


def _explore(asked: Asked) -> Answer:
    source = f"{asked.address(_LIST)}?variables={quote(json.dumps({'timelineId': 'trending', 'count': _LISTED}))}"
    login = "" if _is_logged_in(asked) else "/i/flow/login?redirect_after_login=%2Fexplore%2Ftabs%2Ftrending"
    return Answer(_EXPLORE.format(source=html.escape(source), login=html.escape(login)))


def _login(_asked: Asked) -> Answer:
    return Answer(_LOGIN)


def _timeline(asked: Asked) -> Answer:
    if not _is_logged_in(asked):
        return Answer({"errors": [{"code": 32, "message": "Could not authenticate you."}]}, 401)
    entries = [_entry(name, count) for name, count in _trends(asked)[:_LISTED]]
    instructions = [{"type": "TimelineClearCache"}, {"type": "TimelineAddEntries", "entries": entries}]
    return Answer({"data": {"timeline": {"id": "VGltZWxpbmU6", "timeline": {"instructions": instructions}}}})


def _by_place(asked: Asked) -> Answer:
    if not _is_granted(asked):
        return Answer({"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}, 401)
    found = _trends(asked)[: asked.count("max_trends", _LISTED, _MOST)]
    return Answer({"data": [{"trend_name": name, **({"tweet_count": count} if count else {})} for name, count in found]})


def _place(asked: Asked) -> Answer:
    if not _is_granted(asked):
        return Answer({"errors": [{"code": 89, "message": "Invalid or expired token."}]}, 401)
    trends = [
        {"name": name, "url": f"http://twitter.com/search?q={quote(name)}", "promoted_content": None, "tweet_volume": count}
        for name, count in _trends(asked)[:_MOST]
    ]
    now = f"{asked.at.isoformat(timespec='seconds')}Z"
    place = [{"name": "Worldwide", "woeid": asked.count("id", 1, 10**9)}]
    return Answer([{"trends": trends, "as_of": now, "created_at": now, "locations": place}])


SITE = Site(
    name="x",
    host="x.com",
    pages={
        "/explore/tabs/trending": _explore,
        "/i/flow/login": _login,
        _LIST: _timeline,
        "/2/trends/by/woeid/{woeid}": _by_place,
        "/1.1/trends/place.json": _place,
    },
    other_hosts=("api.x.com",),
    lists=frozenset({"entries", "data", "trends"}),
)
"""What the sandbox serves of X."""


def _is_logged_in(asked: Asked) -> bool:
    return "auth_token" in SimpleCookie(asked.headers.get("cookie", ""))


def _is_granted(asked: Asked) -> bool:
    return asked.headers.get("authorization", "").startswith("Bearer ")


def _trends(asked: Asked) -> list[tuple[str, int | None]]:
    """Return what people talk about, and the posts of a day, where there are enough."""
    hours = hours_of(asked.at)
    counts = [
        (topic.phrase or f"#{topic.tag}", int(recent(topic.course, hours, DAY))) for topic in asked.world.keywords(asked.at)
    ]
    return [(name, count if count >= _LEAST_COUNTED else None) for name, count in counts]


def _entry(name: str, count: int | None) -> dict[str, Any]:
    metadata = {"domain_context": "Trending", **({"meta_description": f"{count:,} posts"} if count else {})}
    kind = "TimelineTimelineItem"
    content = {"__typename": "TimelineTrend", "itemType": "TimelineTrend", "name": name, "trend_metadata": metadata}
    return {"entryId": f"trend-{name}", "content": {"__typename": kind, "entryType": kind, "itemContent": content}}
