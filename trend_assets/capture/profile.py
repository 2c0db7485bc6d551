"""What a run looks like as a whole: the figures in its row by which later runs of its surface are judged (health.py)."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from trend_assets.capture.items import CUMULATIVE, GAUGE, TRAILING_24H, Item, storable

COUNTERS = (*CUMULATIVE, *TRAILING_24H, *GAUGE)
FIELDS = (*COUNTERS, "author", "text_content", "audio_id", "hashtags", "item_created_at")
"""What the pipeline reads of items, and a platform can stop to deliver."""
_MAX_KEY_CHARS, _MAX_KEYS = 100, 1_000


def profile(items: Sequence[Item]) -> dict[str, Any]:
    """Return the columns of a run's row that describe its items, by name (lake/tables.py explains each)."""
    counts = {item.platform_item_id: [getattr(item, name) for name in COUNTERS] for item in items}
    return {
        "content_digest": sha1(sorted(counts.items())),
        "item_digests": sorted(map(_digest, counts)),
        "fields": [{"field": name, "items": sum(_has(item, name) for item in items)} for name in FIELDS],
        "payload_keys": _common_keys(items),
    }


def sha1(value: object) -> str:
    """Return a digest of a value as JSON."""
    return hashlib.sha1(json.dumps(value, ensure_ascii=False, default=str).encode(), usedforsecurity=False).hexdigest()


def _digest(item_id: str) -> int:
    """Return 64 bits, as a signed number."""
    return int.from_bytes(hashlib.sha1(item_id.encode(), usedforsecurity=False).digest()[:8], signed=True)


def _has(item: Item, name: str) -> bool:
    if name == "author":
        return item.author_id is not None or item.author_handle is not None
    return getattr(item, name) not in (None, ())


def _common_keys(items: Sequence[Item]) -> list[str]:
    """Return the keys that more than half of the entries have, as the platform sent them."""
    found = Counter(storable(str(key))[:_MAX_KEY_CHARS] for item in items if isinstance(item.raw, Mapping) for key in item.raw)
    return sorted(key for key, count in found.items() if 2 * count > len(items))[:_MAX_KEYS]
