"""Replays recorded history: files of past captures, read as the snapshots that were taken then.

`recognize` says by content which known format a file is (`archives.yaml`), `read_archive` yields its snapshots in the
file's order without holding the file in memory, `parse_file` reads any payload file or archive for people. The
platform's own `parse` is passed in. Which snapshots become runs is decided by the caller.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from trend_assets.capture.archive_formats import ArchiveFormat, PayloadsFormat, formats_of, load_formats
from trend_assets.capture.archive_mapping import build_items, derived, read_time
from trend_assets.capture.archive_rows import Look, Row, is_markup, look, lookup, open_text, read_rows
from trend_assets.capture.items import Parsed, Rejected
from trend_assets.capture.payload import unguarded
from trend_assets.errors import PayloadError, SettingsError

Parse = Callable[[object, str], Parsed]
"""A platform's `parse(payload, surface_type)`."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one surface showed at one time."""

    captured_at: datetime
    """UTC."""
    surface_key: str
    """Which of the file's surfaces (a place, a category); empty when the file holds only one."""
    parsed: Parsed


@dataclass(slots=True)
class _Group:
    """The rows of one snapshot, and what could not be read beside them."""

    captured_at: datetime
    surface_key: str
    rows: list[Any] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def recognize(path: Path, platform: str, surface_type: str, formats: tuple[ArchiveFormat, ...] | None = None) -> ArchiveFormat:
    """Return the format of the file, by its content; PayloadError says what it looks like and what would fit.

    `formats` are those of `archives.yaml` unless given.
    """
    seen = look(path)
    known = load_formats() if formats is None else formats
    candidates = formats_of(platform, surface_type, known)
    found = next((fmt for fmt in candidates if _fits(fmt, seen)), None)
    if found is not None:
        return found
    fitting = "; ".join(f"{fmt.name} (has {', '.join(fmt.recognized_by)})" for fmt in candidates) or "none"
    other = next((f", an archive of {fmt.platform}/{fmt.surface_type} ({fmt.name})" for fmt in known if _fits(fmt, seen)), "")
    raise PayloadError(f"{path} looks like {seen.describe()}{other}; known archives of {platform}/{surface_type}: {fitting}")


def read_archive(
    path: Path, fmt: ArchiveFormat, parse: Parse | None, start: datetime | None = None, end: datetime | None = None
) -> Iterator[Snapshot]:
    """Yield the snapshots with start <= captured_at < end, in the file's order (which need not be that of time).

    Consecutive rows of one time and surface are one snapshot. A row that cannot be read, or states no usable time, is
    rejected (`bad_row`, `bad_time`) in the snapshot before it, or in the first one. PayloadError when the file has no
    usable row at all or breaks off. `parse` may be None for tables that carry their own mapping.
    """
    for group in _groups(path, fmt):
        if (start is None or group.captured_at >= start) and (end is None or group.captured_at < end):
            parsed = _parsed(fmt, group, parse)
            whole = replace(parsed, rejected=(*parsed.rejected, *group.rejected))
            yield Snapshot(group.captured_at, group.surface_key, whole)


def index(path: Path, fmt: ArchiveFormat) -> Iterator[tuple[datetime, str]]:
    """Yield captured_at (UTC) and surface key of every snapshot; nothing is parsed for it."""
    for group in _groups(path, fmt):
        yield group.captured_at, group.surface_key


def load_payload(path: Path) -> object:
    """Return what a raw payload file (plain or gz) holds: a JSON value, a list for JSON lines, a text for HTML, XML or CSV."""
    with open_text(path) as stream:
        text = stream.read().strip("\0 \t\r\n")
    if not text.strip("\"' \r\n"):
        raise PayloadError(f"{path} is empty: it holds {text!r:.40}")
    if text.startswith("<") or path.name.removesuffix(".gz").endswith(".csv"):
        return text
    body = unguarded(text)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        problem = str(error)
    try:
        return [json.loads(line) for line in body.split("\n") if line.strip()]
    except (ValueError, RecursionError):
        if is_markup(text):
            return text
        raise PayloadError(f"{path} is neither JSON, JSON lines nor HTML ({problem})") from None


def parse_file(path: Path, platform: str, surface_type: str, parse: Parse | None) -> Iterator[Parsed]:
    """Yield what is in a raw payload file (one result) or in an archive of a known format (one per snapshot).

    PayloadError when the file is of neither kind for this surface.
    """
    try:
        fmt = recognize(path, platform, surface_type)
    except PayloadError as error:
        yield _parse_raw(path, platform, surface_type, parse, error)
        return
    for snapshot in read_archive(path, fmt, parse):
        yield snapshot.parsed


def _parse_raw(path: Path, platform: str, surface_type: str, parse: Parse | None, unknown: PayloadError) -> Parsed:
    if parse is None:
        raise unknown
    try:
        payload = load_payload(path)
    except PayloadError as error:
        raise PayloadError(f"{unknown}. It is no payload either: {error}") from None
    parsed = parse(payload, surface_type)
    if parsed.shape is None:
        problem = parsed.problem or "no known shape"
        raise PayloadError(f"{unknown}; as a payload of {platform}/{surface_type} it is not recognized either: {problem}")
    return parsed


def _fits(fmt: ArchiveFormat, seen: Look) -> bool:
    return all(seen.has(name) for name in fmt.recognized_by)


def _groups(path: Path, fmt: ArchiveFormat) -> Iterator[_Group]:
    group: _Group | None = None
    early: list[Rejected] = []
    for row in read_rows(path):
        placed = row if isinstance(row, Rejected) else _place(row, fmt, path.name)
        if isinstance(placed, Rejected):
            (early if group is None else group.rejected).append(placed)
        elif group is not None and _continues(fmt, group, placed):
            group.rows += placed.rows
        else:
            if group is not None:
                yield group
            placed.rejected += early
            group, early = placed, []
    if group is None:
        reason = f"has no usable row ({early[0].detail})" if early else "is empty: it has no rows"
        raise PayloadError(f"{path} {reason}; it was read as {fmt.name}")
    yield group


def _continues(fmt: ArchiveFormat, group: _Group, placed: _Group) -> bool:
    same = (group.captured_at, group.surface_key) == (placed.captured_at, placed.surface_key)
    return same and not isinstance(fmt, PayloadsFormat)


def _place(row: Row, fmt: ArchiveFormat, file_name: str) -> _Group | Rejected:
    """Return the row as the beginning of a snapshot, or why it has no place in any."""
    if not isinstance(fmt, PayloadsFormat):
        row = derived(row, fmt.derive, file_name)
    captured_at = read_time(fmt.captured_at, row, file_name)
    if captured_at is None:
        column = fmt.captured_at.column
        value = lookup(row, column) if isinstance(column, str) else file_name
        return Rejected("bad_time", f"no time in {fmt.captured_at.place}: {value!r:.80}", dict(row))
    if isinstance(fmt, PayloadsFormat):
        found = "payload" in row
        return _Group(captured_at, "", [row["payload"]]) if found else Rejected("bad_row", "no payload in the line", dict(row))
    surface = str(lookup(row, fmt.split_by) or "").strip() if fmt.split_by else ""
    if fmt.split_by and not surface:
        return Rejected("bad_row", f"no surface in {fmt.split_by}", dict(row))
    entries = lookup(row, fmt.items) if fmt.items else [row]
    if not isinstance(entries, list):
        return Rejected("bad_row", f"{fmt.items} is no list", dict(row))
    return _Group(captured_at, surface, list(entries))


def _parsed(fmt: ArchiveFormat, group: _Group, parse: Parse | None) -> Parsed:
    if not isinstance(fmt, PayloadsFormat) and fmt.item is not None:
        return build_items(fmt, fmt.item, group.rows)
    if parse is None:
        raise SettingsError(f"{fmt.name} holds payloads of {fmt.platform}: it is read through that platform's parse")
    return parse(group.rows[0] if isinstance(fmt, PayloadsFormat) else group.rows, fmt.surface_type)
