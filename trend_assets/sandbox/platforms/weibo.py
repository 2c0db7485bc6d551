"""Weibo: the list of what is searched the most, as its web pages fetch it; fields are those of public descriptions."""

from datetime import timedelta
from typing import Any

from trend_assets.sandbox.platforms.site import Answer, Asked, Site

_TOPICS = 50
_HOT_PER_USE = 1_000
_AD_PLACE = 3


def _hot_search(asked: Asked) -> Answer:
    used = asked.world.used(asked.at - timedelta(hours=1), asked.at)[:_TOPICS]
    topics = [_topic(place, name, uses * _HOT_PER_USE) for place, (name, uses) in enumerate(used, start=1)]
    ad = {**_topic(0, "今年流行年货", 0), "is_ad": 1, "label_name": "商"}
    return Answer({"ok": 1, "data": {"realtime": [*topics[:_AD_PLACE], ad, *topics[_AD_PLACE:]], "hotgovs": []}})


SITE = Site(
    name="weibo",
    host="weibo.com",
    pages={"/ajax/side/hotSearch": _hot_search},
    lists=frozenset({"realtime"}),
)
"""What the sandbox serves of Weibo."""


def _topic(place: int, name: str, hot: int) -> dict[str, Any]:
    return {
        "word": name, "note": name, "word_scheme": f"#{name}#", "num": hot, "realpos": place, "rank": place - 1,
        "label_name": "", "topic_flag": 1, "flag": 0,
    }  # fmt: skip
