"""What a run looks like as a whole: the figures in its row by which later runs of its surface are judged (health.py)."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from trend_assets.capture.items import CUMULATIVE, GAUGE, TRAILING_24H, Item, storable

COUNTERS = (*CUMULATIVE, *TRAILING_24H, *GAUGE)
AUTHORS_FIELDS = ("text_content", "audio_id", "hashtags")
"""What it is up to authors to give: when a sound trends, few posts have hashtags."""
FIELDS = (*COUNTERS, "author", "item_created_at", *AUTHORS_FIELDS)
"""What the pipeline reads of items, and a platform can stop to deliver."""
MAX_KEYS = 300
"""Most keys of one entry that are looked at."""
_MAX_KEY_CHARS = 100


def profile(items: Sequence[Item]) -> dict[str, Any]:
    """Return the columns of a run's row that describe its items, by name (lake/tables.py explains each)."""
    counts = {item.platform_item_id: [getattr(item, name) for name in COUNTERS] for item in items}
    by_type = defaultdict[str, list[Item]](list)
    for item in items:
        by_type[item.item_type].append(item)
    return {
        "content_digest": sha1(sorted(counts.items())),
        "item_digests": sorted(map(_digest, counts)),
        "profile": [_of_type(item_type, by_type[item_type]) for item_type in sorted(by_type)],
    }


def sha1(value: object) -> str:
    """Return a digest of a value as JSON."""
    return hashlib.sha1(json.dumps(value, ensure_ascii=False, default=str).encode(), usedforsecurity=False).hexdigest()


def _of_type(item_type: str, items: Sequence[Item]) -> dict[str, Any]:
    keys = Counter(key for item in items for key in set(islice(_keys(item.raw), MAX_KEYS)))
    return {
        "item_type": item_type,
        "items": len(items),
        "fields": [{"field": name, "items": sum(_has(item, name) for item in items)} for name in FIELDS],
        "keys": sorted(key for key, count in keys.items() if 2 * count > len(items)),
    }


def _digest(item_id: str) -> int:
    """Return 64 bits, as a signed number."""
    return int.from_bytes(hashlib.sha1(item_id.encode(), usedforsecurity=False).digest()[:8], signed=True)


def _has(item: Item, name: str) -> bool:
    if name == "author":
        return item.author_id is not None or item.author_handle is not None
    return getattr(item, name) not in (None, ())


def _keys(raw: object) -> Iterator[str]:
    """Yield an entry's keys as the platform sent them, and those one level below: some wrap their entries."""
    if not isinstance(raw, Mapping):
        return
    for key, value in raw.items():
        name = storable(str(key))[:_MAX_KEY_CHARS]
        yield name
        if isinstance(value, Mapping):
            yield from (f"{name}.{storable(str(inner))[:_MAX_KEY_CHARS]}" for inner in value)
