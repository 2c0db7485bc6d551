"""X: trend lists (of its API, v2 and v1.1, and the explore page's GraphQL timeline) and tweets of a search timeline.

With a token (`TREND_X_TOKEN`) the API is asked, without one the explore page, which X shows only to those who are logged in.
The page's lists and answers of v1.1 are recorded, those of v2 are known from documentation
(https://docs.x.com/x-api/trends/trends-by-woeid/introduction); none of it was tried. The page shows nothing but the lists that
it loads: without them it is not read.
"""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from trend_assets.capture.hashtags import distinct_hashtags
from trend_assets.capture.items import Item, ItemType, Parsed, Rejected, as_count, build, collect
from trend_assets.capture.keys import Key, hashtag_key, normalize, phrase_keys, topic_key
from trend_assets.capture.numbers import text_count
from trend_assets.capture.payload import Delivery, at, exact_id, first_text, not_recognized, rows, unknown_surface
from trend_assets.capture.surfaces import Surface
from trend_assets.capture.visits import json_answers, wants_login
from trend_assets.errors import AccessError, SettingsError
from trend_assets.net.response import Response
from trend_assets.net.visitor import Visitor

PLATFORM = "x"

SURFACE_TYPES = {
    "trending": "the topics of a place's trend list or of the explore page",
    "search": "the tweets of a search",
}

LIVE = frozenset({"trending"})

_SITE, _API = "https://x.com", "https://api.x.com"
_EXPLORE = "/explore/tabs/trending"
_LIST = re.compile(r"^https://x\.com/i/api/graphql/[^/]+/GenericTimelineById\b")
"""The requests of the page for its list; what stands before the name changes with each release of the site."""
_LOGIN = re.compile(r"/(i/flow/login|login|account/access)(/|$)")
_WORLD, _PLACE = "1", re.compile(r"[0-9]{1,10}")
"""Places are named by Yahoo's Where On Earth IDs."""
_LIMIT = 50
"""Topics of one answer: the most that the API gives."""
_FURNITURE = frozenset(
    {
        "TimelineFrame",
        "TimelineLabel",
        "TimelineMessagePrompt",
        "TimelinePrompt",
        "TimelineSpelling",
        "TimelineTimelineCursor",
    }
)
"""What stands between the entries of a timeline and is none of them."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TWITTER_TIME = re.compile(r"[A-Za-z]{3} ([A-Za-z]{3}) ([0-9]{2}) ([0-9:]{8}) ([+-][0-9]{4}) ([0-9]{4})")


async def capture(surface: Surface, visitor: Visitor) -> Delivery:
    """Return the topics of a place from the API, or of the explore page, in one request or two.

    Raises:
        SettingsError: the surface's key is no place, or names one although there is no token.
        AccessError: X asks for a login, or refuses the token.
        BudgetError, HostError, PayloadError: as `Visitor.get` and `Visitor.visit`.
    """
    if visitor.token:
        return Delivery(((await _place_trends(surface, visitor)).json(),))
    if surface.surface_key:
        raise SettingsError(f"{surface.id}: only the API knows places: set TREND_X_TOKEN, or leave the surface_key out.")
    visit = await visitor.visit(_SITE + _EXPLORE, wanted=_LIST)
    answers, missing = json_answers(visit)
    if wants_login(visit, _LOGIN, has_list=bool(answers)):
        raise AccessError(
            f"X asks for a login on {_EXPLORE}: store one, as docs/operations.md says, set TREND_X_TOKEN, or leave the surface "
            "out."
        )
    return Delivery(tuple(answers) or (visit.html,), missing, is_page=True)


async def _place_trends(surface: Surface, visitor: Visitor) -> Response:
    """Ask version 2 of the API, or version 1.1 where that is not granted: which one is depends on the token's plan."""
    place = surface.surface_key or _WORLD
    if not _PLACE.fullmatch(place):
        raise SettingsError(
            f"{surface.id}: {place!r} is no place; write the surface_key like 23424977 (WOEID of the United States), or leave "
            "it out."
        )
    headers = {"Authorization": f"Bearer {visitor.token}"}
    try:
        return await visitor.get(f"{_API}/2/trends/by/woeid/{place}", {"max_trends": _LIMIT}, headers, granted=True)
    except AccessError as refusal:
        try:
            return await visitor.get(f"{_API}/1.1/trends/place.json", {"id": place}, headers, granted=True)
        except AccessError as error:
            raise AccessError(f"{refusal} {error} Perhaps TREND_X_TOKEN is wrong, or its plan holds no trends.") from error


def _topic_keys(fields: Mapping[str, Any]) -> list[Key | None]:
    return [topic_key(PLATFORM, fields.get("text_content"))]


def _tweet_keys(fields: Mapping[str, Any]) -> list[Key]:
    tags = [hashtag_key(PLATFORM, tag) for tag in fields.get("hashtags") or ()]
    return [key for key in tags if key] or phrase_keys(fields.get("text_content"))


ITEM_TYPES = {
    # "152K posts" names no window; it is read as the count of the last 24 hours, as tweet_volume is documented to be.
    "topic": ItemType("topic", False, _topic_keys, ("volume_24h",)),
    "tweet": ItemType("tweet", True, _tweet_keys, ("view_count", "like_count", "comment_count", "share_count")),
}


def parse(payload: object, surface_type: str) -> Parsed:
    """Return the topics of a trend list or the tweets of a search, in their order."""
    if surface_type not in SURFACE_TYPES:
        return unknown_surface(PLATFORM, surface_type, SURFACE_TYPES)
    parsed = _trending(payload) if surface_type == "trending" else _search(payload)
    errors = at(payload, "errors")
    if errors and parsed.shape and not (parsed.items or parsed.rejected):
        # A failed read is not an empty one.
        words = first_text(*(at(error, name) for error in rows(errors) for name in ("detail", "message", "title")))
        return Parsed(None, problem=f"X answered with an error ({(words or 'without words')[:80]!r}) and no entries")
    return parsed


def _trending(payload: object) -> Parsed:
    if isinstance(at(payload, "data"), list):
        return collect("trends_by_woeid", _ranked_topics(rows(at(payload, "data"))))
    places = [payload] if isinstance(payload, dict) else rows(payload)
    if any(isinstance(at(place, "trends"), list) for place in places):
        return collect("trends_place", _place_topics(places))
    instructions = at(payload, "data", "timeline", "timeline", "instructions")
    if isinstance(instructions, list):
        return collect("explore_timeline", _timeline_topics(instructions))
    return not_recognized(
        "an X trend list ([{trends: […]}] or {data: […]}) or explore timeline (data.timeline.timeline.instructions)", payload
    )


def _place_topics(places: list[Any]) -> Iterator[Item | Rejected]:
    for place in places:
        trends = at(place, "trends")
        if not isinstance(trends, list):
            yield Rejected("not_an_object", "a place of the trend list has no trends", place)
            continue
        yield from _ranked_topics(trends)


def _ranked_topics(trends: list[Any]) -> Iterator[Item | Rejected]:
    for rank, trend in enumerate(trends, start=1):
        yield _topic(trend, rank)


def _timeline_topics(instructions: list[Any]) -> Iterator[Item | Rejected]:
    for rank, content in enumerate(_contents(instructions), start=1):
        if isinstance(content, dict) and _kind(content) != "TimelineTrend":
            yield Rejected("foreign_kind", f"entry {rank} of the timeline is no trend", content)
        else:
            yield _topic(content, rank)


def _topic(trend: object, rank: int) -> Item | Rejected:
    if not isinstance(trend, dict):
        return Rejected("not_an_object", f"entry {rank} of the trend list is no object", trend)
    if any(trend.get(mark) for mark in ("promoted_content", "promoted_metadata", "promotedMetadata")):
        return Rejected("promoted", f"entry {rank} of the trend list is paid for", trend)
    name = _unescaped_name(first_text(trend.get("name"), trend.get("trend_name")))
    return build(
        PLATFORM,
        ITEM_TYPES["topic"],
        trend,
        platform_item_id=f"topic:{normalize(name)}" if name and normalize(name) else None,
        rank=rank,
        text_content=name,
        hashtags=distinct_hashtags([name]) if name and _is_hashtag(name) else [],
        volume_24h=_volume(trend),
        canonical_url=_topic_url(name, at(trend, "trend_url", "url")),
    )


def _is_hashtag(name: str) -> bool:
    key = topic_key(PLATFORM, name)
    return key is not None and key.key_type == "hashtag"


def _unescaped_name(value: object) -> str | None:
    # Stored v1.1 answers are escaped twice: "#Pel\\u00EDculas", "AC\\/DC".
    text = first_text(value)
    if text is None:
        return None
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text.replace("\\/", "/"))
    return first_text(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _volume(trend: dict[str, Any]) -> object:
    for count_of_the_day in (trend.get("tweet_volume"), trend.get("tweet_count")):
        if count_of_the_day not in (None, ""):
            return count_of_the_day
    texts = (at(trend, "trend_metadata", "meta_description"), at(trend, "social_context", "text"))
    parts = [part for text in texts if isinstance(text, str) for part in reversed(text.split("·"))]
    return next((count for part in parts if (count := text_count(part)) is not None), None)


def _topic_url(name: str | None, link: object) -> str | None:
    story = re.fullmatch(r"twitter://trending/([0-9]{1,30})", link) if isinstance(link, str) else None
    if story:
        return f"{_SITE}/i/trending/{story[1]}"
    return f"{_SITE}/search?q={quote(name, safe='', errors='replace')}" if name else None


def _search(payload: object) -> Parsed:
    instructions = at(payload, "data", "search_by_raw_query", "search_timeline", "timeline", "instructions")
    if not isinstance(instructions, list):
        return not_recognized("an X search timeline (data.search_by_raw_query.search_timeline)", payload)
    return collect("search_timeline", _tweets(instructions))


def _tweets(instructions: list[Any]) -> Iterator[Item | Rejected]:
    for rank, content in enumerate(_contents(instructions), start=1):
        if not isinstance(content, dict):
            yield Rejected("not_an_object", f"entry {rank} of the timeline is no object", content)
        elif _kind(content) != "TimelineTweet":
            yield Rejected("foreign_kind", f"entry {rank} of the timeline is no tweet", content)
        elif content.get("promotedMetadata") or content.get("promoted_metadata"):
            yield Rejected("promoted", f"entry {rank} of the timeline is paid for", content)
        else:
            yield _tweet(content, rank)


def _tweet(content: dict[str, Any], rank: int) -> Item | Rejected:
    result = at(content, "tweet_results", "result")
    # A tweet whose replies are limited is wrapped once more; one that is gone has no result, or a tombstone.
    tweet = at(result, "tweet") or result
    if not isinstance(tweet, dict) or not isinstance(tweet.get("legacy"), dict):
        return Rejected("unavailable", f"entry {rank} of the timeline holds no readable tweet", content)
    return build(PLATFORM, ITEM_TYPES["tweet"], content, rank=rank, **_tweet_fields(tweet))


def _tweet_fields(tweet: dict[str, Any]) -> dict[str, Any]:
    legacy, user = tweet["legacy"], at(tweet, "core", "user_results", "result")
    note = at(tweet, "note_tweet", "note_tweet_results", "result")
    handle = first_text(at(user, "core", "screen_name"), at(user, "legacy", "screen_name"))
    identity = exact_id(tweet.get("rest_id"))
    # A long tweet is cut in `legacy`; the note has all of it.
    text = first_text(at(note, "text"), legacy.get("full_text"))
    tags = [*rows(at(note, "entity_set", "hashtags")), *rows(at(legacy, "entities", "hashtags"))]
    return {
        "platform_item_id": identity,
        "author_id": exact_id(at(user, "rest_id"), legacy.get("user_id_str")),
        "author_handle": handle,
        "text_content": html.unescape(text) if text else None,
        "hashtags": distinct_hashtags(at(tag, "text") for tag in tags),
        "view_count": at(tweet, "views", "count"),
        "like_count": legacy.get("favorite_count"),
        "comment_count": legacy.get("reply_count"),
        "share_count": _sum(legacy.get("retweet_count"), legacy.get("quote_count")),
        "item_created_at": _iso_time(legacy.get("created_at")),
        "canonical_url": f"{_SITE}/{quote(handle or 'i', safe='', errors='replace')}/status/{identity}" if identity else None,
    }


def _contents(instructions: list[Any]) -> Iterator[object]:
    """Yield what the entries of a timeline hold, without cursors and other furniture."""
    for instruction in instructions:
        entries = rows(at(instruction, "entries"))
        single = at(instruction, "entry")
        for entry in entries if single is None else [*entries, single]:
            yield from _entry_contents(entry)


def _entry_contents(entry: object) -> Iterator[object]:
    content = at(entry, "content")
    if not isinstance(content, dict):
        yield entry
        return
    if _kind(content) in _FURNITURE:
        return
    modules = content.get("items")
    found = [at(part, "item", "itemContent") or part for part in modules] if isinstance(modules, list) else []
    if not isinstance(modules, list):
        found = [content.get("itemContent") or content]
    yield from (part for part in found if _kind(part) not in _FURNITURE)


def _kind(content: object) -> str | None:
    return first_text(at(content, "__typename"), at(content, "itemType"), at(content, "entryType"))


def _sum(*counts: object) -> object:
    given = [count for count in counts if count is not None]
    numbers = [number for count in given if (number := as_count(count)) is not None]
    if len(numbers) < len(given):
        return next(count for count in given if as_count(count) is None)
    return sum(numbers) if given else None


def _iso_time(value: object) -> str | None:
    match = _TWITTER_TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[1] not in _MONTHS:
        return None
    month, day, clock, zone, year = match.groups()
    return f"{year}-{_MONTHS.index(month) + 1:02d}-{day}T{clock}{zone[:3]}:{zone[3:]}"
