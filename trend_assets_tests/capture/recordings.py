"""Reading the recordings beside the repository (fixture `shared_data`)."""

import gzip
import json
from pathlib import Path
from typing import Any

HISTORIES = {
    "tiktok/discover_hourly_t_2022-03-24_2022-04-24.jsonl.gz": ("tiktok", "discover"),
    "tiktok/discover_exploreList_www_6hourly_2024-03-29_2024-04-30.jsonl.gz": ("tiktok", "discover"),
    "tiktok/aweme_feed_snapshots_2024-03-29_2024-04-30.jsonl.gz": ("tiktok", "feed"),
    "tiktok/trending_collector_history_2026-03.jsonl.gz": ("tiktok", "feed"),
    "weibo/hot_search_hourly_2024-12-01_2024-12-21.jsonl.gz": ("weibo", "hot_search"),
    "hackernews/frontpage_15min_2025-04-28_2025-05-18.csv.gz": ("hackernews", "front_page"),
    "x/trends_place_3x_daily_2021-09-01_2021-09-25.csv.gz": ("x", "trends_place"),
    "youtube/trending_daily_default_music_2025-03-01_2025-05-18.csv.gz": ("youtube", "trending"),
    "youtube/USvideos_2017-2018_subset.csv.gz": ("youtube", "trending"),
}
"""The recordings that are a history: platform and surface type by path."""


def read(path: Path) -> Any:
    """Return a recording: JSON as its value, JSON lines as a list, everything else as text."""
    packed = path.read_bytes()
    text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode()
    name = path.name.removesuffix(".gz")
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines() if line]
    return json.loads(text) if name.endswith(".json") else text
