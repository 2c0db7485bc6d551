"""The posts of the simulated world: which are born in an hour, and how they look at any time after.

A post gains views and votes by a smooth law of its age, so that counters never fall. Videos are TikTok's, submissions those of
Reddit and Hacker News.
"""

import functools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from trend_assets.sandbox import words
from trend_assets.sandbox.chance import chance, number, scattered
from trend_assets.sandbox.courses import Rise
from trend_assets.sandbox.phenomena import HOME, Phenomenon, Sound, evergreens, spawned

VIEWS_PER_VIDEO = 900
"""Of a hashtag, on average."""
_AUTHORS = 40_000
"""Accounts, those of spam apart."""
_REMOVED = {"trend": 0.03, "evergreen": 0.03, "spam": 0.6, "bots": 0.5}
"""Share of posts that are removed within hours."""
_HOSTILE_SHARE = 0.01
_BEFORE_1970 = 48
"""Ids count up with the seconds from these hours before 1970, so that those of every possible time are positive."""


@dataclass(frozen=True, slots=True)
class Author:
    """An account."""

    id: int
    handle: str


@dataclass(frozen=True, slots=True)
class Post:
    """A video or a submission."""

    id: int
    created: float
    """Hours since 1970."""
    author: Author
    text: str
    reach: float
    """Views (a video) or votes (a submission) that it will have in the end."""
    hours_to_reach: float
    """Hours until it has 63 % of them."""
    rates: tuple[float, float, float]
    """Likes, comments and shares per view; comments per vote is the second."""
    removed: float
    """Hours since 1970 at which it is removed; infinite when it stays."""
    tags: tuple[str, ...] = ()
    sound: Sound | None = None
    community: str = ""
    flair: str = ""

    def is_there(self, hours: float) -> bool:
        """Return whether it can be seen at a time."""
        return self.created <= hours < self.removed

    def gained(self, hours: float) -> int:
        """Return its views or votes at a time; never falls."""
        return int(self.reach * -math.expm1((self.created - hours) / self.hours_to_reach))

    def heat(self, hours: float, fresh: float = 0) -> float:
        """Return what lists order by: views or votes gained per hour, and an advance of `fresh` for what is new."""
        age = hours - self.created
        return self.reach / self.hours_to_reach * math.exp(-age / self.hours_to_reach) + fresh * math.exp(-age)


@functools.lru_cache(maxsize=200)
def videos(seed: int, hour: int) -> tuple[Post, ...]:
    """Return TikTok's videos of an hour (whole hours since 1970)."""
    return tuple(
        _video(seed, phenomenon, at, draw)
        for phenomenon in _under_way(seed, hour)
        for at, draw in _births(seed, phenomenon, phenomenon.videos, hour)
    )


@functools.lru_cache(maxsize=200)
def submissions(seed: int, hour: int) -> tuple[Post, ...]:
    """Return Reddit's submissions of an hour (whole hours since 1970)."""
    return tuple(
        _submission(seed, phenomenon, at, draw)
        for phenomenon in _under_way(seed, hour)
        for at, draw in _births(seed, phenomenon, phenomenon.submissions, hour)
    )


def _under_way(seed: int, hour: int) -> tuple[Phenomenon, ...]:
    return (*evergreens(seed), *spawned(seed, hour, hour + 1))


def _births(seed: int, phenomenon: Phenomenon, per_use: float, hour: int) -> Iterator[tuple[float, random.Random]]:
    """Yield the time of each post about the phenomenon in the hour, and a source of chance for it."""
    if not per_use:
        return
    draw, offset = chance(seed, "posts", phenomenon.name, hour), number(seed, phenomenon.name, bits=20) / 2**20
    before, after = (math.floor(phenomenon.course.total(at) * per_use + offset) for at in (hour, hour + 1))
    start, end = float(hour), hour + 1.0
    if isinstance(phenomenon.course, Rise):
        start, end = max(start, phenomenon.course.onset), min(end, phenomenon.course.end)
    for _ in range(after - before):
        yield draw.uniform(start, end), draw


def _video(seed: int, about: Phenomenon, created: float, draw: random.Random) -> Post:
    author = _author(seed, about, draw)
    tags = tuple(dict.fromkeys([*([about.tag] if about.tag else []), *_more_tags(about, draw)]))
    text = f"{_sentence(draw)} {' '.join(f'#{tag}' for tag in tags)}"
    likes = draw.uniform(0.04, 0.14)
    rates = (likes, likes * draw.uniform(0.01, 0.08), likes * draw.uniform(0.01, 0.15))
    identity = (int((created + _BEFORE_1970) * 3_600) << 32) + draw.getrandbits(32)
    reach = _reach(about, created, draw, median=15_000)
    return Post(
        identity, created, author, text, reach, draw.uniform(1.5, 7), rates, _removed(about, created, draw), tags,
        about.sound or _any_sound(seed, author, draw),
    )  # fmt: skip


def _submission(seed: int, about: Phenomenon, created: float, draw: random.Random) -> Post:
    community = about.flair[0] if about.flair else HOME
    flair = about.flair[1] if about.flair else draw.choice(words.COMMUNITIES[HOME])
    author = _author(seed, about, draw)
    text = _sentence(draw) if about.flair else f"{about.phrase}: {draw.choice(words.DOINGS)} {draw.choice(words.ENDINGS)}"
    identity = int((created + _BEFORE_1970) * 3_600) * 100_000 + draw.randrange(100_000)
    reach = _reach(about, created, draw, median=25)
    return Post(
        identity, created, author, text.strip(), reach, draw.uniform(1.5, 5), (1, draw.uniform(0.1, 0.6), 0),
        _removed(about, created, draw), community=community, flair=flair,
    )  # fmt: skip


def _reach(about: Phenomenon, created: float, draw: random.Random, median: float) -> float:
    usual = draw.lognormvariate(math.log(median), 1.2)
    if about.kind == "bots":
        return draw.uniform(0, 0.9) if about.phrase else draw.uniform(2, 40)
    if about.kind == "spam":
        return median * draw.uniform(15, 25)
    if isinstance(about.course, Rise):
        return usual * (1 + 2 * about.course.rate(created) / about.course.height)
    return usual


def _removed(about: Phenomenon, created: float, draw: random.Random) -> float:
    hours = draw.uniform(1, 12)
    return created + hours if draw.random() < _REMOVED[about.kind] else math.inf


def _author(seed: int, about: Phenomenon, draw: random.Random) -> Author:
    place = _AUTHORS + number(seed, about.name, bits=20) if about.kind == "spam" else draw.randrange(_AUTHORS)
    identity = scattered(place + 1 + seed * 2 * _AUTHORS)
    starts, ends = words.HANDLE_STARTS, words.HANDLE_ENDS
    handle = f"{starts[identity % len(starts)]}.{ends[identity // len(starts) % len(ends)]}{place}"
    return Author(6 * 10**18 + identity, handle)


def _more_tags(about: Phenomenon, draw: random.Random) -> list[str]:
    if about.kind == "spam":
        return []
    pool = ("marketing", "ai") if about.kind == "bots" else words.EVERGREEN_TAGS
    return draw.sample(pool, draw.randint(0, 2))


def _any_sound(seed: int, author: Author, draw: random.Random) -> Sound:
    if draw.random() < 0.4:  # noqa: PLR2004 - the others use their own
        return draw.choice(_evergreen_sounds(seed))
    title = words.ORIGINAL_SOUND[author.id % len(words.ORIGINAL_SOUND)]
    return Sound(str(7 * 10**18 + scattered(author.id)), f"{title} - {author.handle}", author.handle)


@functools.lru_cache(maxsize=8)
def _evergreen_sounds(seed: int) -> tuple[Sound, ...]:
    return tuple(topic.sound for topic in evergreens(seed) if topic.sound)


def _sentence(draw: random.Random) -> str:
    if draw.random() < _HOSTILE_SHARE:
        return draw.choice(words.HOSTILE)
    parts = (
        draw.choice(words.OPENINGS) + ":",
        draw.choice(words.THINGS),
        draw.choice(words.DOINGS),
        draw.choice(words.ENDINGS),
    )
    return " ".join(part for part in parts if part)
