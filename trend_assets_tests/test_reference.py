"""The oracle against histories that were worked out by hand."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from trend_assets_tests.reference import HOUR, Tombstone, compute, rate, round4, score
from trend_assets_tests.worlds import START, random_tombstones, random_world

Row = dict[str, Any]
CLUSTER = ("hashtag", "tiktok:#a")

# n posts, authors, views, engagement, activity, velocity, hours since first seen, path, score: DESIGN §9
WORKED = [
    (4, 4, 600_000, 20_000, 4, "0", 0, "counters", 54.0000, []),
    (10, 8, 1_200_000, 70_000, 10, "6", 1, "counters", 80.6310, []),
    (12, 12, 0, 0, 12, "9", 2, "sampling", 88.1619, []),
    (0, 0, 2_500_000, 40_000, 0, "0", 5, "counters", 54.8810, []),
    (0, 0, 0, 0, 1094, "1094", 1, "sampling", 99.8299, []),
    (3, 3, 50_000, 2_000, 3, "-7", 30, "counters", 37.6536, []),
    (8, 1, 200_000, 9_000, 8, "5", 3, "counters", 39.7179, ["single_author", "bot_pattern"]),
    (5, 5, 100_000, 5_000, 5, "0.5", 160, "counters", 24.8274, ["old_trend"]),
]


def post(item_id: str, author: str | None = None, key: str = "tiktok:#a", **fields: object) -> Row:
    row: Row = {"platform_item_id": item_id, "item_type": "video", "is_post": True, "author_id": author}
    return row | {"keys": [("hashtag", key, "a", "A")]} | fields


def topic(**fields: object) -> Row:
    return post("topic") | {"is_post": False} | fields


def posts(hour: int, count: int) -> list[Row]:
    return [post(f"{hour}/{n}", f"author {n}") for n in range(count)]


OTHER = post("other", key="tiktok:#other", is_post=False)


def run(hour: int, items: list[Row], surface: str = "a", minute: int = 0, **fields: object) -> Row:
    placed = [item | {"position": place, "rank": place} for place, item in enumerate(items, start=1)]
    row: Row = {"run_id": f"{surface}|{hour}|{minute}", "surface": surface, "platform": "tiktok", "status": "success"}
    row |= {"captured_at": START + timedelta(hours=hour, minutes=minute), "item_count": len(items), "items": placed}
    return row | {"cadence_minutes": 60, "min_items": 1} | fields


def tables(runs: list[Row], hours: int, tombstones: list[Tombstone] | None = None) -> dict[str, list[Row]]:
    return compute(runs, tombstones or [], START, START + HOUR * (hours - 1))


def column(rows: list[Row], name: str, cluster: tuple[str, str] | None = CLUSTER) -> dict[int, Any]:
    """One column by hour number, of the rows of one cluster."""
    return {(row["hour"] - START) // HOUR: row[name] for row in rows if row.get("cluster") == cluster}


def growths(runs: list[Row], hours: int, name: str = "growth_views") -> list[Any]:
    return [row[name] for row in tables(runs, hours)["observations"] if row["platform_item_id"] == "p"]


@pytest.mark.parametrize("worked", WORKED)
def test_the_score_gives_the_worked_table(worked: tuple[int, int, int, int, int, str, int, str, float, list[str]]) -> None:
    n, authors, views, engagement, activity, velocity, age, path, value, reasons = worked
    bucket = {"hour": START, "first_seen_hour": START - HOUR * age, "artifact_count": n, "authored_count": n}
    bucket |= {"unique_authors": authors, "max_author_artifacts": n - authors + 1 if n else 0}
    bucket |= {"total_views": views, "total_engagement": engagement, "activity": activity, "velocity": Decimal(velocity)}
    bucket |= {"growth_views": views if n == 0 else 0, "growth_engagement": engagement if n == 0 else 0}
    found_path, found, components, found_reasons = score(bucket)
    assert (found_path, found, found_reasons) == (path, value, reasons)
    assert (components["breadth"] is None) == (n == 0)


def test_an_unknown_velocity_is_left_out_and_the_rest_weighs_100() -> None:
    bucket = {
        "hour": START,
        "first_seen_hour": START - HOUR * 168,
        "artifact_count": 3,
        "authored_count": 2,
        "unique_authors": 1,
    }
    bucket |= {"max_author_artifacts": 2, "total_views": 0, "total_engagement": 0, "activity": 25, "velocity": None}
    path, value, components, reasons = score(bucket | {"growth_views": 0, "growth_engagement": 0})
    assert (path, value) == ("sampling", round4((30 * 0.5 + 5) / 60 * 100))
    assert components == {"velocity": None, "breadth": 0.5, "novelty": 0.0, "volume": 0.5}
    assert reasons == ["bot_pattern"]


def test_rates_round_halves_away_from_zero() -> None:
    assert [str(rate(amount, 32)) for amount in (1, -1, 0)] == ["0.0313", "-0.0313", "0.0000"]
    assert (round4(-0.03125), round4(2.5)) == (-0.0313, 2.5)


def test_growth_over_a_gap_is_per_elapsed_hour_and_skips_sightings_without_the_counter() -> None:
    seen = {0: 100, 1: None, 3: 1100, 4: 900}
    runs = [run(hour, [post("p", view_count=views)]) for hour, views in seen.items()]
    assert growths(runs, 5) == [None, None, Decimal("333.3333"), Decimal(0)]


def test_growth_looks_back_168_hours_and_no_further() -> None:
    assert growths([run(0, [post("p", view_count=0)]), run(168, [post("p", view_count=1000)])], 169)[1] == Decimal("5.9524")
    assert growths([run(0, [post("p", view_count=0)]), run(169, [post("p", view_count=1000)])], 170)[1] is None


def test_only_the_last_sighting_of_an_hour_carries_growth() -> None:
    runs = [
        run(0, [post("p", like_count=-5)]),
        run(1, [post("p", like_count=2)]),
        run(1, [post("p", like_count=10)], minute=30),
    ]
    assert growths(runs, 2, "growth_likes") == [None, None, Decimal(15)]


def test_an_item_on_two_surfaces_is_one_artifact_and_its_growth_the_larger_one() -> None:
    runs = [
        *(run(0, [topic(use_count=10)], surface) for surface in "ab"),
        run(1, [topic(use_count=40), *posts(1, 2)], "a"),
        run(1, [topic(use_count=30), *posts(1, 3)], "b", minute=1),
    ]
    found = tables(runs, 2)
    buckets = found["cluster_buckets"]
    assert len(found["evidence"]) == 4
    assert column(buckets, "artifact_count") == {0: 0, 1: 3}
    assert column(buckets, "growth_uses")[1] == 30
    assert column(buckets, "activity") == {0: 0, 1: 33}
    assert column(buckets, "velocity")[1] == 33
    assert column(buckets, "cross_surface")[1] == 1.0


def test_a_volume_counts_only_where_there_is_no_use_growth() -> None:
    runs = [run(0, [topic(use_count=5, volume_24h=100)]), run(1, [topic(use_count=5, volume_24h=100)])]
    buckets = tables(runs, 2)["cluster_buckets"]
    assert column(buckets, "activity") == {0: Decimal("4.1667"), 1: 0}
    assert column(buckets, "volume_24h") == {0: 100, 1: 100}


def test_a_level_is_that_of_the_last_sighting_of_the_hour() -> None:
    runs = [run(0, [topic(volume_24h=480)]), run(0, [topic(volume_24h=240)], minute=30)]
    buckets = tables(runs, 1)["cluster_buckets"]
    assert (column(buckets, "volume_24h"), column(buckets, "activity")) == ({0: 240}, {0: 10})


def test_velocity_over_a_gap_is_per_hour_since_the_previous_known_hour() -> None:
    buckets = tables([run(0, posts(0, 4)), run(3, posts(3, 10))], 4)["cluster_buckets"]
    assert column(buckets, "velocity") == {0: 0, 3: 2}
    assert column(buckets, "acceleration") == {0: 0, 3: Decimal("0.6667")}


def test_velocity_compares_only_surfaces_known_in_both_hours() -> None:
    runs = [run(0, posts(0, 2)), run(1, posts(1, 3)), run(1, posts(2, 5), "b")]
    buckets = tables(runs, 2)["cluster_buckets"]
    assert column(buckets, "activity")[1] == 8
    assert column(buckets, "velocity")[1] == 1


def test_without_a_known_hour_in_48_velocity_is_unknown_and_nothing_opens() -> None:
    found = tables([run(0, posts(0, 1)), run(49, posts(49, 20))], 50)
    assert column(found["cluster_buckets"], "velocity") == {0: 0, 49: None}
    assert column(found["cluster_buckets"], "acceleration")[49] is None
    assert found["trend_candidates"] == []
    assert column(tables([run(0, posts(0, 1)), run(48, posts(48, 20))], 49)["cluster_buckets"], "velocity")[48] == Decimal(
        "0.3958"
    )


def test_a_known_hour_before_the_first_sight_gives_no_velocity() -> None:
    runs = [run(0, [OTHER]), run(2, posts(2, 5)), run(2, [OTHER], "b"), run(3, posts(3, 9), "b"), run(3, [], "a")]
    buckets = tables([run(0, [OTHER], "b"), *runs], 4)["cluster_buckets"]
    assert column(buckets, "velocity") == {2: 0, 3: 9}
    late = [run(0, [OTHER], "b"), run(2, posts(2, 5)), run(3, posts(3, 9), "b")]
    assert column(tables(late, 4)["cluster_buckets"], "velocity") == {2: 0, 3: 0}


def test_fill_rows_end_with_the_sixth_silent_hour_and_skip_unknown_ones() -> None:
    runs = [run(0, posts(0, 1)), *(run(hour, [] if hour == 3 else [OTHER]) for hour in range(1, 12))]
    buckets = tables(runs, 12)["cluster_buckets"]
    assert column(buckets, "silent_hours") == {0: 0, 1: 1, 2: 2, 4: 3, 5: 4, 6: 5, 7: 6}
    assert column(buckets, "velocity") == {0: 0, 1: -1, 2: 0, 4: 0, 5: 0, 6: 0, 7: 0}
    assert column(buckets, "acceleration")[4] == 0
    assert column(buckets, "surfaces")[4] == []
    assert column(buckets, "watchers")[4] == ["a"]


def test_an_hour_without_a_known_velocity_is_not_silent() -> None:
    buckets = tables([run(0, posts(0, 1)), run(60, [OTHER]), run(61, [OTHER])], 62)["cluster_buckets"]
    assert column(buckets, "velocity") == {0: 0, 60: None, 61: 0}
    assert column(buckets, "acceleration") == {0: 0, 60: None, 61: None}
    assert column(buckets, "silent_hours") == {0: 0, 60: 0, 61: 1}


def test_an_incomplete_hour_has_a_row_but_is_not_silent() -> None:
    runs = [run(0, posts(0, 2)), run(0, posts(0, 2), "b"), run(1, [OTHER]), run(1, [], "b", status="failed"), run(2, [OTHER])]
    runs += [run(2, [OTHER], "b")]
    buckets = tables(runs, 3)["cluster_buckets"]
    assert column(buckets, "complete") == {0: True, 1: False, 2: True}
    assert column(buckets, "silent_hours") == {0: 0, 1: 0, 2: 1}


def test_an_episode_emerges_is_active_peaks_goes_stale_and_a_later_burst_is_a_new_one() -> None:
    counts = {0: 1, 1: 6, 2: 12, 3: 6, 4: 2, 12: 7}
    runs = [run(hour, [OTHER, *posts(hour, counts.get(hour, 0))]) for hour in range(14)]
    candidates = tables(runs, 14)["trend_candidates"]
    status = ["emerging", "active", "active", *["peaked"] * 6, "stale", "emerging", "emerging"]
    assert column(candidates, "status") == dict(zip([*range(1, 11), 12, 13], status, strict=True))
    assert column(candidates, "high") == dict(zip([*range(1, 11), 12, 13], [1, 2, *[0] * 8, 1, 0], strict=True))
    assert column(candidates, "falling") == dict(zip([*range(1, 11), 12, 13], [0, 0, 1, 2, 3, *[0] * 6, 1], strict=True))
    last = next(row for row in candidates if row["status"] == "stale")
    hours = [(last[name] - START) // HOUR for name in ("detected_at", "activated_at", "peaked_at", "ended_at")]
    assert hours == [2, 3, 5, 11]
    assert (candidates[0]["path"], candidates[0]["score"]) == ("sampling", round4(20 + 30 + 20 * 167 / 168 + 1.2))


def test_one_high_hour_after_a_low_one_does_not_activate() -> None:
    runs = [run(hour, posts(hour, count)) for hour, count in enumerate([1, 6, 6, 12, 20])]
    candidates = tables(runs, 5)["trend_candidates"]
    assert column(candidates, "high") == {1: 1, 2: 0, 3: 1, 4: 2}
    assert column(candidates, "status") == {1: "emerging", 2: "emerging", 3: "emerging", 4: "active"}


def test_a_row_without_a_known_velocity_repeats_the_state() -> None:
    counts = {0: 1, 1: 6, 51: 30, 52: 40}
    candidates = tables([run(hour, posts(hour, count)) for hour, count in counts.items()], 53)["trend_candidates"]
    assert column(candidates, "high") == {**dict.fromkeys(range(1, 52), 1), 52: 2}
    assert len(set(column(candidates, "score").values())) == 2
    assert column(candidates, "status")[52] == "active"


def test_an_episode_that_nobody_can_see_any_more_expires_after_336_hours() -> None:
    runs = [run(0, posts(0, 1)), run(1, posts(1, 6))]
    candidates = tables(runs, 345)["trend_candidates"]
    status = column(candidates, "status")
    assert (min(status), max(status), len(status)) == (1, 337, 337)
    assert (status[336], status[337]) == ("emerging", "expired")


def test_coverage_says_what_an_hour_of_a_surface_is_worth() -> None:
    runs = [
        run(0, [OTHER], cadence_minutes=120, min_items=1),
        run(3, [OTHER], cadence_minutes=60, min_items=2),
        run(3, [OTHER], minute=5, status="failed"),
        run(4, [], minute=44, min_items=0),
        run(4, [], minute=45),
        run(6, [], status="failed", cadence_minutes=0),
        run(8, [OTHER], status="partial"),
    ]
    states = column(tables(runs, 178)["coverage"], "status", None)
    start = ["good", "not_due", "missing", "partial", "suspect", "not_due", "missing", "not_due", "partial", "missing"]
    assert [states[hour] for hour in range(10)] == start
    assert max(states) == 176


def test_what_stays_equal_for_36_hours_is_frozen_and_still_seen() -> None:
    runs = [run(hour, posts(0, 5)) for hour in range(37)]
    found = tables([*runs, run(37, posts(0, 4))], 38)
    assert column(found["coverage"], "status", None) == {**dict.fromkeys(range(36), "good"), 36: "suspect", 37: "good"}
    assert len(found["observations"]) == 37 * 5 + 4


def test_an_edited_key_is_a_new_cluster_without_a_new_post() -> None:
    runs = [run(0, [post("p", "author", view_count=10)]), run(1, [post("p", "author", key="tiktok:#b", view_count=30)])]
    found = tables(runs, 2)
    edited = [row for row in found["cluster_buckets"] if row["cluster"] == ("hashtag", "tiktok:#b")]
    assert [(row["artifact_count"], row["growth_views"], row["total_views"]) for row in edited] == [(0, 20, 20)]
    assert [link["cluster"] for link in found["artifact_cluster_links"]] == [CLUSTER]
    assert [row["cluster"][1] for row in found["clusters"]] == ["tiktok:#a", "tiktok:#b"]


def test_removed_items_and_authors_leave_coverage_and_a_removed_run_does_not() -> None:
    runs = [run(0, [post("p", "villain"), post("q", "friend")], min_items=2), run(1, [post("q", "friend"), OTHER])]
    removed: list[Tombstone] = [("author", "tiktok", "villain"), ("run", None, "a|1|0")]
    found = tables(runs, 2, removed)
    assert [(row["platform_item_id"], row["position"]) for row in found["observations"]] == [("q", 2)]
    assert column(found["coverage"], "status", None) == {0: "good", 1: "missing"}
    assert tables(runs, 2, [("item", "x", "p")]) == tables(runs, 2)


def test_the_last_commit_of_a_run_counts() -> None:
    found = tables([run(0, posts(0, 3)), run(0, posts(0, 1))], 1)
    assert len(found["evidence"]) == 1


def test_engagement_is_scored_on_a_logarithmic_scale() -> None:
    items = [post("p", like_count=-4, share_count=999_999), post("q", view_count=9_999), post("r"), post("s", comment_count=0)]
    scores = [row["engagement_score"] for row in tables([run(0, items)], 1)["artifacts"]]
    assert scores == [100.0, 50.0, None, 0.0]


@pytest.mark.parametrize("seed", range(5))
def test_a_world_repeats_and_keeps_the_shape_of_captures(seed: int) -> None:
    runs = random_world(random.Random(seed), 40)
    assert runs == random_world(random.Random(seed), 40)
    for one in runs:
        assert one["item_count"] == len(one["items"]) == len({item["position"] for item in one["items"]})
        assert one["item_count"] == len({item["platform_item_id"] for item in one["items"]})
        assert all(item["keys"] and len({key[:2] for key in item["keys"]}) == len(item["keys"]) for item in one["items"])
    assert len({(one["surface"], one["captured_at"]) for one in runs}) == len({one["run_id"] for one in runs})


def test_later_captures_and_the_order_of_runs_change_no_earlier_hour() -> None:
    rng = random.Random(3)
    runs = random_world(rng, 60, recommits=0)
    removed = random_tombstones(rng, runs)
    early = compute(runs, removed, START, START + HOUR * 29)
    whole = compute(rng.sample(runs, len(runs)), removed, START, START + HOUR * 59)
    for name, rows in early.items():
        assert sorted(map(repr, rows)) == sorted(repr(row) for row in whole[name] if row["hour"] <= START + HOUR * 29)


def test_worlds_reach_every_state() -> None:
    found: set[str] = set()
    for seed in range(8):
        runs = random_world(random.Random(seed), 72)
        rows = tables(runs, 72)
        found |= {row["status"] for name in ("coverage", "trend_candidates") for row in rows[name]}
    assert found >= {"good", "partial", "suspect", "missing", "not_due", "emerging", "active", "peaked", "stale"}
