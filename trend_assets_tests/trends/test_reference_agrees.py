"""The SQL of the spine and the row-by-row oracle say the same, on random worlds."""

import random
from pathlib import Path
from typing import Any

import pytest

from trend_assets.hours import HOUR, Span
from trend_assets.trends import spine
from trend_assets_tests.reference import compute
from trend_assets_tests.stores import capture_run, commit_world, dicts, open_stores
from trend_assets_tests.worlds import START, random_world

Rows = dict[tuple[Any, ...], dict[str, Any]]

KEYS = {
    "coverage": ("surface", "hour"),
    "observations": ("run_id", "item"),
    "evidence": ("item",),
    "artifacts": ("item",),
    "clusters": ("cluster",),
    "artifact_cluster_links": ("item", "cluster"),
    "cluster_buckets": ("cluster", "hour"),
    "trend_candidates": ("cluster", "detected_at", "hour"),
    "candidate_transitions": ("cluster", "hour", "to_status"),
}
COMPARED = {
    "coverage": ("status",),
    "observations": ("growth_views", "growth_likes", "growth_comments", "growth_shares", "growth_uses"),
    "evidence": ("hour", "captured_at", "surface"),
    "artifacts": ("hour", "engagement_score"),
    "clusters": ("hour", "first_seen_at"),
    "artifact_cluster_links": ("hour", "role", "rank"),
    "cluster_buckets": (
        "artifact_count", "unique_authors", "authored_count", "max_author_artifacts", "total_views", "total_engagement",
        "growth_views", "growth_engagement", "growth_uses", "volume_24h", "activity", "breadth", "concentration",
        "first_seen_hour", "novelty", "surfaces", "watchers", "cross_surface", "complete", "previous_hour", "velocity",
        "acceleration", "silent_hours", "avg_engagement_score",
    ),
    "trend_candidates": (
        "status", "previous_status", "activated_at", "peaked_at", "stale_at", "high", "falling", "trend_score", "peak_score",
        "promoted", "filters",
    ),
    "candidate_transitions": ("from_status", "trend_score"),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(30))
def test_the_spine_agrees_with_the_oracle(seed: int, tmp_path: Path) -> None:
    hours = 420 if seed % 20 == 19 else 72
    world = random_world(random.Random(seed), hours)
    for row in world:
        run = capture_run(row)
        row["run_id"], row["surface"] = run.run_id, run.surface.id
    expected = compute(world, [], START, START + HOUR * (hours - 1))
    work = open_stores(tmp_path)
    commit_world(work, world)
    spine.run(work, Span(START, START + HOUR * hours))
    for table in KEYS:
        assert actual(work.lake, table) == oracle(expected[table], table), table


def oracle(rows: list[dict[str, Any]], table: str) -> Rows:
    """Return the oracle's rows, reduced to what is compared."""
    names = {"stale_at": "ended_at"}
    return {
        tuple(row[name] for name in KEYS[table]): {name: comparable(row.get(names.get(name, name))) for name in COMPARED[table]}
        for row in rows
    }


def actual(lake: Any, table: str) -> Rows:
    """Return the lake's rows, reduced to what is compared."""
    items = {row["evidence_id"]: (row["platform"], row["platform_item_id"]) for row in dicts(lake, "evidence")}
    artifacts = {row["artifact_id"]: items[row["evidence_id"]] for row in dicts(lake, "artifacts")}
    clusters = {row["cluster_id"]: (row["cluster_key_type"], row["cluster_key"]) for row in dicts(lake, "clusters")}
    rows = {}
    for row in dicts(lake, table):
        row["item"] = (
            (row["platform"], row["platform_item_id"]) if "platform_item_id" in row
            else artifacts.get(row.get("artifact_id", ""), items.get(row.get("evidence_id", "")))
        )  # fmt: skip
        row["cluster"] = clusters.get(row.get("cluster_id", ""))
        rows[tuple(row[name] for name in KEYS[table])] = {name: comparable(row[name]) for name in COMPARED[table]}
    return rows


def comparable(value: Any) -> Any:
    """Return numbers as floats: the oracle's are exact, the lake's are stored."""
    return pytest.approx(float(value), abs=1.01e-4) if isinstance(value, int | float) or hasattr(value, "as_tuple") else value
