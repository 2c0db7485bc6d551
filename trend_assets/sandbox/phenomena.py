"""What goes on in the simulated world: trends, evergreen topics, one-author spam and bursts of bots.

Each UTC day starts its own trends, floods and bursts, evergreen topics are for ever. Posts about them are in `posts`.
"""

import functools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from trend_assets.sandbox import words
from trend_assets.sandbox.chance import chance, number
from trend_assets.sandbox.courses import DAY, Course, Rise, Season, time_of

Kind = Literal["trend", "evergreen", "spam", "bots"]

LONGEST_HOURS = 60
"""No phenomenon of a day ends later than this after the day's start."""
HOME = "marketing"
"""The subreddit in which the sayings of trends, spam and bots are posted."""

_SEARCHES = 4
"""Of a trend's saying, per use."""
_TIMES = ("onset", "peak", "end")
_STRIDE = 1_237
"""A prime: names are used in an order that repeats only when all were used."""
_A_DAY = 17
"""More names than a day needs; without a common factor with the numbers of words, or days would share their words."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound of TikTok."""

    id: str
    title: str
    author: str


@dataclass(frozen=True, slots=True)
class Phenomenon:
    """One thing that goes on. It is a sound, a hashtag, a saying or a subreddit's flair, or a hashtag and a saying at once."""

    kind: Kind
    name: str
    """Its own in this world."""
    course: Course
    """Uses per hour, as the platform counts them."""
    videos: float = 0
    """TikTok's videos that the simulation shows, per use."""
    submissions: float = 0
    """Reddit's posts, which Hacker News has too, per use."""
    searches: float = 0
    """Google's searches per use."""
    sound: Sound | None = None
    tag: str | None = None
    phrase: str | None = None
    flair: tuple[str, str] | None = None
    """Subreddit and flair."""

    @property
    def words(self) -> str:
        """What people call it: its saying, else its hashtag; empty for sounds and flairs."""
        return self.phrase or self.tag or ""

    @property
    def is_real(self) -> bool:
        """Whether people make it, not floods or bots."""
        return self.kind in ("trend", "evergreen")

    @property
    def saying(self) -> str | None:
        """What people call it: its phrase, or its flair."""
        return self.phrase or (self.flair[1] if self.flair else None)

    def truths(self) -> Iterator[dict[str, Any]]:
        """Yield what a detector can know of it: one object per cluster key."""
        for key_type, key, surfaces in self._keys():
            course = self.course if isinstance(self.course, Rise) else None
            times = {name: f"{time_of(getattr(course, name)).isoformat()}Z" if course else None for name in _TIMES}
            yield {"cluster_key_type": key_type, "cluster_key": key, "kind": self.kind, **times, "surfaces": surfaces}

    def _keys(self) -> Iterator[tuple[str, str, list[str]]]:
        if self.sound:
            yield "audio_id", f"tiktok:{self.sound.id}", ["tiktok:discover", "tiktok:trending_sounds"]
        if self.tag:
            yield "hashtag", f"tiktok:#{self.tag}", ["tiktok:discover", f"tiktok:hashtag:{self.tag}"]
            yield "hashtag", f"mastodon:#{self.tag}", ["mastodon:trends"]
        if self.saying:
            posts = self.submissions if self.phrase else 0
            shown = {"reddit:rising": posts, "hackernews:front_page": posts, "google_trends:rss:US": self.searches}
            shown |= {"bluesky:trending": self.submissions * self.is_real}
            shown |= dict.fromkeys(("rss:feed:global_voices", "rss:feed:un_news"), posts * self.is_real)
            words = "_".join(re.findall(r"\w+", self.saying.casefold()))
            yield "phrase", f"phrase:{words}", [name for name, per_use in shown.items() if per_use]
        if self.flair:
            surface = "reddit:rising" if self.flair[0] == HOME else f"reddit:rising:{self.flair[0]}"
            yield "entity", f"reddit:r/{self.flair[0]}|{self.flair[1]}".casefold(), [surface]


@functools.lru_cache(maxsize=8)
def evergreens(seed: int) -> tuple[Phenomenon, ...]:
    """Return the evergreen topics."""
    return (*_evergreen_sounds(seed), *_evergreen_tags(seed), *_flairs(seed), *_evergreen_searches(seed))


def spawned(seed: int, start: float, end: float) -> Iterator[Phenomenon]:
    """Yield what is under way between two times (hours since 1970), by day of its start."""
    for day in range(math.floor((start - LONGEST_HOURS) / DAY), math.floor(end / DAY) + 1):
        for phenomenon in _of_day(seed, day):
            course = phenomenon.course
            if isinstance(course, Rise) and course.onset < end and course.end > start:
                yield phenomenon


@functools.lru_cache(maxsize=256)
def _of_day(seed: int, day: int) -> tuple[Phenomenon, ...]:
    draw = chance(seed, "day", day)
    forms = draw.sample(("sound", "hashtag", "saying", "everywhere"), draw.randint(2, 4))
    trends = [_trend(seed, day, place, form) for place, form in enumerate(forms)]
    return (*trends, *_floods(seed, day), *_bursts(seed, day))


def _trend(seed: int, day: int, place: int, form: str) -> Phenomenon:
    draw = chance(seed, "trend", day, place)
    onset = day * DAY + draw.uniform(0, DAY)
    peak = onset + draw.uniform(4, 12)
    course = Rise(onset, peak, peak + draw.uniform(6, 22), round(math.exp(draw.uniform(math.log(150), math.log(2_500)))))
    index = day * _A_DAY + place
    name = f"trend-{day}-{place}"
    tag, phrase = _joined(words.TAG_STARTS, words.TAG_ENDS, seed, index, ""), _saying(seed, index)
    videos, submissions = draw.uniform(8, 25) / course.height, draw.uniform(5, 12) / course.height
    if form == "sound":
        return Phenomenon("trend", name, course, videos, sound=_sound(seed, name, index))
    if form == "hashtag":
        return Phenomenon("trend", name, course, videos, tag=tag)
    if form == "saying":
        return Phenomenon("trend", name, course, 0, submissions, _SEARCHES, phrase=phrase)
    return Phenomenon("trend", name, course, videos, submissions, _SEARCHES, tag=phrase.replace(" ", ""), phrase=phrase)


def _floods(seed: int, day: int) -> Iterator[Phenomenon]:
    """Yield floods by one author: many posts in an hour or two, with bought views."""
    for place, (tag, phrase) in enumerate(((_of(words.SPAM_TAGS, day), None), (None, _of(words.SPAM_PHRASES, day)))):
        course = _short(seed, f"spam-{day}-{place}", day, height=chance(seed, "spam", day, place).uniform(12, 24))
        yield Phenomenon("spam", f"spam-{day}-{place}", course, float(bool(tag)), float(bool(phrase)), tag=tag, phrase=phrase)


def _bursts(seed: int, day: int) -> Iterator[Phenomenon]:
    """Yield bursts of bots: many accounts post, nobody looks."""
    for place, (tag, phrase) in enumerate(((_of(words.BOT_TAGS, day), None), (None, _of(words.BOT_PHRASES, day)))):
        course = _short(seed, f"bots-{day}-{place}", day, height=chance(seed, "bots", day, place).uniform(20, 45))
        yield Phenomenon("bots", f"bots-{day}-{place}", course, float(bool(tag)), float(bool(phrase)), tag=tag, phrase=phrase)


def _short(seed: int, name: str, day: int, height: float) -> Rise:
    draw = chance(seed, "short", name)
    onset = day * DAY + draw.uniform(0, DAY)
    peak = onset + draw.uniform(0.5, 1.5)
    return Rise(onset, peak, peak + draw.uniform(0.5, 2), height)


def _evergreen_sounds(seed: int) -> Iterator[Phenomenon]:
    for index, title in enumerate(words.EVERGREEN_SOUNDS):
        season = _season(seed, f"evergreen-sound-{index}", 2, 300)
        sound = Sound(_sound_id(seed, season.name), title, _of(words.HANDLE_STARTS, index).title())
        yield Phenomenon("evergreen", season.name, season, sound=sound)


def _evergreen_tags(seed: int) -> Iterator[Phenomenon]:
    for tag in words.EVERGREEN_TAGS:
        season = _season(seed, f"evergreen-tag-{tag}", 400, 6_000)
        yield Phenomenon("evergreen", season.name, season, videos=chance(season.name).uniform(3, 7) / season.pace, tag=tag)


def _flairs(seed: int) -> Iterator[Phenomenon]:
    for community, flairs in words.COMMUNITIES.items():
        for flair in flairs:
            season = _season(seed, f"evergreen-flair-{community}-{flair}", 1, 3)
            yield Phenomenon("evergreen", season.name, season, submissions=1, flair=(community, flair))


def _evergreen_searches(seed: int) -> Iterator[Phenomenon]:
    for phrase in words.EVERGREEN_SEARCHES:
        season = _season(seed, f"evergreen-search-{phrase}", 20, 2_000)
        yield Phenomenon("evergreen", season.name, season, searches=1, phrase=phrase)


def _season(seed: int, name: str, least: float, most: float) -> Season:
    draw = chance(seed, name)
    pace = math.exp(draw.uniform(math.log(least), math.log(most)))
    return Season(f"{seed}/{name}", pace, draw.uniform(0.2, 0.6), draw.uniform(0, DAY))


def _sound(seed: int, name: str, index: int) -> Sound:
    title = _joined(words.SOUND_STARTS, words.SOUND_ENDS, seed, index, " ")
    return Sound(_sound_id(seed, name), title, f"{_of(words.HANDLE_STARTS, index)} {_of(words.HANDLE_ENDS, index)}")


def _sound_id(seed: int, name: str) -> str:
    return str(7 * 10**18 + number("sound", seed, name, bits=58))


def _saying(seed: int, index: int) -> str:
    return _joined(words.PHRASE_STARTS, words.PHRASE_ENDS, seed, index, " ")


def _joined(starts: Sequence[str], ends: Sequence[str], seed: int, index: int, space: str) -> str:
    """Return the index-th pair of words; all pairs come before one comes again."""
    place = (index * _STRIDE + seed) % (len(starts) * len(ends))
    return starts[place % len(starts)] + space + ends[place // len(starts)]


def _of(entries: Sequence[str], index: int) -> str:
    return entries[index % len(entries)]
