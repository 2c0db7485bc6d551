"""A made-up recorded history with known trends: what two surfaces showed, hour by hour, as lines of archive files.

Pure: the same seed, first hour and number of hours give the same lines, and a longer history begins like a shorter one.
`RISES` is what a detector should find, `FLOOD` what it should refuse; everything else is evergreen and should stay quiet.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from trend_assets.hours import HOUR

CAPTURE_MINUTE = 7
"""Minute of the hour at which both surfaces are captured."""
OUTAGE = range(56, 59)
"""Hours of the history in which TikTok delivers nothing."""


@dataclass(frozen=True, slots=True)
class Rise:
    """A sound or hashtag that climbs to a height and falls back to nothing."""

    key_type: str
    name: str
    """Title of the sound, or the hashtag without its #."""
    start: int
    """Hour of the history in which it is first shown."""
    climb: int
    """Hours from the start to the height."""
    fall: int
    """Hours from the height to the end."""
    height: int
    """Uses per hour at the height."""

    @property
    def key(self) -> str:
        """Its cluster key."""
        return f"tiktok:{_number(self.name)}" if self.key_type == "audio_id" else f"tiktok:#{self.name}"

    @property
    def end(self) -> int:
        """Hour of the history in which it is used no more."""
        return self.start + self.climb + self.fall

    def rate(self, hour: int) -> int:
        """Return the new uses of an hour."""
        age = hour - self.start
        return (
            self.height * (age if age < self.climb else self.climb) // self.climb if age <= self.climb else self._falling(age)
        )

    def _falling(self, age: int) -> int:
        return max(0, self.height * (self.climb + self.fall - age) // self.fall)


RISES = (
    Rise("audio_id", "Kitchen Disco", start=4, climb=8, fall=10, height=900),
    Rise("hashtag", "夜市チャレンジ", start=14, climb=8, fall=12, height=640),
    Rise("hashtag", "quedateconmigo", start=28, climb=7, fall=10, height=480),
    Rise("audio_id", "Glass Harbor (sped up)", start=44, climb=10, fall=22, height=1200),
    Rise("hashtag", "tinygarden", start=58, climb=18, fall=20, height=800),
    Rise("audio_id", "تحدي الظل", start=69, climb=9, fall=12, height=700),
)
"""The first three are over within 72 hours; the others are under way at their end."""

PHRASE = "phrase:nobody_wants_to_work"
"""A saying that many people post on Reddit for a few hours."""
_PHRASE_POSTS = {33: 2, 34: 9, 35: 19, 36: 11, 37: 4}
FLOOD = "reddit:r/deals|promo"
"""One account posts again and again, and buys votes: high figures, no trend."""
_FLOOD_POSTS = {62: 4, 63: 16}

_SOUNDS = ("Morning Loop", "Lo-fi Rain", "オルゴールの朝", "Cumbia Libre", "Piano Study No. 4", "Samba de Quintal", "مقطع هادئ")
_HASHTAGS = ("recipe", "gym", "study", "猫のいる暮らし", "receitas", "diy", "viajes", "skincare")
_CREATORS = ("lena.paints", "chef_aziz", "tokyo_walks", "maria.baila", "dr.ferns")
_COMMUNITIES = (
    ("marketing", "Question"), ("smallbusiness", "Discussion"), ("technology", "News"), ("de", "Nachrichten"),
    ("brasil", "Notícias"), ("newsokur", "議論"), ("mexico", "Preguntas"), ("france", "Actus"), ("jobs", "Work"),
    ("antiwork", "Rant"), ("careerguidance", "Advice"), ("australia", "Society"),
)  # fmt: skip
_TITLES = (
    "Which {} would you buy today?", "{}: ein Erfahrungsbericht", "Meu {} chegou ontem", "{} を買ってよかった",
    "Mi {} dejó de funcionar", "Quel {} choisir?", "The {} I fixed myself", "An honest look at the {}",
)  # fmt: skip
_THINGS = ("keyboard", "Wasserkocher", "violão", "自転車", "teléfono", "vélo", "radio", "tent", "sewing machine", "telescope")
_ENDS = ("a manager told me", "heard it again today", "says who?", "a poster from 1981", "so pay them", "my uncle at dinner")
_HOSTILE_TITLE = "<img src=x onerror=alert(1)> | [prize](javascript:alert(1)) **free** `code`"
"""Captured text is hostile; it must be harmless wherever it is shown."""
_HOSTILE_HOUR = 70

_NEW_POSTS = 3
_LISTED_HOURS = 5
"""How long Reddit's listing shows a post."""


@dataclass(frozen=True, slots=True)
class History:
    """Lines of two archive files: `{"captured_at": …, "payload": …}` as JSON."""

    discover: tuple[str, ...]
    """TikTok's discover lists."""
    rising: tuple[str, ...]
    """Reddit's rising listings."""


def record(seed: int, first_hour: datetime, hours: int) -> History:
    """Return what was captured in the hours from `first_hour` (naive UTC) on: about 40 items an hour."""
    discover = tuple(_line(first_hour, hour, _discover(seed, hour)) for hour in range(hours) if hour not in OUTAGE)
    return History(discover, tuple(_line(first_hour, hour, _rising(seed, first_hour, hour)) for hour in range(hours)))


def _line(first_hour: datetime, hour: int, payload: dict[str, Any]) -> str:
    at = first_hour + hour * HOUR + timedelta(minutes=CAPTURE_MINUTE)
    return json.dumps({"captured_at": f"{at.isoformat()}Z", "payload": payload}, ensure_ascii=False)


def _discover(seed: int, hour: int) -> dict[str, Any]:
    """Return a discover list in the shape of t.tiktok.com."""
    rises = [rise for rise in RISES if rise.start <= hour < rise.end + 2]
    sounds = [(name, _steady(seed, name, hour)) for name in _SOUNDS]
    sounds += [(rise.name, _risen(seed, rise, hour)) for rise in rises if rise.key_type == "audio_id"]
    tags = [(name, _steady(seed, name, hour)) for name in _HASHTAGS]
    tags += [(rise.name, _risen(seed, rise, hour)) for rise in rises if rise.key_type == "hashtag"]
    return {
        "user": [{"id": name, "userId": str(_number(name)), "name": name} for name in _CREATORS],
        "hashtag": [{"name": name, "stats": {"posts": uses, "views": uses * 900}} for name, uses in tags],
        "music": [
            {"musicId": str(_number(name)), "musicInfo": {"title": name}, "stats": {"posts": uses}} for name, uses in sounds
        ],
    }


def _steady(seed: int, name: str, hour: int) -> int:
    """Return the uses so far of something evergreen: a large number that grows by nearly the same every hour."""
    pace = 1 + _number(name) % 2
    return _number(name) % 90_000 + 10_000 + pace * hour + _random(seed, name, hour).randint(0, 1)


def _risen(seed: int, rise: Rise, hour: int) -> int:
    rates = ((rise.rate(at), _random(seed, rise.name, at)) for at in range(rise.start, hour + 1))
    return 40 + sum(round(rate * chance.uniform(0.97, 1.03)) for rate, chance in rates)


def _rising(seed: int, first_hour: datetime, hour: int) -> dict[str, Any]:
    """Return a listing of the posts of the last hours, newest first."""
    posts = [post for born in range(hour, hour - _LISTED_HOURS, -1) for post in _posts(seed, first_hour, born, hour)]
    return {"kind": "Listing", "data": {"after": None, "before": None, "children": posts}}


def _posts(seed: int, first_hour: datetime, born: int, hour: int) -> Iterator[dict[str, Any]]:
    """Yield the posts of the hour `born` as they look in `hour`."""
    chance = _random(seed, "posts", born)
    drafts = [
        (_author(chance), chance.choice(_COMMUNITIES), chance.choice(_TITLES).format(chance.choice(_THINGS)), 400)
        for _ in range(_NEW_POSTS)
    ]
    if born == _HOSTILE_HOUR:
        drafts.append((_author(chance), _COMMUNITIES[0], _HOSTILE_TITLE, 400))
    drafts += [
        (_author(chance), _COMMUNITIES[number % len(_COMMUNITIES)], f"Nobody wants to work: {chance.choice(_ENDS)}", 9_000)
        for number in range(_PHRASE_POSTS.get(born, 0))
    ]
    drafts += [
        ("best_deals_4u", ("deals", "Promo"), f"Best VPN 83% off today: code {chance.randrange(10**6)}", 17_500)
        for _ in range(_FLOOD_POSTS.get(born, 0))
    ]
    created = (first_hour + born * HOUR).replace(tzinfo=UTC).timestamp()
    for number, (author, (community, flair), title, votes) in enumerate(drafts):
        share = (hour - born + 1) / _LISTED_HOURS
        score = round(votes * chance.uniform(0.5, 1) * share) + 1
        identity = f"{_number(f'{created:.0f}/{number}'):x}"
        yield {
            "kind": "t3",
            "data": {
                "id": identity, "title": title, "author": author, "author_fullname": f"t2_{_number(author):x}",
                "score": score, "num_comments": score // 12, "subreddit": community, "link_flair_text": flair,
                "created_utc": created + 60 * number, "permalink": f"/r/{community}/comments/{identity}/post/",
            },
        }  # fmt: skip


def _author(chance: random.Random) -> str:
    return f"user_{chance.randrange(10**6)}"


def _random(seed: int, name: str, hour: int) -> random.Random:
    """Return a source of chance of its own for each thing and hour, so that a longer history begins like a shorter one."""
    return random.Random(f"{seed}/{name}/{hour}")  # noqa: S311 - no secret


def _number(name: str) -> int:
    """Return a number that looks like a platform's id, always the same for a name."""
    return random.Random(name).randrange(7 * 10**15, 8 * 10**15)  # noqa: S311 - no secret
