"""Turns rows of a recorded table into times, surfaces and items, as the mapping of its format says. Pure functions."""

import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from trend_assets.capture.archive_formats import (
    DropRule,
    Extract,
    IdRule,
    ItemMapping,
    RankRule,
    TableFormat,
    TimeSource,
    as_zone,
)
from trend_assets.capture.archive_rows import Row, lookup
from trend_assets.capture.hashtags import distinct_hashtags, hashtags_in
from trend_assets.capture.items import Item, ItemType, Parsed, Rejected, as_time, build, collect
from trend_assets.capture.keys import Key, entity_key, hashtag_key, normalize, phrase_keys, topic_key

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_UNIT_SEPARATOR = "\x1f"


def read_time(source: TimeSource, row: Row, file_name: str) -> datetime | None:
    """Return the time that the row (or the file's name) states, in UTC; None when there is no usable one."""
    if source.from_file_name is not None:
        value: object = _group(source.from_file_name, file_name)
    elif isinstance(source.column, str):
        value = lookup(row, source.column)
    else:
        parts = [_filled(lookup(row, name)) for name in source.column or ()]
        value = None if None in parts else " ".join(str(part) for part in parts)
    if source.format is None:
        return as_time(value)
    return _wall_time(value, source.format, source.zone, source.at)


def derived(row: Row, extracts: Mapping[str, Extract], file_name: str) -> Row:
    """Return the row with the columns that are made from others; one that cannot be made is left out."""
    made = {name: _extracted(extract, row, file_name) for name, extract in extracts.items()}
    return {**row, **{name: value for name, value in made.items() if value is not None}} if made else row


def build_items(fmt: TableFormat, item: ItemMapping, rows: Iterable[object]) -> Parsed:
    """Return the items of one snapshot; rows that the format drops are rejected as `promoted` and take no position."""
    kept: list[object] = []
    dropped: list[Item | Rejected] = []
    for row in rows:
        if fmt.drop is not None and _is_dropped(fmt.drop, row):
            dropped.append(Rejected("promoted", f"{fmt.drop.column} marks it as paid for", row))
        else:
            kept.append(row)
    built = (_build(fmt.platform, item, row, position) for position, row in enumerate(kept, start=1))
    return collect(fmt.name, chain(built, dropped))


def _build(platform: str, mapping: ItemMapping, row: object, position: int) -> Item | Rejected:
    if not isinstance(row, Mapping):
        return Rejected("not_an_object", f"entry {position} is not an object", row)
    text = _filled(lookup(row, mapping.text))
    if mapping.escaped and isinstance(text, str):
        text = html.unescape(text)
    created = read_time(mapping.created_at, row, "") if mapping.created_at else None
    counters = {name: _filled(lookup(row, column)) for name, column in mapping.counters.items()}
    item_type = ItemType(
        name=mapping.type,
        is_post=mapping.is_post,
        keys=lambda fields: _keys(platform, mapping, fields),
        counters=tuple(mapping.counters),
        signed=frozenset(mapping.signed),
    )
    return build(
        platform,
        item_type,
        row,
        platform_item_id=_item_id(mapping.id, row),
        text_content=text,
        hashtags=_hashtags(platform, mapping, text),
        entity=next(filter(None, (_fill(template, row) for template in mapping.entity)), None),
        rank=_rank(mapping.rank, row, position),
        author_id=lookup(row, mapping.author_id) if mapping.author_id else None,
        author_handle=lookup(row, mapping.author_handle) if mapping.author_handle else None,
        canonical_url=_fill(mapping.url, row) if mapping.url else None,
        item_created_at=created.isoformat() if created else None,
        **counters,
    )


def _keys(platform: str, mapping: ItemMapping, fields: Mapping[str, Any]) -> Iterator[Key | None]:
    text = fields["text_content"]
    for rule in mapping.keys:
        if rule == "topic":
            yield topic_key(platform, text)
        elif rule == "entity":
            yield entity_key(platform, fields["entity"])
        elif rule == "hashtags":
            yield from (hashtag_key(platform, tag) for tag in fields["hashtags"])
        elif not fields["hashtags"]:
            yield from phrase_keys(text)


def _hashtags(platform: str, mapping: ItemMapping, text: object) -> list[str]:
    topic = topic_key(platform, text) if "topic" in mapping.keys and isinstance(text, str) else None
    if topic is not None and topic.key_type == "hashtag":
        return distinct_hashtags([text])
    return hashtags_in(text) if "hashtags" in mapping.keys else []


def _item_id(rule: IdRule, row: Row) -> object:
    if rule.sha1:
        parts = [_filled(lookup(row, name)) for name in rule.sha1]
        joined = _UNIT_SEPARATOR.join(str(part) for part in parts)
        return None if None in parts else hashlib.sha1(joined.encode(errors="replace"), usedforsecurity=False).hexdigest()
    if rule.topic:
        topic = normalize(str(lookup(row, rule.topic) or ""))
        return f"topic:{topic}" if topic else None
    return _fill(rule.template, row) if rule.template else lookup(row, rule.column or "")


def _rank(rule: RankRule | None, row: Row, position: int) -> object:
    if rule is None:
        return None
    return _filled(lookup(row, rule.column)) if rule.column else position


def _is_dropped(rule: DropRule, row: object) -> bool:
    value = _filled(lookup(row, rule.column))
    if rule.equals is None:
        return value is not None
    return str(value).casefold() == str(rule.equals).casefold()


def _extracted(extract: Extract, row: Row, file_name: str) -> str | None:
    if extract.from_file_name is not None:
        return _group(extract.from_file_name, file_name)
    return _group(extract.pattern, str(lookup(row, extract.column or "") or "")) if extract.pattern else None


def _group(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None


def _wall_time(value: object, form: str, zone: str | None, at: str | None) -> datetime | None:
    text = str(value or "").strip()
    try:
        wall = datetime.strptime(f"{text} {at}" if at else text, f"{form} %H:%M" if at else form)  # noqa: DTZ007 (see below)
        return (wall if wall.tzinfo else wall.replace(tzinfo=as_zone(zone or "UTC"))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _fill(template: str, row: Row) -> str | None:
    """Return the template with its columns filled in, or None when one of them is empty."""
    names: Sequence[str] = _PLACEHOLDER.findall(template)
    values = {name: _filled(lookup(row, name)) for name in names}
    if None in values.values():
        return None
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), template)


def _filled(value: object) -> object:
    """Return the value, or None for an empty cell."""
    return None if isinstance(value, str) and not value.strip() else value
