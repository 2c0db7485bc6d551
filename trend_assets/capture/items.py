"""What a platform's `parse()` returns: items that can be clustered, and rejected ones with their reason.

A platform's file declares its item types in one table and finds the fields in its payloads; this module turns
fields into items, so that cleaning, limits and keys are the same for every platform. Nothing here does I/O.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from trend_assets.capture.keys import Key

MAX_COUNT = 10**15
"""Largest counter taken for real; the pipeline's exact arithmetic holds up to it."""
MAX_ID_CHARS = 255
MAX_TEXT_CHARS = 10_000
MAX_URL_CHARS = 2_000
MAX_HASHTAGS = 100
MAX_RAW_CHARS = 250_000
"""Of an entry as JSON; the longest one recorded has 64,294. Longer ones would fill the lake with what nobody reads."""

CUMULATIVE = ("view_count", "like_count", "comment_count", "share_count", "use_count")
"""Counters that only grow: their growth per hour is measured."""
TRAILING_24H = ("volume_24h",)
"""Counts of the last 24 hours: a level."""
GAUGE = ("gauge",)
"""Platform scores that rise and fall (Weibo hot): kept and shown, not measured."""

_BEGINNING_CHARS = 1_000
_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""NUL as JSON writes it; not a backslash that is followed by the letters u0000."""
_SURROGATE_OR_NUL = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Item:
    """One sighting of one thing on a surface. Names follow seed 004 §4 (EvidenceItem)."""

    platform: str
    platform_item_id: str
    item_type: str
    is_post: bool
    keys: tuple[Key, ...]
    """Clusters; the first is the primary one."""
    rank: int | None = None
    author_id: str | None = None
    author_handle: str | None = None
    text_content: str | None = None
    audio_id: str | None = None
    audio_title: str | None = None
    hashtags: tuple[str, ...] = ()
    view_count: int | None = None
    like_count: int | None = None
    comment_count: int | None = None
    share_count: int | None = None
    use_count: int | None = None
    volume_24h: int | None = None
    gauge: int | None = None
    item_created_at: datetime | None = None
    canonical_url: str | None = None
    raw: Any = field(default=None, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return the item as JSON-ready values, without the raw payload."""
        row = {name: value for name, value in asdict(replace(self, raw=None)).items() if name != "raw"}
        if self.item_created_at is not None:
            row["item_created_at"] = self.item_created_at.isoformat()
        return row


@dataclass(frozen=True, slots=True)
class Rejected:
    """One entry of a payload that could not become an item: quarantined, never lost."""

    reason: str
    """A code word: `no_id`, `bad_counter`, `no_cluster_key`, `not_an_object`, `foreign_kind`, …"""
    detail: str
    raw: Any

    def to_json(self) -> dict[str, Any]:
        """Return the rejected entry as JSON-ready values."""
        return {"reason": self.reason, "detail": self.detail, "raw": self.raw}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was found in one payload."""

    shape: str | None
    """Name of the recognized payload shape; None when the payload is not of this surface."""
    items: tuple[Item, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    problem: str | None = None
    """Why no shape was recognized, or what is missing of all items: one sentence."""


@dataclass(frozen=True, slots=True)
class ItemType:
    """One row of a platform's item table: what an entry is and what it is keyed by."""

    name: str
    is_post: bool
    keys: Callable[[Mapping[str, Any]], Iterable[Key | None]]
    """Keys from cleaned fields, primary first (None entries are skipped)."""
    counters: tuple[str, ...] = ()
    """The counters this type reports, of CUMULATIVE, TRAILING_24H and GAUGE."""
    signed: frozenset[str] = frozenset()
    """Counters that may be negative (a Reddit score)."""


def build(platform: str, item_type: ItemType, raw: Any, **fields: Any) -> Item | Rejected:
    """Return the item made of `fields`, or why it cannot be one. Never raises.

    Fields are named as in `Item`; `entity` (the community an item belongs to) is for the keys only and not kept.
    """
    identity = _text(fields.pop("platform_item_id", None), MAX_ID_CHARS + 1)
    if not identity or len(identity) > MAX_ID_CHARS:
        return Rejected("no_id", f"a {item_type.name} needs an id of 1 to {MAX_ID_CHARS} characters", raw)
    cleaned: dict[str, Any] = {}
    for name, value in fields.items():
        if name in CUMULATIVE or name in TRAILING_24H or name in GAUGE:
            count = as_count(value)
            if (count is None and value is not None) or (count is not None and count < 0 and name not in item_type.signed):
                return Rejected("bad_counter", f"{name} is {_shown(value)}, not a whole number of 0 to {MAX_COUNT}", raw)
            cleaned[name] = count
        else:
            cleaned[name] = _CLEAN[name](value)
    keys = {(key.key_type, key.key): key for key in item_type.keys({**cleaned, "platform_item_id": identity}) if key}
    cleaned.pop("entity", None)  # only keys are made of it
    if not keys:
        return Rejected("no_cluster_key", f"{item_type.name} {identity} has nothing to be grouped by", raw)
    return Item(platform, identity, item_type.name, item_type.is_post, tuple(keys.values()), **cleaned, raw=raw)


def collect(shape: str, built: Iterable[Item | Rejected]) -> Parsed:
    """Return the parsed payload; an item that occurs twice counts once, in its first place."""
    items: dict[str, Item] = {}
    rejected: list[Rejected] = []
    for entry in built:
        if isinstance(entry, Item):
            items.setdefault(entry.platform_item_id, entry)
        else:
            rejected.append(entry)
    return Parsed(shape, tuple(items.values()), tuple(rejected))


def as_count(value: Any) -> int | None:
    """Return a count given as a whole number or its digits in text, else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip().replace(",", "")
        if not re.fullmatch(r"-?[0-9]{1,16}(\.0+)?", text):
            return None
        value = int(text.split(".")[0])
    if isinstance(value, float):
        if not math.isfinite(value) or value != int(value):
            return None
        value = int(value)
    return value if isinstance(value, int) and -MAX_COUNT <= value <= MAX_COUNT else None


def as_time(value: Any) -> datetime | None:
    """Return a UTC time from epoch seconds (number or digits) or ISO text with a zone, else None."""
    try:
        if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?", value.strip()):
            moment = datetime.fromisoformat(value.strip())
            return moment.astimezone(UTC) if moment.tzinfo else None
        if isinstance(value, bool) or value is None or float(value) <= 0:
            return None
        return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def raw_json(raw: Any) -> str:
    """Return the entry as JSON text that any UTF-8 store accepts; what is nested too deeply, or too long, is only named."""
    try:
        text = json.dumps(raw, ensure_ascii=False, default=str)
    except (RecursionError, ValueError):
        text = json.dumps(f"a {type(raw).__name__} that cannot be written as JSON")
    if len(text) > MAX_RAW_CHARS:
        kind, beginning = type(raw).__name__, text[:_BEGINNING_CHARS]
        text = json.dumps(
            f"a {kind} of {len(text)} characters, too long to be kept, that begins {beginning}", ensure_ascii=False
        )
    return _ESCAPED_NUL.sub(r"\1" + "\ufffd", storable(text))


def storable(text: str) -> str:
    """Return the text as any UTF-8 store accepts it: lone surrogates and NUL become U+FFFD."""
    return _SURROGATE_OR_NUL.sub("\ufffd", text)


def _shown(value: Any) -> str:
    # repr() of nested values can exhaust the stack, that of a very long number is refused by Python.
    if isinstance(value, list | dict) or (isinstance(value, int) and abs(value) > MAX_COUNT):
        return f"a {type(value).__name__}"
    return f"{value!r:.80}"


def _text(value: Any, limit: int) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**MAX_ID_CHARS:
        value = str(value)
    if not isinstance(value, str):
        return None
    return storable(value[: limit + 1])[:limit].strip() or None


def _hashtags(value: Any) -> tuple[str, ...]:
    entries = value if isinstance(value, list | tuple) else ()
    tags = (_text(entry, MAX_ID_CHARS) for entry in entries[:MAX_HASHTAGS])
    return tuple(dict.fromkeys(tag for tag in tags if tag))


_CLEAN: dict[str, Callable[[Any], Any]] = {
    "rank": lambda value: count if (count := as_count(value)) is not None and 0 <= count < 2**31 else None,
    "author_id": lambda value: _text(value, MAX_ID_CHARS),
    "author_handle": lambda value: _text(value, MAX_ID_CHARS),
    "text_content": lambda value: _text(value, MAX_TEXT_CHARS),
    "entity": lambda value: _text(value, MAX_ID_CHARS),
    "audio_id": lambda value: _text(value, MAX_ID_CHARS),
    "audio_title": lambda value: _text(value, 500),
    "hashtags": _hashtags,
    "item_created_at": as_time,
    "canonical_url": lambda value: (
        url if (url := _text(value, MAX_URL_CHARS)) and url.startswith(("https://", "http://")) else None
    ),
}
