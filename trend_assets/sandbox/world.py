"""The simulated world: what the platforms would show at a time, and what is true of it.

A pure function of the seed and the time: it has no state, no beginning and no end, and asking about an older time gives what
was so then. How platforms wrap it in pages and payloads is `platforms`.
"""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trend_assets.hours import HOUR
from trend_assets.sandbox.courses import DAY, Rise, hours_of, time_of
from trend_assets.sandbox.phenomena import Phenomenon, Sound, evergreens, spawned
from trend_assets.sandbox.posts import Post, submissions, videos
from trend_assets.sandbox.words import COMMUNITIES

_LISTED_HOURS = 12
"""Lists hold posts of the last hours."""
_FRESH_VIDEO, _FRESH_SUBMISSION = 20_000, 60
"""Advance that a hashtag's page and Reddit's rising give to what is new (`Post.heat`)."""


@dataclass(frozen=True, slots=True)
class World:
    """The world of a seed. Times are naive UTC."""

    seed: int

    def explore(self, at: datetime) -> list[Post]:
        """Return TikTok's videos that gain views the fastest, the fastest first."""
        return self._listed(videos, at, lambda _post: True, fresh=0)

    def tagged(self, tag: str, at: datetime) -> list[Post]:
        """Return TikTok's videos with a hashtag, what is new and what gains views first."""
        return self._listed(videos, at, lambda post: tag in post.tags, _FRESH_VIDEO)

    def rising(self, community: str, at: datetime) -> list[Post]:
        """Return Reddit's posts of a community, what is new and what gains votes first."""
        return self._listed(submissions, at, lambda post: post.community == community, _FRESH_SUBMISSION)

    def front_page(self, at: datetime) -> list[Post]:
        """Return the submissions of all communities, as Hacker News' stories, what is new and what gains votes first."""
        return self._listed(submissions, at, lambda _post: True, _FRESH_SUBMISSION)

    def articles(self, at: datetime) -> list[Post]:
        """Return the submissions of all communities, as articles of news sites, the latest first; none is spam or by bots."""
        hours = hours_of(at)
        unreal = {topic.phrase for topic in spawned(self.seed, hours - _LISTED_HOURS - 1, hours) if not topic.is_real}
        posts = self._listed(submissions, at, lambda post: post.text.partition(":")[0] not in unreal, fresh=0)
        return sorted(posts, key=lambda post: (-post.created, post.id))

    def communities(self) -> tuple[str, ...]:
        """Return the subreddits there are."""
        return tuple(COMMUNITIES)

    def sounds(self, at: datetime) -> list[tuple[Sound, int]]:
        """Return TikTok's sounds in use and the uses of each so far, the most used now first."""
        found = [(topic, topic.sound) for topic in self._topics(at) if topic.sound]
        return [(sound, self._uses(topic, at)) for topic, sound in sorted(found, key=lambda pair: _pace(pair[0], at))]

    def tags(self, at: datetime) -> list[tuple[str, int]]:
        """Return TikTok's hashtags in use and the videos with each so far, the most used now first."""
        found = [(topic, topic.tag) for topic in self._topics(at) if topic.tag]
        return [(tag, self._uses(topic, at)) for topic, tag in sorted(found, key=lambda pair: _pace(pair[0], at))]

    def charts(self, at: datetime) -> list[Phenomenon]:
        """Return the sounds and hashtags that people use, the most used now first; those of spam and bots are left out."""
        topics = (topic for topic in self._topics(at) if (topic.sound or topic.tag) and topic.is_real)
        return sorted(topics, key=lambda topic: _pace(topic, at))

    def used(self, start: datetime, end: datetime) -> list[tuple[str, int]]:
        """Return sayings, sounds and hashtags by name, and the uses of each between two times, the most used first.

        Those of spam and bots are left out.
        """
        first, last = hours_of(start), hours_of(end)
        uses: dict[str, int] = {}
        for topic in (*spawned(self.seed, first, last), *evergreens(self.seed)):
            name = topic.phrase or (topic.sound.title if topic.sound else topic.tag)
            if name and topic.is_real:
                uses[name] = uses.get(name, 0) + int(topic.course.total(last)) - int(topic.course.total(first))
        return sorted(uses.items(), key=lambda pair: (-pair[1], pair[0]))

    def searches(self, at: datetime) -> list[tuple[str, int, datetime]]:
        """Return what is searched for on Google, the searches of the last 24 hours, and since when; the fastest first."""
        found = [(topic, topic.phrase) for topic in self._topics(at) if topic.phrase and topic.searches]
        return [
            (phrase, int((self._uses(topic, at) - self._uses(topic, at - DAY * HOUR)) * topic.searches), _started(topic, at))
            for topic, phrase in sorted(found, key=lambda pair: _pace(pair[0], at))
        ]

    def talk(self, at: datetime) -> list[tuple[str, int]]:
        """Return what people talk about, floods and bots apart, and the posts about it so far, the most talked of now first."""
        posts = Counter[str]()
        for topic in sorted(self._topics(at), key=lambda topic: _pace(topic, at)):
            if topic.saying and topic.submissions and topic.is_real:
                posts[topic.saying] += self._uses(topic, at)
        return list(posts.items())

    def all_tags(self, at: datetime) -> dict[str, int]:
        """Return every hashtag that a listed video has, or that is in use, and the videos with it so far."""
        listed = {tag: 0 for post in self.explore(at) for tag in post.tags}
        return {**listed, **dict(self.tags(at))}

    def keywords(self, at: datetime) -> list[Phenomenon]:
        """Return what people search for: the hashtags and sayings in use, the most used now first; nobody searches for spam."""
        topics = (topic for topic in self._topics(at) if topic.words and topic.is_real)
        return sorted(topics, key=lambda topic: _pace(topic, at))

    def truth(self, start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
        """Yield what is under way between two times, one JSON-ready object per cluster key.

        Keys: cluster_key_type, cluster_key (as captures make them), kind (trend, evergreen, spam, bots), onset, peak, end (ISO
        UTC; null for evergreen topics), surfaces (ids of those on which it can be seen).
        """
        for topic in itertools.chain(spawned(self.seed, hours_of(start), hours_of(end)), evergreens(self.seed)):
            yield from topic.truths()

    def _topics(self, at: datetime) -> list[Phenomenon]:
        hours = hours_of(at)
        return [*spawned(self.seed, hours, hours), *evergreens(self.seed)]

    def _uses(self, topic: Phenomenon, at: datetime) -> int:
        return int(topic.course.total(hours_of(at)))

    def _listed(
        self, born: Callable[[int, int], tuple[Post, ...]], at: datetime, wanted: Callable[[Post], bool], fresh: float
    ) -> list[Post]:
        hours = hours_of(at)
        hour = math.floor(hours)
        found = (post for born_in in range(hour - _LISTED_HOURS, hour + 1) for post in born(self.seed, born_in))
        listed = [post for post in found if post.is_there(hours) and wanted(post)]
        return sorted(listed, key=lambda post: (-post.heat(hours, fresh), post.id))


def _started(topic: Phenomenon, at: datetime) -> datetime:
    """Return since when a topic is there; one that is for ever came up with its day."""
    return (
        time_of(topic.course.onset) if isinstance(topic.course, Rise) else at.replace(hour=0, minute=0, second=0, microsecond=0)
    )


def _pace(topic: Phenomenon, at: datetime) -> tuple[float, str]:
    return -topic.course.rate(hours_of(at)), topic.name
