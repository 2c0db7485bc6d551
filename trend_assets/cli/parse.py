"""`trend-assets parse`: what is in a file, as the pipeline sees it. Nothing is stored."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_assets.cli.printing import as_json, escaped, examples
from trend_assets.errors import PayloadError, UnknownNameError

if TYPE_CHECKING:
    from trend_assets.capture.items import Item, Parsed, Rejected

    Found = tuple[datetime | None, Parsed]


_EXAMPLES = (
    "trend-assets parse tiktok discover payload.json",
    "trend-assets parse weibo hot_search history.jsonl.gz 2>rejected.jsonl | head",
)


def parse(
    platform: Annotated[str, typer.Argument(help="Platform, for example tiktok.")],
    surface_type: Annotated[str, typer.Argument(help="Kind of surface, for example discover.")],
    file: Annotated[Path, typer.Argument(help="A payload as the platform sent it, or an archive of many; plain or gz.")],
) -> None:
    """Read a file: one JSON object per item on stdout, one per rejected entry on stderr.

    What kind of file it is, is told from its content. Items of an archive have `captured_at`. Exit code 2, with one sentence
    on stderr, when the file does not hold what such a surface delivers.
    """
    from trend_assets.capture.replay import parse_of

    _check_names(platform, surface_type)
    if not file.is_file():
        raise PayloadError(f"{file} is a folder, not a file." if file.is_dir() else f"There is no file {file}.")
    try:
        for captured_at, parsed in _read(file, platform, surface_type, parse_of(platform)):
            for item in parsed.items:
                typer.echo(as_json(_item(item, captured_at)))
            for entry in parsed.rejected:
                typer.echo(_rejected(entry, captured_at), err=True)
    except PayloadError as error:
        raise PayloadError(" ".join(str(error).split())) from error


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples(*_EXAMPLES))(parse)


def _check_names(platform: str, surface_type: str) -> None:
    """Refuse what neither a platform nor an archive format knows."""
    from trend_assets.capture.archive_formats import load_formats
    from trend_assets.capture.platforms import PLATFORMS

    known: dict[str, set[str]] = {name: set(module.SURFACE_TYPES) for name, module in PLATFORMS.items()}
    for fmt in load_formats():
        known.setdefault(fmt.platform, set()).add(fmt.surface_type)
    if platform not in known:
        raise UnknownNameError(f"There is no platform '{platform}'; there are {', '.join(sorted(known))}.")
    if surface_type not in known[platform]:
        types = ", ".join(sorted(known[platform]))
        raise UnknownNameError(f"{platform} has no surface type '{surface_type}'; it has {types}.")


def _read(file: Path, platform: str, surface_type: str, parser: Any) -> "Iterator[Found]":
    """Yield what is in the file, with the time of capture where it is an archive.

    Raises:
        PayloadError: nothing in it is of this surface.
    """
    from trend_assets.capture.archive import parse_file, read_archive, recognize

    try:
        fmt = recognize(file, platform, surface_type)
    except PayloadError:
        yield from ((None, parsed) for parsed in parse_file(file, platform, surface_type, parser))
        return
    unknown: list[Found] | None = []  # None once one of the captures was recognized
    for snapshot in read_archive(file, fmt, parser):
        found = (snapshot.captured_at, _without_shape(snapshot.parsed))
        if snapshot.parsed.shape is None and unknown is not None:
            unknown.append(found)
        else:
            yield from unknown or ()
            unknown = None
            yield found
    if unknown:
        raise PayloadError(f"No capture in {file} is of {platform}/{surface_type}: {unknown[0][1].rejected[-1].detail}")


def _without_shape(parsed: "Parsed") -> "Parsed":
    """Return a capture that is of no known shape as one with a rejected entry."""
    from trend_assets.capture.items import Rejected

    if parsed.shape is not None:
        return parsed
    return replace(parsed, rejected=(*parsed.rejected, Rejected("unknown_shape", parsed.problem or "no known shape", None)))


def _item(item: "Item", captured_at: datetime | None) -> dict[str, Any]:
    row = item.to_json()
    return {"captured_at": captured_at, **row} if captured_at else row


def _rejected(entry: "Rejected", captured_at: datetime | None) -> str:
    """Return the entry as a line of JSON, whatever the platform sent."""
    from trend_assets.capture.items import raw_json

    row: dict[str, Any] = {"captured_at": captured_at} if captured_at else {}
    start = as_json({**row, "reason": entry.reason, "detail": entry.detail})
    return f'{start[:-1]}, "raw": {escaped(raw_json(entry.raw))}}}'
