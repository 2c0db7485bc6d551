"""TikTok's Creative Center: the pages of its charts of hashtags and of songs, the same for every country and period.

The lists have the shapes that public programs and documentation show: that of hashtags is the present one, that of songs the
last one.
One thing is kinder than the site: it shows visitors without an account three hashtags.
"""

import html
from typing import Any

from trend_assets.sandbox.chance import number
from trend_assets.sandbox.courses import DAY, Course, hours_of, recent
from trend_assets.sandbox.phenomena import Phenomenon, Sound
from trend_assets.sandbox.platforms.site import Answer, Asked
from trend_assets.sandbox.posts import VIEWS_PER_VIDEO

_DAYS = 7
"""Of the charts."""
_INDUSTRY = 28_000_000_000
_UNCHANGED = 4
"""Of a rank."""
_SONGS = "/creative_radar_api/v1/popular_trend/sound/rank_list"

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title} | Creative Center</title><link rel="icon" href="data:,"></head>
<body>
<h1>{title}</h1>
<main id="rows" data-source="{source}" data-method="{method}"></main>
<script>
const rows = document.getElementById("rows");

function row(entry) {{
  const link = document.createElement("a");
  link.href = entry.link || `/business/creativecenter/hashtag/${{encodeURIComponent(entry.hashtagName)}}/pc/en`;
  link.textContent = entry.title || `#${{entry.hashtagName}}`;
  return link;
}}

fetch(rows.dataset.source, {{method: rows.dataset.method}}).then((answer) => answer.json()).then((payload) => {{
  rows.append(...(payload.items || payload.data.sound_list).map(row));
}});
</script>
</body>
</html>
"""


def _hashtags_page(asked: Asked) -> Answer:
    return Answer(_page("Hashtags", asked.address("/CreativeOne/KnowledgeAPI/GetHashtagList"), "POST"))


def _songs_page(asked: Asked) -> Answer:
    query = f"period={_DAYS}&page=1&limit=20&rank_type=popular&country_code={asked.query.get('countryCode', '')}"
    return Answer(_page("Songs", f"{asked.address(_SONGS)}?{query}", "GET"))


def _page(title: str, source: str, method: str) -> str:
    return _PAGE.format(title=html.escape(title), source=html.escape(source), method=method)


def _hashtags(asked: Asked) -> Answer:
    tags = [topic for topic in asked.world.charts(asked.at) if topic.tag]
    items = [_hashtag(topic, rank, hours_of(asked.at)) for rank, topic in enumerate(tags, start=1)]
    return Answer({"items": items, "totalCount": str(len(items)), "BaseResp": {"StatusCode": 0, "StatusMessage": ""}})


def _songs(asked: Asked) -> Answer:
    sounds = [(topic.sound, topic.course) for topic in asked.world.charts(asked.at) if topic.sound]
    listed = [_song(sound, course, rank, hours_of(asked.at)) for rank, (sound, course) in enumerate(sounds, start=1)]
    pages = {"page": 1, "size": len(listed), "total_count": len(listed), "has_more": False}
    return Answer({"code": 0, "msg": "OK", "data": {"sound_list": listed, "pagination": pages}})


PAGES = {
    "/creative/creativeCenter/trends/hashtag": _hashtags_page,
    "/CreativeOne/KnowledgeAPI/GetHashtagList": _hashtags,
    "/business/creativecenter/inspiration/popular/music/pc/en": _songs_page,
    _SONGS: _songs,
}
"""Path to what answers it."""


def _hashtag(topic: Phenomenon, rank: int, hours: float) -> dict[str, Any]:
    videos = round(recent(topic.course, hours, _DAYS * DAY))
    return {
        "hashtagID": str(number("challenge", topic.tag, bits=52)),
        "hashtagName": topic.tag,
        # Numbers are text in this answer, but not in the one of songs.
        "publishCnt": str(videos),
        "vv": str(videos * VIEWS_PER_VIDEO),
        "rankIndex": str(rank),
        "industryIDs": [str(_INDUSTRY)],
        "topCreators": [],
        "popularityCurve": [
            {"timestamp": str(time), "value": round(100 * share, 2)} for time, share in _curve(topic.course, hours)
        ],
    }


def _song(sound: Sound, course: Course, rank: int, hours: float) -> dict[str, Any]:
    return {
        "author": sound.author, "clip_id": sound.id, "country_code": "US", "cover": "", "duration": 30, "if_cml": False,
        "is_search": False, "link": f"https://www.tiktok.com/music/x-{sound.id}", "on_list_times": None, "promoted": False,
        "rank": rank, "rank_diff": None, "rank_diff_type": _UNCHANGED, "related_items": [],
        "song_id": str(number("song", sound.id, bits=60)), "title": sound.title,
        "trend": [{"time": time, "value": round(share, 2)} for time, share in _curve(course, hours)],
    }  # fmt: skip


def _curve(course: Course, hours: float) -> list[tuple[int, float]]:
    """Return the days of the chart (seconds since 1970) and how much of the day with the most uses each of them had."""
    today = hours // DAY * DAY
    uses = {today - ago * DAY: recent(course, today - (ago - 1) * DAY, DAY) for ago in reversed(range(1, _DAYS + 1))}
    most = max(uses.values()) or 1
    return [(int(day * 3_600), found / most) for day, found in uses.items()]
