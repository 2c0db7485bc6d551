"""What `explain` suggests is checked by applying it: the bucket is changed by hand and scored by the pipeline's formula."""

import random
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from trend_assets.hours import HOUR, Span
from trend_assets.lake.lake import Lake, Snapshot
from trend_assets.lake.tables import BUCKETS, CANDIDATES
from trend_assets.trends import spine
from trend_assets.trends.explain import explain, find
from trend_assets.trends.scoring import INPUTS, score_sql
from trend_assets.trends.threshold import QUANTITIES, Change, Quantity, crossings
from trend_assets_tests.stores import commit_world, dicts, open_stores
from trend_assets_tests.worlds import START, random_world

TYPES = {column.name: column.type for column in BUCKETS.columns if column.name in INPUTS}
BY_NAME = {quantity.name: quantity for quantity in QUANTITIES}


def random_bucket(rng: random.Random) -> dict[str, Any]:
    """A bucket that could be: authors not more than posts, growth not more than totals."""
    posts = rng.choice([0, 0, 1, 3, 5, 6, 7, 12, 40])
    authored = rng.choice([posts, posts, rng.randint(0, posts)])
    authors = rng.randint(1, authored) if authored else 0
    most = rng.randint(-(-authored // authors), authored - authors + 1) if authors else 0
    growth_views = Decimal(rng.choice([0, 0, 4_000, 9_999, 250_000, 2_000_000]))
    growth_engagement = Decimal(rng.choice([0, 1, 6_000, 90_000]))
    extra = rng.choice([0, 0, 500, 300_000, 1_500_000]) if posts else 0
    return {
        "artifact_count": posts,
        "authored_count": authored,
        "unique_authors": authors,
        "max_author_artifacts": most,
        "total_views": extra + int(growth_views),
        "total_engagement": extra // 20 + int(growth_engagement),
        "growth_views": growth_views,
        "growth_engagement": growth_engagement,
        "activity": posts + Decimal(rng.choice(["0", "0.5", "2.9999", "30", "1094.1234"])),
        "velocity": rng.choice([None, -7.25, 0.0, 0.3, 0.9999, 1.0, 4.1667, 9.9, 12.0, 300.0]),
        "hours_since_first": rng.choice([None, 0, 1, 5, 30, 151, 152, 160, 168]),
    }


def table(snapshot: Snapshot, bucket: Mapping[str, Any], name: str = "bucket") -> str:
    """Make the bucket a relation."""
    columns = ", ".join(f"${column}::{type_} AS {column}" for column, type_ in TYPES.items())
    values = {column: None if bucket[column] is None else str(bucket[column]) for column in TYPES}
    snapshot.run(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {columns}", **values)
    return name


def promoted(snapshot: Snapshot, bucket: Mapping[str, Any]) -> bool:
    """Score a changed bucket by the formula alone."""
    return bool(snapshot.rows(f"SELECT promoted FROM ({score_sql(table(snapshot, bucket, 'changed'))})")[0][0])


def less(quantity: Quantity, bucket: Mapping[str, Any], change: Change) -> Iterator[dict[str, Any]]:
    """Yield the columns for a change that is one step, and 1 %, smaller."""
    assert change.needed is not None
    current, needed = quantity.current(bucket), round(change.needed * quantity.scale)
    for step in (1, round(abs(needed - current) / 100)):
        steps = needed - step if needed > current else needed + step
        if step and steps != current and steps >= 0:
            yield quantity.columns(bucket, steps)


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    with Lake(tmp_path).snapshot() as opened:
        yield opened


@pytest.mark.parametrize("seed", range(3))
def test_a_suggested_change_crosses_and_a_smaller_one_does_not(seed: int, snapshot: Snapshot) -> None:
    rng = random.Random(seed)
    crossed = 0
    for _ in range(15):
        bucket = random_bucket(rng)
        before = promoted(snapshot, bucket)
        for change in crossings(snapshot, table(snapshot, bucket), bucket):
            if change.needed is not None:
                crossed += 1
                assert promoted(snapshot, {**bucket, **change.columns}) != before, (bucket, change)
                for smaller in less(BY_NAME[change.quantity], bucket, change):
                    assert promoted(snapshot, {**bucket, **smaller}) == before, (bucket, change, smaller)
    assert crossed > 10


@pytest.mark.parametrize("seed", range(2))
def test_small_quantities_are_searched_completely(seed: int, snapshot: Snapshot) -> None:
    """Every value of authors and hours is tried by hand: the nearest that crosses is the one that is suggested."""
    rng = random.Random(100 + seed)
    for _ in range(5):
        bucket = random_bucket(rng)
        before = promoted(snapshot, bucket)
        found = {change.quantity: change for change in crossings(snapshot, table(snapshot, bucket), bucket)}
        for name in ("authors", "posts of the busiest author", "hours since first seen"):
            quantity = BY_NAME[name]
            values = [steps for first, last in quantity.ranges(bucket) for steps in range(first, last + 1)]
            values = sorted(set(values) - {quantity.current(bucket)}, key=lambda steps: abs(steps - quantity.current(bucket)))
            nearest = [v for v in values if promoted(snapshot, {**bucket, **quantity.columns(bucket, v)}) != before][:1]
            suggested = [change.needed for change in (found[name],) if change.needed is not None]
            assert [abs(value - quantity.current(bucket)) for value in suggested] == [
                abs(value - quantity.current(bucket)) for value in nearest
            ]


def test_the_relatively_smallest_change_comes_first_and_the_impossible_last(snapshot: Snapshot) -> None:
    bucket = random_bucket(random.Random(0)) | {
        "artifact_count": 4, "authored_count": 4, "unique_authors": 4, "max_author_artifacts": 1, "total_views": 500_000,
        "total_engagement": 20_000, "growth_views": 0, "growth_engagement": 0, "activity": 4, "velocity": 0.0,
        "hours_since_first": 0,
    }  # fmt: skip
    changes = crossings(snapshot, table(snapshot, bucket), bucket)
    assert (changes[0].quantity, changes[0].needed, changes[0].relative) == ("authors", 3, 0.25)
    assert changes[0].columns == {"unique_authors": 3, "max_author_artifacts": 2}
    assert (changes[1].quantity, changes[1].needed, changes[1].score) == ("views", 371_431, 50.0)
    sizes = [change.relative for change in changes if change.relative is not None]
    assert sizes == sorted(sizes)
    possible = [change.needed is not None for change in changes]
    assert possible == sorted(possible, reverse=True)


def test_without_new_posts_more_views_are_more_growth(snapshot: Snapshot) -> None:
    """A cluster without new posts is too small until it grows by 10,000: growth and total are one there."""
    bucket = random_bucket(random.Random(0)) | {
        "artifact_count": 0, "authored_count": 0, "unique_authors": 0, "max_author_artifacts": 0, "total_views": 0,
        "total_engagement": 9_000, "growth_views": 0, "growth_engagement": 9_000, "activity": 0, "velocity": 12.0,
        "hours_since_first": 0,
    }  # fmt: skip
    (views,) = [change for change in crossings(snapshot, table(snapshot, bucket), bucket) if change.quantity == "views"]
    assert views.columns == {"total_views": 1_000, "growth_views": 1_000}


@pytest.mark.parametrize("seed", [3, 8])
def test_every_candidate_row_of_a_world_is_explained_exactly(seed: int, tmp_path: Path) -> None:
    work = open_stores(tmp_path)
    commit_world(work, random_world(random.Random(seed), 48))
    spine.run(work, Span(START, START + 48 * HOUR))
    with work.lake.snapshot() as snapshot:
        for stored in (BUCKETS, CANDIDATES):
            snapshot.view(stored, None, None)
        sql = f"""SELECT count(*), count(*) FILTER (c.trend_score IS DISTINCT FROM s.trend_score)
        FROM trend_candidates AS c LEFT JOIN ({score_sql(BUCKETS.name)}) AS s USING (key_hash, hour)"""
        rows, different = snapshot.rows(sql)[0]
    assert rows
    assert different == 0
    candidates = dicts(work.lake, CANDIDATES.name)
    for row in random.Random(seed).sample(candidates, min(8, len(candidates))):
        (cluster,) = find(work.lake, row["candidate_id"])
        explanation = explain(work.lake, cluster, row["hour"])
        assert explanation.verified is True
        assert explanation.score == row["trend_score"]
        assert sorted(explanation.filters) == sorted(row["filters"])
        if explanation.score is not None:
            assert sum(part.points or 0 for part in explanation.components) == pytest.approx(explanation.score, abs=1e-4)
