"""TikTok: where each form of an entry keeps its fields.

One reader per form, each from an object to the fields of `items.build`. Which payloads hold which forms is
`tiktok_shapes`; what the items are keyed by is `tiktok`. Counters are taken where they are exact, ids where they are text.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from trend_assets.capture.hashtags import distinct_hashtags, hashtags_in
from trend_assets.capture.keys import hashtag_key
from trend_assets.capture.numbers import text_count
from trend_assets.capture.payload import at, exact_id, first_count, first_text, rows

PLATFORM = "tiktok"

_SITE = "https://www.tiktok.com"
_WEB_COUNTS = {
    "view_count": "playCount",
    "like_count": "diggCount",
    "comment_count": "commentCount",
    "share_count": "shareCount",
}
_APP_COUNTS = {
    "view_count": "play_count",
    "like_count": "digg_count",
    "comment_count": "comment_count",
    "share_count": "share_count",
}
_COLLECTOR_COUNTS = {**_APP_COUNTS, "like_count": "like_count"}

Fields = dict[str, Any]


def web_video(raw: Fields) -> Fields:
    """Read an `itemStruct` of the web API and of the pages' embedded state (there the author can be a bare handle)."""
    author, music = raw.get("author"), raw.get("music")
    return _video(
        tags=[
            *(at(entry, "title") for entry in rows(raw.get("challenges"))),
            *(at(entry, "hashtagName") for entry in rows(raw.get("textExtra"))),
        ],
        platform_item_id=exact_id(raw.get("id")),
        author_id=exact_id(at(author, "id"), raw.get("authorId")),
        author_handle=_handle(at(author, "uniqueId"), author),
        text_content=raw.get("desc"),
        audio_id=_audio_id(at(music, "id")),
        audio_title=at(music, "title"),
        item_created_at=raw.get("createTime"),
        # statsV2 is exact, stats is rounded.
        **_counts(_WEB_COUNTS, raw.get("statsV2"), raw.get("stats")),
    )


def app_video(raw: Fields) -> Fields:
    """Read an `aweme` of the app's feed."""
    author, music = raw.get("author"), raw.get("music")
    return _video(
        tags=[
            *(at(entry, "cha_name") for entry in rows(raw.get("cha_list"))),
            *(at(entry, "hashtag_name") for entry in rows(raw.get("text_extra"))),
        ],
        platform_item_id=exact_id(raw.get("aweme_id")),
        author_id=exact_id(at(author, "uid")),
        author_handle=_handle(at(author, "unique_id")),
        text_content=raw.get("desc"),
        # The numeric music.id beside these two is rounded.
        audio_id=_audio_id(at(music, "id_str"), at(music, "mid")),
        audio_title=at(music, "title"),
        item_created_at=raw.get("create_time"),
        **_counts(_APP_COUNTS, raw.get("statistics")),
    )


def scraper_video(raw: Fields) -> Fields:
    """Read a row of tiktok-scraper and of the Apify actors that copy its form."""
    return _video(
        tags=[at(entry, "name") or entry for entry in rows(raw.get("hashtags"))],
        platform_item_id=exact_id(raw.get("id")),
        author_id=exact_id(at(raw, "authorMeta", "id")),
        author_handle=_handle(at(raw, "authorMeta", "name")),
        text_content=raw.get("text"),
        audio_id=_audio_id(at(raw, "musicMeta", "musicId")),
        audio_title=at(raw, "musicMeta", "musicName"),
        item_created_at=raw.get("createTime"),
        **_counts(_WEB_COUNTS, raw),
    )


def collector_video(raw: Fields) -> Fields:
    """Read a row of the trending collector; its first rows have neither an author id nor a music id."""
    return _video(
        tags=rows(raw.get("hashtags")),
        platform_item_id=exact_id(raw.get("video_id")),
        author_id=exact_id(raw.get("author_id")),
        author_handle=_handle(raw.get("author_username")),
        text_content=raw.get("desc"),
        audio_id=_audio_id(raw.get("music_id")),
        audio_title=raw.get("music_title"),
        item_created_at=raw.get("create_time"),
        **_counts(_COLLECTOR_COUNTS, raw),
    )


def linked_video(raw: Fields) -> Fields:
    """Read a page's link to a video."""
    return _video(
        tags=(),
        platform_item_id=raw["id"],
        author_handle=_handle(raw["handle"]),
        text_content=raw["text"],
    )


def discover_sound(raw: Fields) -> Fields:
    """Read `music[]` of a discover list."""
    return _sound(exact_id(raw.get("musicId")), at(raw, "musicInfo", "title"), first_count(at(raw, "stats", "posts")))


def card_sound(raw: Fields) -> Fields:
    """Read a card of type 1 of an `exploreList`."""
    extra = raw.get("extraInfo")
    return _sound(
        exact_id(at(extra, "musicId"), raw.get("id")),
        raw.get("title"),
        first_count(at(extra, "posts"), text_count(raw.get("subTitle"))),
    )


def chart_sound(raw: Fields) -> Fields:
    """Read a row of Creative Center's `sound_list`: `clip_id` is the id of the sound's page, `song_id` another one."""
    return {**_sound(exact_id(raw.get("clip_id"), raw.get("clipId")), raw.get("title"), None), "rank": raw.get("rank")}


def discover_hashtag(raw: Fields) -> Fields:
    """Read `hashtag[]` of a discover list."""
    stats = raw.get("stats")
    return _hashtag(raw.get("name"), raw.get("description"), first_count(at(stats, "views")), first_count(at(stats, "posts")))


def card_hashtag(raw: Fields) -> Fields:
    """Read a card of type 3 of an `exploreList`."""
    extra = raw.get("extraInfo")
    return _hashtag(
        first_text(at(extra, "challengeName"), raw.get("title")),
        raw.get("description"),
        first_count(at(extra, "views"), text_count(raw.get("subTitle"))),
        first_count(at(extra, "posts")),
    )


def linked_sound(raw: Fields) -> Fields:
    """Read a page's link to a sound."""
    return _sound(raw["id"], first_text(raw["text"], raw["title"].replace("-", " ")), None)


def chart_hashtag(raw: Fields) -> Fields:
    """Read a row of Creative Center's hashtag chart, as its old or its present lists write it.

    Its counts are those of the chart's last 7, 30 or 120 days: they fall as well as rise, and are neither totals nor of a day.
    The posts are the gauge; the views of their videos stay in the raw row, as does the course of the period.
    """
    videos = raw.get("publish_cnt"), raw.get("publishCnt")
    return {
        **_hashtag(first_text(raw.get("hashtag_name"), raw.get("hashtagName")), None, None, None),
        "gauge": first_count(*videos, *map(text_count, videos)),
        "rank": first_count(raw.get("rank"), raw.get("rankIndex")),
    }


def linked_hashtag(raw: Fields) -> Fields:
    """Read a page's link to the page of a hashtag in Creative Center."""
    return _hashtag(raw["id"], None, None, None)


def discover_creator(raw: Fields) -> Fields:
    """Read `user[]` of a discover list."""
    return _creator(exact_id(raw.get("userId")), raw.get("id"), raw.get("name"))


def card_creator(raw: Fields) -> Fields:
    """Read a card of type 2 of an `exploreList`."""
    return _creator(exact_id(at(raw, "extraInfo", "userId"), raw.get("id")), raw.get("subTitle"), raw.get("title"))


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which TikTok writes an entry."""

    item_type: str
    read: Callable[[Fields], Fields]


FORMS: dict[str, Form] = {
    "web_video": Form("video", web_video),
    "app_video": Form("video", app_video),
    "scraper_video": Form("video", scraper_video),
    "collector_video": Form("video", collector_video),
    "linked_video": Form("video", linked_video),
    "discover_sound": Form("sound", discover_sound),
    "card_sound": Form("sound", card_sound),
    "chart_sound": Form("sound", chart_sound),
    "linked_sound": Form("sound", linked_sound),
    "discover_hashtag": Form("hashtag", discover_hashtag),
    "card_hashtag": Form("hashtag", card_hashtag),
    "chart_hashtag": Form("hashtag", chart_hashtag),
    "linked_hashtag": Form("hashtag", linked_hashtag),
    "discover_creator": Form("creator", discover_creator),
    "card_creator": Form("creator", card_creator),
}
"""Every form, by the name under which `tiktok_shapes` refers to it."""


def _video(tags: Iterable[object], **fields: object) -> Fields:
    handle, identity = first_text(fields["author_handle"]), first_text(fields["platform_item_id"])
    fields["hashtags"] = distinct_hashtags(tags) or hashtags_in(fields["text_content"])
    fields["canonical_url"] = f"{_SITE}/@{_quoted(handle)}/video/{_quoted(identity)}" if handle and identity else None
    return fields


def _sound(audio_id: str | None, title: object, use_count: object) -> Fields:
    audio = _audio_id(audio_id)
    return {
        "platform_item_id": f"sound:{audio}" if audio else None,
        "text_content": title,
        "audio_id": audio,
        "audio_title": title,
        "use_count": use_count,
        # TikTok takes any text before the id; titles change with the reader's language.
        "canonical_url": f"{_SITE}/music/x-{_quoted(audio)}" if audio else None,
    }


def _hashtag(name: object, description: object, view_count: object, use_count: object) -> Fields:
    tags = distinct_hashtags([name])
    key = hashtag_key(PLATFORM, tags[0]) if tags else None
    folded = key.key.partition("#")[2] if key else None
    return {
        # The name, since not every shape has the challenge's id and both must be one item.
        "platform_item_id": f"hashtag:{folded}" if folded else None,
        "text_content": first_text(description, f"#{tags[0]}" if tags else None),
        "hashtags": tags,
        "view_count": view_count,
        "use_count": use_count,
        "canonical_url": f"{_SITE}/tag/{_quoted(folded)}" if folded else None,
    }


def _creator(user_id: str | None, handle: object, name: object) -> Fields:
    handle = _handle(handle)
    return {
        "platform_item_id": f"creator:{user_id}" if user_id else None,
        "author_id": user_id,
        "author_handle": handle,
        "text_content": name,
        "canonical_url": f"{_SITE}/@{_quoted(handle)}" if handle else None,
    }


def _counts(names: Mapping[str, str], *sources: object) -> Fields:
    return {counter: first_count(*(at(source, name) for source in sources)) for counter, name in names.items()}


def _audio_id(*values: object) -> str | None:
    audio = exact_id(*values)
    return audio if audio != "0" else None


def _handle(*values: object) -> str | None:
    text = first_text(*values)
    return first_text(text.lstrip("@")) if text else None


def _quoted(text: str) -> str:
    # A lone surrogate has no UTF-8 form.
    return quote(text, safe="", errors="replace")
