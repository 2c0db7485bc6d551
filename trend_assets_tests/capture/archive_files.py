"""Hand-written archive files, and a stand-in for a platform's parse()."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from trend_assets.capture.archive import Snapshot, index, read_archive, recognize
from trend_assets.capture.archive_formats import ArchiveFormat
from trend_assets.capture.items import Item, Parsed, Rejected
from trend_assets.capture.keys import hashtag_key


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(path: Path, fmt: ArchiveFormat) -> tuple[datetime, datetime]:
    times = [captured_at for captured_at, _ in index(path, fmt)]
    return min(times), max(times)


def write(path: Path, content: str | bytes) -> Path:
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_csv(path: Path, header: str, *rows: Sequence[object]) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([header.split(","), *rows])
    return write(path, text.getvalue())


def write_lines(path: Path, *lines: object) -> Path:
    """Write each line as JSON; text is written as it stands."""
    return write(path, "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))


def echo(payload: object, surface_type: str) -> Parsed:
    """Stand in for a platform: one item per tag of a list, no shape for anything else."""
    tags = payload.get("tags") if isinstance(payload, dict) else payload
    if not isinstance(tags, list):
        return Parsed(None, problem=f"expected tags of {surface_type}")
    items = [
        Item("tiktok", str(tag), "hashtag", False, (key,), raw=tag) for tag in tags if (key := hashtag_key("tiktok", str(tag)))
    ]
    return Parsed("echo", tuple(items))


def snapshots(path: Path, platform: str, surface_type: str) -> list[Snapshot]:
    return list(read_archive(path, recognize(path, platform, surface_type), echo))


def all_items(found: Iterable[Snapshot]) -> list[Item]:
    return [item for snapshot in found for item in snapshot.parsed.items]


def all_rejected(found: Iterable[Snapshot]) -> list[Rejected]:
    return [entry for snapshot in found for entry in snapshot.parsed.rejected]


def keys(item: Item) -> list[str]:
    return [key.key for key in item.keys]
