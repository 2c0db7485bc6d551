"""Reads the rows of a recorded file: CSV, JSON lines or a JSON list, plain or gz, one row at a time.

A row that cannot be read is handed on as rejected, in its place. What the columns mean is not known here.
"""

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal, TextIO

from trend_assets.capture.items import Rejected
from trend_assets.capture.payload import JSON_GUARD
from trend_assets.errors import PayloadError

Row = Mapping[str, Any]
Form = Literal["csv", "jsonl", "json", "document", "html"]

MAX_FIELD_CHARS = 2**24
"""Longest CSV field; the csv module's own limit of 131,072 is below real video descriptions joined by a lost quote."""
HEAD_LINES = 20
SAMPLE_ROWS = 50
_GZIP_MAGIC = b"\x1f\x8b"
_SHOWN_COLUMNS = 12
_SHOWN_CHARS = 40


@dataclass(frozen=True, slots=True)
class Look:
    """What a file looks like from its first rows."""

    form: Form
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def has(self, name: str) -> bool:
        """Say whether the file has this column or, in JSON, this dotted path."""
        return name in self.columns or any(lookup(row, name, _ABSENT) is not _ABSENT for row in self.rows)

    def describe(self) -> str:
        """Say what the file looks like: the end of a sentence that starts with its name."""
        names = [name[:_SHOWN_CHARS] or "(no name)" for name in self.columns[:_SHOWN_COLUMNS]]
        shown = ", ".join(names) + (", …" if len(self.columns) > _SHOWN_COLUMNS else "")
        what = {
            "csv": f"a CSV table with the columns {shown}",
            "jsonl": f"JSON lines with the keys {shown}",
            "json": f"a JSON list of rows with the keys {shown}" if shown else "a JSON list",
            "document": "a single JSON document",
            "html": "an HTML page",
        }
        return what[self.form]


_ABSENT = object()


def lookup(row: object, name: str, default: object = None) -> object:
    """Return the value of a column, or of a dotted path into nested objects."""
    if isinstance(row, Mapping) and name in row:
        return row[name]
    for part in name.split("."):
        if not isinstance(row, Mapping) or part not in row:
            return default
        row = row[part]
    return row


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a plain or gz file as UTF-8 text; wrong bytes become U+FFFD. PayloadError when it cannot be read to its end."""
    try:
        with path.open("rb") as magic:
            packed = magic.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        with gzip.open(path) if packed else path.open("rb") as stream:
            yield TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
    except (OSError, EOFError, zlib.error) as error:
        raise PayloadError(f"cannot read {path} to its end: {error}") from error


def look(path: Path) -> Look:
    """Return what the file looks like; PayloadError when there is nothing in it."""
    with open_text(path) as stream:
        head, form = _head(path, stream)
        rows = [row for row in islice(_READERS[form](chain(head, stream)), SAMPLE_ROWS) if not _is_blank(row)]
    columns = (
        _header(head)
        if form == "csv"
        else list(dict.fromkeys(name for row in rows if isinstance(row, Mapping) for name in row))
    )
    if form == "csv" and not rows:
        raise PayloadError(f"{path} is empty: it has a header ({', '.join(columns)[:200]}) and no rows")
    if form == "json" and not rows:
        raise PayloadError(f"{path} is empty: it is a JSON list without entries")
    return Look(form, tuple(columns), tuple(row for row in rows if isinstance(row, Mapping)))


def read_rows(path: Path) -> Iterator[Row | Rejected]:
    """Yield the rows of the file in its order; one that cannot be read is a Rejected in its place."""
    with open_text(path) as stream:
        head, form = _head(path, stream)
        yield from _READERS[form](chain(head, stream))


def _head(path: Path, stream: TextIO) -> tuple[list[str], Form]:
    head: list[str] = []
    for line in stream:
        # Blank lines at the top say nothing about the form, however many there are.
        if head or line.strip("\0 \t\r\n"):
            head.append(line)
        if len(head) == HEAD_LINES:
            break
    text = "".join(head).strip("\0 \t\r\n")
    if not text.strip("\"' \r\n,"):
        raise PayloadError(
            f"{path} is empty: it holds {text!r:.40} and no rows" if text else f"{path} is empty: it holds nothing"
        )
    return head, _form(text, head)


def _form(text: str, head: list[str]) -> Form:
    if text.startswith("["):
        return "json"
    if any(isinstance(_loads(line), dict) for line in head if line.lstrip().startswith("{")):
        return "jsonl"
    if is_markup(text):
        return "html"
    return "document" if text.startswith(("{", JSON_GUARD)) else "csv"


def is_markup(text: str) -> bool:
    """Say whether text that is no JSON is a page, or a piece of one: a CSV header has no closing tag."""
    return text.startswith("<") or "</" in text.split("\n", 1)[0]


def _is_blank(row: Row | Rejected) -> bool:
    return isinstance(row, Mapping) and not row


def _header(lines: Iterable[str]) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader(line.replace("\0", "") for line in lines), [])]
    except csv.Error:
        return []


def _csv_rows(lines: Iterable[str]) -> Iterator[Row | Rejected]:
    csv.field_size_limit(MAX_FIELD_CHARS)
    reader = csv.reader(line.replace("\0", "") for line in lines)
    header: list[str] | None = None
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Rejected("bad_row", f"line {reader.line_num} is not CSV: {error}", None)
            continue
        if cells == [] or (cells[1:] == [] and not cells[0].strip()):
            continue
        if header is None:
            header = [name.strip() for name in cells]
        elif len(cells) != len(header):
            yield Rejected("bad_row", f"line {reader.line_num} has {len(cells)} cells, the header has {len(header)}", cells)
        else:
            yield dict(zip(header, cells, strict=True))


def _json_lines(lines: Iterable[str]) -> Iterator[Row | Rejected]:
    for number, line in enumerate(lines, start=1):
        text = line.strip("\0 \t\r\n")
        if text:
            yield _json_row(_loads(text), f"line {number}", text)


def _json_list(lines: Iterable[str]) -> Iterator[Row | Rejected]:
    text = "".join(lines)
    entries = _loads(text)
    if not isinstance(entries, list):
        yield Rejected("bad_row", "the file starts like a JSON list and is none", text)
        return
    for number, entry in enumerate(entries, start=1):
        yield _json_row(entry, f"entry {number}", entry)


def _json_row(value: object, place: str, raw: object) -> Row | Rejected:
    return value if isinstance(value, dict) else Rejected("bad_row", f"{place} is not a JSON object", raw)


def _document(lines: Iterable[str]) -> Iterator[Row | Rejected]:
    yield Rejected("bad_row", "the file is one document, not rows", "".join(lines))


def _loads(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


_READERS: dict[Form, Callable[[Iterable[str]], Iterator[Row | Rejected]]] = {
    "csv": _csv_rows,
    "jsonl": _json_lines,
    "json": _json_list,
    "document": _document,
    "html": _document,
}
