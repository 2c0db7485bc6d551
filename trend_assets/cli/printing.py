"""How commands print: plain tables, JSON lines, UTC times. Texts of platforms and people are made harmless first."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import typer

_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What moves the cursor, changes the direction of writing or cannot be seen."""
_CONTROL_NOT_NEWLINE = re.compile(_CONTROL.pattern.replace(r"\x00-\x1f", r"\x00-\x09\x0b-\x1f"))
_WIDEST = 60


def clean(text: str, *, keep_lines: bool = False) -> str:
    """Return text without control characters: on one line, unless its lines are ours."""
    return (_CONTROL_NOT_NEWLINE if keep_lines else _CONTROL).sub(" ", text)


def examples(*commands: str) -> str:
    """Return the end of a command's help: examples to copy, each on a line of its own."""
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)


def echo_json(value: Mapping[str, Any], *, err: bool = False) -> None:
    """Print an object as one line of JSON."""
    typer.echo(as_json(value), err=err)


def as_json(value: object) -> str:
    """Return one line of JSON: times in ISO with Z, amounts as numbers, control characters escaped."""
    return escaped(json.dumps(_plain(value), ensure_ascii=False))


def escaped(line: str) -> str:
    """Return a line of JSON in which no character can move the cursor; JSON's own escapes say the same."""
    return _CONTROL.sub(lambda found: "".join(f"\\u{unit:04x}" for unit in _utf16(found[0])), line)


def echo_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in columns."""
    for line in table(header, rows):
        typer.echo(line)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return the lines of a table; wide characters take two places, too long texts are cut."""
    from rich.cells import cell_len

    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(header, *cells, strict=True)]
    numbers = [all(_is_number(row[index]) for row in cells) for index in range(len(header))]

    def line(values: Sequence[str]) -> str:
        padded = []
        for value, width, number in zip(values, widths, numbers, strict=True):
            space = " " * (width - cell_len(value))
            padded.append(space + value if number else value + space)
        return "  ".join(padded).rstrip()

    return [line(header), line(["-" * width for width in widths]), *map(line, cells)]


def when(moment: datetime | None) -> str:
    """Return a time for people."""
    return "-" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def number(value: float | Decimal | None, digits: int = 1) -> str:
    """Return a number for people: without a fraction when it has none."""
    if value is None:
        return "unknown"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.{digits}f}"


def _utf16(character: str) -> list[int]:
    data = character.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(data[index : index + 2], "big") for index in range(0, len(data), 2)]


def _plain(value: object) -> object:
    """Return what JSON knows; numbers that it does not know become null."""
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, str | int | float) else _as_text(value)


def _as_text(value: object) -> object:
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=None).isoformat()}Z"
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    text = clean(as_json(value) if isinstance(value, list | dict) else str(value)).strip()
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _is_number(text: str) -> bool:
    return text in ("-", "unknown") or re.fullmatch(r"[-+]?[\d,]+(\.\d+)?( %)?", text) is not None
