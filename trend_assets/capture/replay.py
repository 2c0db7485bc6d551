"""Archives as surfaces: recorded history, hour by hour, as the runs that it stands for."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from trend_assets.capture import archive
from trend_assets.capture.archive_formats import format_named
from trend_assets.capture.keys import normalize
from trend_assets.capture.platforms import PLATFORMS
from trend_assets.capture.runs import CaptureRun, judge
from trend_assets.capture.surfaces import Surface
from trend_assets.hours import Span, floor_hour, to_utc


def parse_of(platform: str) -> archive.Parse | None:
    """Return the platform's parse, or None for platforms that only archives know."""
    return PLATFORMS[platform].parse if platform in PLATFORMS else None


def archive_surfaces(path: Path, platform: str, surface_type: str) -> tuple[tuple[Surface, ...], list[datetime]]:
    """Return the surfaces that a file of recorded history holds, and the hours in which it has captures, ascending.

    Raises:
        PayloadError: the file is not a known archive of that kind of surface.
    """
    fmt = archive.recognize(path, platform, surface_type)
    hours: set[datetime] = set()
    keys: dict[str, None] = {}
    for captured_at, key in archive.index(path, fmt):
        hours.add(floor_hour(captured_at))
        keys.setdefault(key)
    surfaces = tuple(
        Surface(
            id=":".join(part for part in (platform, surface_type, slug) if part),
            platform=platform,
            surface_type=surface_type,
            surface_key=key,
            cadence_minutes=fmt.cadence_minutes,
            min_items=fmt.min_items,
            archive=path.absolute(),
            archive_format=fmt.name,
            first_hour=min(hours),
        )
        for key, slug in _slugs(keys).items()
    )
    return surfaces, sorted(hours)


def archive_runs(path: Path, surfaces: Sequence[Surface], span: Span) -> Iterator[CaptureRun]:
    """Yield the runs of the hours that the file holds of these surfaces, in the file's order."""
    by_key = {surface.surface_key: surface for surface in surfaces}
    times_met: Counter[tuple[str, datetime]] = Counter()
    fmt = format_named(str(surfaces[0].archive_format))
    parse = parse_of(surfaces[0].platform)
    for snapshot in archive.read_archive(path, fmt, parse, span.start.replace(tzinfo=UTC), span.end.replace(tzinfo=UTC)):
        surface = by_key.get(snapshot.surface_key)
        if surface is not None:
            captured_at = to_utc(snapshot.captured_at)
            status, message = judge(snapshot.parsed)
            # A file may hold several snapshots of one time (rows that are not grouped): each is a run, none replaces another.
            attempt = times_met[surface.id, captured_at]
            times_met[surface.id, captured_at] += 1
            yield CaptureRun(
                surface, captured_at, captured_at, captured_at, status, snapshot.parsed, attempt, error_message=message
            )


def _slugs(keys: Iterable[str]) -> dict[str, str]:
    """Return what stands for each key in an id: another one for each, and the same one in every file."""
    # Captured text: only letters and digits of any script come into an id that is printed and shown everywhere.
    slugs = {key: re.sub(r"[^\w-]+", "_", normalize(key)).strip("_") for key in keys}
    shared = Counter(slugs.values())
    plain = {key for key, slug in slugs.items() if shared[slug] == 1 and slug == normalize(key).replace(" ", "_")}
    return {key: slug if key in plain else f"{slug}-{_digest(key)}".lstrip("-") for key, slug in slugs.items()}


def _digest(key: str) -> str:
    return hashlib.sha1(key.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:8]
