"""TikTok: which payload shapes there are, and which entries of which form each of them holds.

Shapes are told apart by their containers, never by their content; an entry that is not what its container promises
stays an entry, so that it is rejected with a reason and not lost.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from trend_assets.capture.markup import embedded_states, links
from trend_assets.capture.payload import at, first_text, json_or_none, rows
from trend_assets.capture.platforms.tiktok_fields import FORMS

_ALL_TYPES = frozenset(form.item_type for form in FORMS.values())
_DISCOVER_LISTS = {"user": "discover_creator", "hashtag": "discover_hashtag", "music": "discover_sound"}
_CARD_TYPES = {"1": "card_sound", "2": "card_creator", "3": "card_hashtag"}
_CARD_ITEM_TYPES = frozenset(FORMS[form].item_type for form in _CARD_TYPES.values())

# Rows carry no label: a row is of the first form all of whose marks it has.
_ROW_MARKS: tuple[tuple[str, frozenset[str]], ...] = (
    ("app_video", frozenset({"aweme_id"})),
    ("collector_video", frozenset({"video_id"})),
    ("scraper_video", frozenset({"id", "authorMeta"})),
    ("scraper_video", frozenset({"id", "musicMeta"})),
    ("scraper_video", frozenset({"id", "webVideoUrl"})),
    ("chart_sound", frozenset({"clip_id"})),
    ("chart_sound", frozenset({"clipId"})),
    ("chart_hashtag", frozenset({"hashtag_name"})),
    ("chart_hashtag", frozenset({"hashtagName"})),
    ("web_video", frozenset({"id", "stats"})),
    ("web_video", frozenset({"id", "statsV2"})),
    ("web_video", frozenset({"id", "music"})),
)
_ROW_SHAPES = {
    "app_video": "aweme_rows",
    "collector_video": "collector_rows",
    "scraper_video": "scraper_rows",
    "chart_sound": "sound_rows",
    "chart_hashtag": "hashtag_rows",
    "web_video": "item_rows",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list."""

    form: str | None
    """Name in FORMS; None when the entry is of no known form."""
    raw: object
    rank: int
    """Position in its list, from 1."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A recognized payload."""

    name: str
    entries: tuple[Entry, ...]
    holds: frozenset[str]
    """Item types that a payload of this shape can hold."""
    status: object = None
    """The status TikTok gave, as a number or in words; 0 or None when all was well."""
    lacks: str = ""
    """What entries of this shape do not have, as a sentence."""


def recognize(payload: object) -> Shape | None:
    """Return the payload's shape and entries, or None when it is of no known shape."""
    if isinstance(payload, str):
        return page_state(payload) or _page_links(payload)
    if isinstance(payload, list):
        return _row_list(payload)
    if isinstance(payload, dict):
        return next((shape for look in _OBJECT_SHAPES if (shape := look(payload)) is not None), None)
    return None


def _discover(payload: dict[str, Any]) -> Shape | None:
    lists = {key: payload[key] for key in _DISCOVER_LISTS if payload.get(key) is not None}
    if not any(isinstance(entries, list) for entries in lists.values()):
        return None
    entries: list[Entry] = []
    for key, found in lists.items():
        form = _DISCOVER_LISTS[key]
        entries.extend(_entries(form, found) if isinstance(found, list) else [Entry(None, found, 1)])
    return Shape("discover_lists", tuple(entries), frozenset(FORMS[_DISCOVER_LISTS[key]].item_type for key in lists))


def _explore(payload: dict[str, Any]) -> Shape | None:
    body = payload.get("body")
    if not isinstance(body, list) or (body and not any(isinstance(at(section, "exploreList"), list) for section in body)):
        return None
    entries = [_card(entry, rank) for section in body for rank, entry in enumerate(rows(at(section, "exploreList")), start=1)]
    return Shape("explore_list", tuple(entries), _CARD_ITEM_TYPES, _status(payload))


def _card(entry: object, rank: int) -> Entry:
    card = at(entry, "cardItem")
    kind = at(card, "type")
    form = _CARD_TYPES.get(str(kind)) if isinstance(kind, int | str) else None
    return Entry(form, entry if card is None else card, rank)


def _item_list(payload: dict[str, Any]) -> Shape | None:
    if isinstance(payload.get("itemList"), list):
        return _videos("item_list", payload["itemList"], payload)
    item = payload.get("itemStruct", at(payload, "itemInfo", "itemStruct"))
    return _videos("item_struct", [item], payload) if isinstance(item, dict) else None


def _aweme_list(payload: dict[str, Any]) -> Shape | None:
    if not isinstance(payload.get("aweme_list"), list):
        return None
    return Shape("aweme_list", _entries("app_video", payload["aweme_list"]), frozenset({"video"}), _status(payload))


def _sound_list(payload: dict[str, Any]) -> Shape | None:
    sounds = payload.get("sound_list", at(payload, "data", "sound_list"))
    if not isinstance(sounds, list):
        return None
    return Shape("sound_list", _entries("chart_sound", sounds), frozenset({"sound"}), _chart_status(payload))


def _hashtag_list(payload: dict[str, Any]) -> Shape | None:
    listed = at(payload, "data", "list")
    if not isinstance(listed, list) or (listed and not any(at(entry, "hashtag_name") for entry in listed)):
        return None
    return Shape("hashtag_list", _entries("chart_hashtag", listed), frozenset({"hashtag"}), _chart_status(payload))


def _chart(payload: dict[str, Any]) -> Shape | None:
    """Read the hashtag chart as Creative Center's present page fetches it."""
    listed = payload.get("items")
    if not isinstance(payload.get("BaseResp"), dict) or not isinstance(listed, list):
        return None
    return Shape("chart", _entries("chart_hashtag", listed), frozenset({"hashtag"}), _status(payload["BaseResp"]))


def _refusal(payload: dict[str, Any]) -> Shape | None:
    """Read an answer of Creative Center that has a status and no list."""
    base = payload.get("BaseResp")
    status = _status(base) if isinstance(base, dict) else _chart_status(payload) if "msg" in payload else None
    return Shape("refusal", (), _ALL_TYPES, status) if status else None


def _single_row(payload: dict[str, Any]) -> Shape | None:
    return _row_list([payload])


_OBJECT_SHAPES: tuple[Callable[[dict[str, Any]], Shape | None], ...] = (
    _discover,
    _explore,
    _item_list,
    _aweme_list,
    _sound_list,
    _hashtag_list,
    _chart,
    _single_row,
    _refusal,
)


def _row_list(payload: list[Any]) -> Shape | None:
    if not payload:
        return Shape("no_rows", (), _ALL_TYPES)
    entries = tuple(Entry(_row_form(row), row, rank) for rank, row in enumerate(payload, start=1))
    forms = [entry.form for entry in entries if entry.form is not None]
    if not forms:
        return None
    return Shape(_ROW_SHAPES[forms[0]], entries, frozenset(FORMS[form].item_type for form in forms))


def _row_form(row: object) -> str | None:
    if not isinstance(row, dict):
        return None
    return next((form for form, marks in _ROW_MARKS if marks <= row.keys()), None)


def page_state(page: str) -> Shape | None:
    """Return the shape and entries of a page's embedded state, or None when it has none that is known."""
    states = embedded_states(page)
    read = (read(json_or_none(states[name])) for name, read in _PAGE_STATES if name in states)
    return next((shape for shape in read if shape is not None), None)


def _page_links(page: str) -> Shape | None:
    """Return the videos and sounds that a page links to, each once, with the longest of its texts."""
    found: dict[str, dict[str, dict[str, str]]] = {form: {} for form in _LINKED}
    for link in links(page):
        for form, address in _LINKED.items():
            if match := address.match(link.address):
                named = {name: unquote(part) for name, part in match.groupdict("").items()}
                entry = found[form].setdefault(match["id"], {**named, "text": ""})
                entry["text"] = max(entry["text"], link.text, key=len)
    entries = [entry for form, linked in found.items() for entry in _entries(form, linked.values())]
    holds = frozenset(FORMS[form].item_type for form, linked in found.items() if linked)
    return Shape("page_links", tuple(entries), holds, lacks=_LINKS_LACK) if entries else None


_SITE = r"(?:https://www\.tiktok\.com)?"
_LINKED = {
    "linked_video": re.compile(_SITE + r"/@(?P<handle>[^/?#]+)/video/(?P<id>[0-9]+)(?=[?#]|$)"),
    "linked_sound": re.compile(_SITE + r"/music/(?:(?P<title>[^/?#]*)-)?(?P<id>[0-9]+)(?=[?#]|$)"),
    "linked_hashtag": re.compile(r"(?:https://ads\.tiktok\.com)?/business/creativecenter/hashtag/(?P<id>[^/?#]+)(?=[/?#]|$)"),
}
_LINKS_LACK = "TikTok's lists could not be read; what its page links to has no counts"


def _next_data(state: object) -> Shape | None:
    props = at(state, "props", "pageProps")
    item = at(props, "itemInfo", "itemStruct")
    lists = [found for key in ("items", "itemList") if isinstance(found := at(props, key), list)]
    if not lists and not isinstance(item, dict):
        return None
    videos = [entry for found in lists for entry in found]
    return _videos("next_data_page", videos if item is None else [item, *videos], props)


def _sigi_state(state: object) -> Shape | None:
    items = at(state, "ItemModule")
    return _videos("sigi_state_page", items.values(), state) if isinstance(items, dict) else None


def _universal_data(state: object) -> Shape | None:
    detail = at(state, "__DEFAULT_SCOPE__", "webapp.video-detail")
    item = at(detail, "itemInfo", "itemStruct")
    return _videos("universal_data_page", [item], detail) if isinstance(item, dict) else None


def _chart_page(state: object) -> Shape | None:
    """Read the charts that Creative Center's pages hold: in the queries of their loaders, the old page of songs by itself."""
    props, loaders = at(state, "props", "pageProps"), at(state, "loaderData")
    pages = [
        page
        for loader in (props, *(loaders.values() if isinstance(loaders, dict) else ()))
        for query in rows(at(loader, "dehydratedState", "queries"))
        for page in rows(at(query, "state", "data", "pages"))
    ]
    lists = [rows(at(page, name)) for page in pages for name in ("list", "data")]
    found = [row for listed in (*lists, rows(at(props, "data", "soundList"))) for row in listed]
    shape = _row_list(found) if found else None
    return replace(shape, name="chart_page") if shape else None


_PAGE_STATES: tuple[tuple[str, Callable[[Any], Shape | None]], ...] = (
    ("__UNIVERSAL_DATA_FOR_REHYDRATION__", _universal_data),
    ("SIGI_STATE", _sigi_state),
    ("__NEXT_DATA__", _next_data),
    ("__MODERN_ROUTER_DATA__", _chart_page),
    ("__NEXT_DATA__", _chart_page),
)
"""Element id of a page's embedded state and its reader; the newest first, those of Creative Center last."""


def _videos(name: str, videos: Iterable[Any], source: object) -> Shape:
    return Shape(name, _entries("web_video", videos), frozenset({"video"}), _status(source))


def _entries(form: str, found: Iterable[Any]) -> tuple[Entry, ...]:
    return tuple(Entry(form, raw, rank) for rank, raw in enumerate(found, start=1))


def _status(payload: object) -> object:
    return next((status for key in ("statusCode", "status_code", "code", "StatusCode") if (status := at(payload, key))), None)


def _chart_status(payload: dict[str, Any]) -> object:
    """Return the status of a chart; its message where that says more: those that have ended answer 0, "deprecated"."""
    message = first_text(payload.get("msg"))
    return _status(payload) or (message if message and message.casefold() not in ("ok", "success") else None)
