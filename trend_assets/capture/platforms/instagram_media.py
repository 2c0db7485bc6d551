"""Instagram: which lists of media its answers and pages hold, and where each form of a medium keeps its fields.

Lists are found by the names that Instagram gives them, wherever they stand: its pages wrap the same ones in many layers, which
change more often than the names. Counters are totals, and unknown where Instagram hides them.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from trend_assets.capture.hashtags import hashtags_in
from trend_assets.capture.items import as_count
from trend_assets.capture.numbers import text_count
from trend_assets.capture.payload import at, exact_id, first_count, first_text, rows

_SITE = "https://www.instagram.com"
_SHORTCODE = re.compile(r"/(?:p|reel|reels|tv)/([A-Za-z0-9_-]+)/?")
_HIDDEN = -1
"""A count that its author hides, in older answers."""
_GRID = "XDTTopSerpMediaGridUnit"
"""The units of a search that hold media; others are headings, accounts and advice."""

Fields = dict[str, Any]


def web_medium(raw: Fields) -> Fields:
    """Read a medium of the web's and the apps' own API, as its lists and its newer GraphQL answers have it."""
    hidden = raw.get("like_and_view_counts_disabled") is True
    plays = raw.get("play_count"), raw.get("ig_play_count"), raw.get("view_count")
    clip = isinstance(raw.get("clips_metadata"), dict) or raw.get("product_type") == "clips"
    return _medium(
        "reel" if clip else "post",
        raw.get("code"),
        exact_id(raw.get("pk")),
        caption=first_text(at(raw, "caption", "text"), raw.get("caption"), raw.get("caption_text")),
        author_id=exact_id(at(raw, "user", "pk"), at(raw, "user", "id"), at(raw, "owner", "id")),
        author_handle=first_text(at(raw, "user", "username"), at(raw, "owner", "username")),
        view_count=None if hidden else _count(*plays),
        like_count=None if hidden else _count(raw.get("like_count")),
        comment_count=_count(raw.get("comment_count")),
        share_count=_count(raw.get("reshare_count")),
        item_created_at=raw.get("taken_at"),
        **_sound(raw.get("clips_metadata") or raw.get("music_metadata")),
    )


def graphql_medium(raw: Fields) -> Fields:
    """Read a node of the older GraphQL answers; of its author only the id is there."""
    edges = rows(at(raw, "edge_media_to_caption", "edges"))
    return _medium(
        "reel" if raw.get("product_type") == "clips" else "post",
        raw.get("shortcode"),
        exact_id(raw.get("id")),
        caption=first_text(at(edges[0], "node", "text")) if edges else None,
        author_id=exact_id(at(raw, "owner", "id")),
        author_handle=first_text(at(raw, "owner", "username")),
        view_count=_count(raw.get("video_view_count")),
        like_count=_count(at(raw, "edge_liked_by", "count"), at(raw, "edge_media_preview_like", "count")),
        comment_count=_count(at(raw, "edge_media_to_comment", "count")),
        item_created_at=raw.get("taken_at_timestamp"),
    )


def graph_medium(raw: Fields) -> Fields:
    """Read a medium of the official Graph API: without an author and a sound, and with an id of its own kind."""
    link = first_text(raw.get("permalink"))
    path = _path(link) if link else ""
    code = _SHORTCODE.fullmatch(path)
    return _medium(
        "reel" if path.startswith("/reel") else "post",
        code[1] if code else None,
        exact_id(raw.get("id")),
        caption=first_text(raw.get("caption")),
        like_count=_count(raw.get("like_count")),
        comment_count=_count(raw.get("comments_count")),
        item_created_at=raw.get("timestamp"),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list."""

    read: Callable[[Fields], Fields] | None
    """Its form; None when it is no medium."""
    raw: object


def lists_in(payload: object) -> dict[str, list[Entry]]:
    """Return the lists of media anywhere in a payload, by their names and in its order; none where none is known.

    The list of clips counts only where it is the payload: much is called `items`.
    """
    clips = _clips(at(payload, "items"))
    found: dict[str, list[Entry]] = {} if clips is None else {"items": clips}
    waiting: list[tuple[str, object]] = [("", payload)]
    while waiting:  # no recursion: payloads can be nested as deeply as anybody likes
        name, value = waiting.pop()
        entries = _LISTS[name](value) if name in _LISTS else None
        if entries is not None:
            found.setdefault(name, []).extend(entries)
        elif isinstance(value, dict):
            waiting += reversed(value.items())
        elif isinstance(value, list):
            waiting += [("", entry) for entry in reversed(value)]
    return found


def graph_list(payload: object) -> list[Entry] | None:
    """Return the media of an answer of the Graph API, None when it is none."""
    media = at(payload, "data")
    return [Entry(graph_medium, entry) for entry in media] if isinstance(media, list) else None


def _sections(value: object) -> list[Entry] | None:
    if not isinstance(value, list) or (value and not any(isinstance(at(one, "layout_content"), dict) for one in value)):
        return None
    return [entry for section in value for entry in _section(section)]


def _section(section: object) -> Iterator[Entry]:
    """Yield the media of a row of a grid, in one of its layouts: three alike, or a large reel beside smaller media."""
    layout = at(section, "layout_content")
    large = at(layout, "one_by_two_item", "clips", "items")
    lists = [found for found in (at(layout, "medias"), large, at(layout, "fill_items")) if isinstance(found, list)]
    if not lists:
        yield Entry(None, section)
    for found in lists:
        yield from map(_wrapped, found)


def _clips(value: object) -> list[Entry] | None:
    wrapped = isinstance(value, list) and any(isinstance(at(entry, "media"), dict) for entry in value)
    return [_wrapped(entry) for entry in rows(value)] if wrapped else None


def _wrapped(entry: object) -> Entry:
    """Return the entry of a list whose media are each in an object; advertisements among them have none."""
    medium = at(entry, "media")
    return Entry(web_medium, medium) if isinstance(medium, dict) else Entry(None, entry)


def _edges(read: Callable[[object], Iterable[Entry]]) -> Callable[[object], list[Entry] | None]:
    def connection(value: object) -> list[Entry] | None:
        edges = at(value, "edges")
        return [entry for edge in edges for entry in read(at(edge, "node"))] if isinstance(edges, list) else None

    return connection


def _search_unit(node: object) -> Iterator[Entry]:
    items = at(node, "items")
    if at(node, "__typename") == _GRID and isinstance(items, list):
        yield from (Entry(web_medium, item) for item in items)
    else:
        yield Entry(None, node)


_LISTS: dict[str, Callable[[object], list[Entry] | None]] = {
    "sections": _sections,
    "sectional_items": _sections,
    "xdt_api__v1__clips__home__connection_v2": _edges(lambda node: [_wrapped(node)]),
    "xdt_fbsearch__top_serp_graphql": _edges(_search_unit),
    "xig_logged_out_popular_search_media_info": _edges(lambda node: [Entry(web_medium, node)]),
    "edge_hashtag_to_top_posts": _edges(lambda node: [Entry(graphql_medium, node)]),
    "edge_hashtag_to_media": _edges(lambda node: [Entry(graphql_medium, node)]),
}
"""Name of a list to its reader, which returns None for what has the name only."""


def _medium(item_type: str, code: object, other_id: str | None, *, caption: str | None, **fields: object) -> Fields:
    """Return the fields of a medium. Its short code is its id: all forms have it, while numbers are of several kinds."""
    short = first_text(code)
    kind = "reel" if item_type == "reel" else "p"
    return {
        "item_type": item_type,
        "platform_item_id": short or other_id,
        "text_content": caption,
        "hashtags": hashtags_in(caption),
        "canonical_url": f"{_SITE}/{kind}/{quote(short, safe='', errors='replace')}/" if short else None,
        **fields,
    }


def _sound(sound: object) -> Fields:
    """Return the sound of a clip, or of a picture with music.

    Of licensed music the id of its page counts, which groups all recordings of it; where Instagram does not say what the music
    is, the number under which it is licensed stands for it ("0": there is none). An original sound has its own.
    """
    licensed, original = at(sound, "music_info", "music_asset_info"), at(sound, "original_sound_info")
    audio = exact_id(
        at(licensed, "audio_cluster_id"),
        at(licensed, "audio_asset_id"),
        at(original, "audio_asset_id"),
        at(sound, "music_canonical_id"),
    )
    title = first_text(at(licensed, "title"), _original_title(original))
    return {"audio_id": audio if audio != "0" else None, "audio_title": title}


def _original_title(original: object) -> str | None:
    """Return an original sound's title; nearly all are called so, in the viewer's language, and told apart by their artist."""
    title, artist = first_text(at(original, "original_audio_title")), first_text(at(original, "ig_artist", "username"))
    return " - ".join(filter(None, (title, artist))) or None


def _count(*values: object) -> object:
    """Return the first count, also one that is written out; what is hidden is unknown."""
    shown = [value for value in values if as_count(value) != _HIDDEN]
    return first_count(*shown, *map(text_count, shown))


def _path(link: str) -> str:
    try:
        return urlsplit(link).path
    except ValueError:
        return ""
