"""Pinterest: the trending keywords of its API, in the shape of its official description. Every region searches for the same.

Whoever shows any access token is let in.
"""

from datetime import timedelta
from typing import Any

from trend_assets.sandbox.courses import DAY, Course, growth, hours_of, recent
from trend_assets.sandbox.phenomena import Phenomenon
from trend_assets.sandbox.platforms.site import Answer, Asked, Site

_WEEK = 7 * DAY
_PERIODS = {"growing": 91 * DAY, "monthly": 30 * DAY, "yearly": 365 * DAY, "seasonal": 30 * DAY}
"""Kind of trend to the hours whose searches count; of growing and seasonal ones it is their growth."""
_BY_GROWTH = ("growing", "seasonal")
_MOST_PERCENT = 10_001
_LIMIT = 50
_WEEKS = 52


def _keywords(asked: Asked) -> Answer:
    if not asked.headers.get("authorization", "").startswith("Bearer "):
        return Answer({"code": 2, "message": "Authentication failed."}, 401)
    kind = asked.path["trend_type"]
    if kind not in _PERIODS:
        return Answer({"code": 400, "message": "Invalid trending keywords request parameters"}, 400)
    hours = hours_of(asked.at)

    def place(topic: Phenomenon) -> float:
        figure = growth if kind in _BY_GROWTH else recent
        return -figure(topic.course, hours, _PERIODS[kind])

    ranked = sorted(asked.world.keywords(asked.at), key=place)[: max(1, asked.count("limit", _LIMIT, _LIMIT))]
    return Answer({"trends": [_keyword(topic, asked, hours) for topic in ranked]})


SITE = Site(
    name="pinterest",
    host="api.pinterest.com",
    pages={"/v5/trends/keywords/{region}/top/{trend_type}": _keywords},
    lists=frozenset({"trends"}),
)
"""What the sandbox serves of Pinterest."""


def _keyword(topic: Phenomenon, asked: Asked, hours: float) -> dict[str, Any]:
    weeks = {
        f"{asked.at - timedelta(weeks=ago):%Y-%m-%d}": recent(topic.course, hours - ago * _WEEK, _WEEK)
        for ago in reversed(range(_WEEKS))
    }
    most = max(weeks.values()) or 1
    return {
        "keyword": topic.words,
        "pct_growth_wow": _percent(topic.course, hours, _WEEK),
        "pct_growth_mom": _percent(topic.course, hours, 30 * DAY),
        "pct_growth_yoy": _percent(topic.course, hours, 365 * DAY),
        "time_series": {day: round(100 * searches / most) for day, searches in weeks.items()},
    }


def _percent(course: Course, hours: float, period: float) -> int:
    return round(min(100 * growth(course, hours, period), _MOST_PERCENT))
