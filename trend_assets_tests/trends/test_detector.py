"""The baseline detector: it agrees with a second implementation, sees no future, and says what it should of series by hand."""

import math
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from trend_assets.hours import HOUR, Span
from trend_assets.lake.engine import connect
from trend_assets.lake.tables import BUCKETS, COVERAGE
from trend_assets.trends import spine
from trend_assets.trends.detector import REACH, THRESHOLD, cluster_series_sql, score_sql
from trend_assets_tests.stores import commit_world, open_stores
from trend_assets_tests.trends.detector_reference import steadied, surprises
from trend_assets_tests.trends.series import START, last, random_rows, rows_of, scored
from trend_assets_tests.worlds import START as WORLD_START
from trend_assets_tests.worlds import random_world

BUCKET_LENGTHS = [HOUR, timedelta(minutes=20)]
WEEK = 168


@pytest.mark.parametrize("bucket", BUCKET_LENGTHS, ids=str)
@pytest.mark.parametrize("seed", range(2))
def test_it_agrees_with_a_second_implementation(seed: int, bucket: timedelta) -> None:
    rows = random_rows(random.Random(seed), 30 * 24 * 3 // 2, bucket)
    found = scored(rows, bucket)
    assert sum(row["surprise"] is not None for row in found) > 500
    for name in "abc":
        expected = surprises([row for row in rows if row["series"] == name], bucket)
        for row in found:
            if row["series"] == name:
                assert row["surprise"] == pytest.approx(expected[row["bucket_start"]], abs=2e-3), row


@pytest.mark.parametrize("bucket", BUCKET_LENGTHS, ids=str)
def test_a_bucket_alone_says_what_the_whole_run_says(bucket: timedelta) -> None:
    """Neither later rows, nor those before its reach, nor other series change a digit of what is said of a bucket."""
    rng = random.Random(5)
    rows = random_rows(rng, 45 * 24 * (HOUR // bucket), bucket)
    whole = {(row["series"], row["bucket_start"]): row for row in scored(rows, bucket)}
    late = [key for key in whole if key[1] > START + REACH + 2 * HOUR]
    for series, moment in rng.sample(late, 12):
        own = [row for row in rows if row["series"] == series and moment - REACH <= row["bucket_start"] <= moment]
        assert last(own, bucket) == whole[series, moment]


def test_an_unknown_bucket_is_skipped_and_not_a_zero() -> None:
    steady = [40.0, 44.0, 38.0, 41.0] * 20
    holes = [*steady[:40], None, None, None, *steady[43:]]
    left_out = [row for row in rows_of(holes) if row["known"]]
    with_holes = scored(rows_of(holes))
    assert [row for row in with_holes if row["known"]] == scored(left_out)
    assert {(row["score"], row["expected"], row["reason"]) for row in with_holes if not row["known"]} == {
        (None, None, "Not known.")
    }
    zeros = scored(rows_of([*steady[:40], 0, 0, 0, *steady[43:]]))
    assert zeros[-1]["expected"] < with_holes[-1]["expected"] - 1


def test_what_was_there_when_watching_began_is_not_new() -> None:
    censored, new = scored(rows_of([500]))[0], scored(rows_of([500], empty_before=WEEK))[0]
    assert (censored["score"], censored["surprise"], censored["is_highest"]) == (None, None, None)
    assert censored["reason"] == "Seen for the first time where nothing was watched before."
    assert new["expected"] == 0
    assert new["score"] > 95
    assert scored(rows_of([500, 510]))[1]["score"] < THRESHOLD


def test_the_surprise_of_a_level_series_by_hand() -> None:
    """Four hours at 10, then 40: spread unknown, so that of chance; the level is known from four hours."""
    found = last(rows_of([10, 10, 10, 10, 40]))
    assert found["expected"] == pytest.approx(10, abs=0.01)
    assert found["surprise"] == pytest.approx((steadied(40) - steadied(10)) / math.sqrt(1 + 1 / 4), abs=1e-3)
    assert found["score"] == pytest.approx(100 * (1 - 2 ** (-found["surprise"] / 3.5)), abs=1e-3)
    assert (found["growth_ratio"], found["size_class"], found["is_highest"]) == (
        pytest.approx(41 / 11, abs=1e-2),
        "niche",
        True,
    )
    assert found["reason"] == "40 an hour, 10 expected, highest in 4 h, on 1 surface."


def test_the_reason_names_surfaces_authors_and_days() -> None:
    rows = rows_of([40.0] * 200 + [3_120])
    rows[-1] |= {"surfaces": 3, "authors": 120}
    assert last(rows)["reason"] == "3,120 an hour, 40 expected, highest in 7 days, on 3 surfaces, by 120 authors."
    rows[-1] |= {"value": 30, "authors": 1}
    assert last(rows)["reason"] == "30 an hour, 40 expected, on 3 surfaces, by 1 author."


def test_rare_series_need_a_great_change() -> None:
    """Three posts where there were none are chance, twelve are not; a tenfold of thousands is no more surprising than it is."""
    assert last(rows_of([3], empty_before=WEEK))["score"] < THRESHOLD
    assert last(rows_of([12], empty_before=WEEK))["score"] > THRESHOLD
    one_to_four = last(rows_of([1.0] * WEEK + [4]))["surprise"]
    hundreds = last(rows_of([100.0] * WEEK + [400]))["surprise"]
    assert 0 < one_to_four < 2
    assert hundreds > 3


def test_a_series_that_often_bursts_surprises_less() -> None:
    calm = last(rows_of([100.0, 104, 98, 100] * 60 + [600]))["surprise"]
    wild = last(rows_of([100.0, 500, 30, 100] * 60 + [600]))["surprise"]
    assert wild < calm / 1.5


def test_two_hours_that_nearly_surprise_do_so_together() -> None:
    found = scored(rows_of([100.0] * WEEK + [170, 175]))
    assert found[-2]["score"] < THRESHOLD < found[-1]["score"]
    assert last(rows_of([100.0] * WEEK + [100, 175]))["score"] < THRESHOLD


def test_the_hour_of_the_day_is_expected_after_some_days() -> None:
    daily = [400.0 if hour % 24 == 20 else 40.0 for hour in range(10 * 24)]
    found = scored(rows_of(daily))
    first, tenth = (found[day * 24 + 20] for day in (1, 9))
    assert tenth["surprise"] < 0.6 * first["surprise"]
    assert tenth["score"] < THRESHOLD < last(rows_of([*daily[: 9 * 24 + 4], 400]))["score"]


def test_never_less_than_nothing_is_expected() -> None:
    """Nights without anything after busy days: level and season together are below zero."""
    busy = [3000.0 if hour % 24 >= 12 else 0.0 for hour in range(6 * 24)]
    quiet = scored(rows_of([*busy, *[0.0] * 12, *[0.0] * 36]))
    assert min(row["expected"] for row in quiet[1:]) == pytest.approx(0, abs=1e-3)
    assert min(row["surprise"] for row in quiet[1:]) < 0
    assert all(row["surprise"] <= 0 for row in quiet[6 * 24 :])


def test_the_hour_of_the_week_is_expected_after_some_weeks() -> None:
    weekly = [400.0 if hour % WEEK == 60 else 40.0 for hour in range(4 * WEEK)]
    found = scored(rows_of(weekly))
    first, fourth = (found[week * WEEK + 60] for week in (0, 3))
    assert fourth["expected"] > 1.5 * first["expected"]
    assert fourth["surprise"] < 0.8 * first["surprise"]


def test_a_step_of_a_rounded_counter_is_no_surprise() -> None:
    """A list whose view counts are shown in steps of 100 million gave an alarm with every step."""
    steps = [0.0] * 200 + [1e8]
    rounded = rows_of(steps)
    assert last(rounded)["score"] > 99
    rounded[-1] |= {"doubt": 1e8}
    assert last(rounded)["score"] == 0


def test_a_burst_is_one_alarm() -> None:
    burst = [40.0] * 200 + [60, 300, 900, 1500, 900, 1600, 700, 90] + [40.0] * 9 + [900] + [40.0] * 20 + [900]
    alarms = [
        number
        for number, row in enumerate(scored(rows_of(burst)))
        if row["score"] is not None and row["score"] >= THRESHOLD and not (row["recent_score"] or 0) >= THRESHOLD
    ]
    assert alarms == [201, 238]


def test_the_course_turns_only_when_a_fifth_is_lost() -> None:
    rows = scored(rows_of([10, 20, 40, 80, 79, 81, 70, 75, 50, 30, 10, 0]))
    assert [row["course"] for row in rows] == [1, 1, 1, 1, 1, 1, 0, 0, 0, -1, -1, -1]
    assert [row["course"] for row in scored(rows_of([0, 0, None, 5]))] == [0, 0, None, 1]


def test_size_classes_end_where_they_say() -> None:
    sizes = [last(rows_of([1, rate]))["size_class"] for rate in (99, 100, 9_999, 10_000)]
    assert sizes == ["niche", "known", "known", "mainstream"]


@pytest.mark.parametrize("level", [0.3, 2, 10, 100, 1000])
@pytest.mark.parametrize("crowded", [False, True])
def test_ordinary_hours_with_a_daily_season_are_hardly_ever_surprising(level: float, crowded: bool) -> None:
    """Simulated counts, by chance alone or over-dispersed as the detector assumes: less than 1 of 1,000 hours scores 50."""
    rng = random.Random(11)
    rows = []
    for number in range(20):
        values = []
        for hour in range(4 * WEEK):
            mean = level * (1 + 0.6 * math.sin(hour / 24 * 2 * math.pi)) * (rng.gammavariate(10, 0.1) if crowded else 1)
            values.append(float(chance(rng, mean)))
        rows += [{**row, "series": str(number)} for row in rows_of(values)]
    late = [row for row in scored(rows) if row["bucket_start"] >= START + WEEK * HOUR]
    assert 1000 * sum(row["score"] >= THRESHOLD for row in late) / len(late) < 1


def chance(rng: random.Random, mean: float) -> int:
    """Return a Poisson count: events before the time is over, or its normal limit."""
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    count, left = 0, mean
    while (left := left - rng.expovariate(1)) > 0:
        count += 1
    return count


@pytest.mark.parametrize("minutes", [0, 7, 90])
def test_a_bucket_must_divide_the_hour(minutes: int) -> None:
    with pytest.raises(ValueError, match="does not divide the hour"):
        score_sql("series", timedelta(minutes=minutes))


BUCKETS_BY_HAND = """(
    SELECT key_hash, TIMESTAMP '2026-01-06' + hour * INTERVAL 1 HOUR AS hour,
        TIMESTAMP '2026-01-06' + first_hour * INTERVAL 1 HOUR AS first_seen_hour, artifact_count, artifact_count AS activity,
        hour <> 5 AS complete, ['x:a'] AS surfaces, ['x:a', 'x:b'] AS watchers, 2 AS authored_count, 2 AS unique_authors
    FROM (VALUES (1, 0, 0, 4), (1, 1, 0, 0), (1, 5, 0, 0), (2, 3, 3, 0), (2, 9, 3, 0), (3, 4, NULL, 4), (3, 7, NULL, 4))
        AS given(key_hash, hour, first_hour, artifact_count))"""
COVERAGE_BY_HAND = """(
    SELECT surface, TIMESTAMP '2026-01-06' + hour * INTERVAL 1 HOUR AS hour,
        CASE hour WHEN 2 THEN 'partial' ELSE 'good' END AS status
    FROM range(-200, 9) AS h(hour), (VALUES ('x:a'), ('x:b'), ('x:c')) AS s(surface)
    WHERE surface = 'x:a' OR hour BETWEEN 1 AND 4)"""


def test_hours_without_a_row_are_empty_as_far_as_they_were_watched() -> None:
    """Cluster 1 is new, then silent from hour 2, which is not good, to 4; 2 came by a list; 3 is older than what is read."""
    with connect() as connection:
        rows = connection.execute(
            f"SELECT series, hour(bucket_start), value, known, empty_before, surfaces, authors"
            f" FROM ({cluster_series_sql(BUCKETS_BY_HAND, COVERAGE_BY_HAND)}) ORDER BY ALL"
        ).fetchall()
    assert rows == [
        (1, 0, 4, True, 168, 1, 2), (1, 1, 0, True, 0, 1, 2), (1, 5, 0, False, 2, 1, 2),
        (2, 3, 0, True, 0, 1, 2), (2, 9, 0, True, 5, 1, 2),
        (3, 4, 4, True, 0, 1, 2), (3, 7, 4, True, 2, 1, 2),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", [3, 8])
def test_buckets_of_clusters_can_be_scored_as_they_are(seed: int, tmp_path: Path) -> None:
    work = open_stores(tmp_path)
    commit_world(work, random_world(random.Random(seed), 72))
    spine.run(work, Span(WORLD_START, WORLD_START + 72 * HOUR))
    with work.lake.snapshot() as snapshot:
        for table in (BUCKETS, COVERAGE):
            snapshot.view(table, None, None)
        snapshot.run(f"CREATE TEMP TABLE series AS {cluster_series_sql(BUCKETS.name, COVERAGE.name)}")
        buckets: list[tuple[Any, ...]] = snapshot.rows("""
            SELECT s.series IS NOT NULL, s.known = b.complete, s.value = b.activity, s.empty_before,
                b.hour = b.first_seen_hour AND b.artifact_count > 0,
                (SELECT count(DISTINCT hour) FROM coverage AS c
                 WHERE c.hour < b.hour AND c.status = 'good' AND list_contains(b.watchers, c.surface))
            FROM cluster_buckets AS b LEFT JOIN series AS s ON s.series = b.key_hash AND s.bucket_start = b.hour""")
        scored_rows = snapshot.rows(f"SELECT count(*), count(score) FROM ({score_sql('series')})")[0]
        assert snapshot.rows("SELECT count(*) FROM series")[0][0] == len(buckets) == scored_rows[0]
    assert scored_rows[1] > 0
    assert all(there and known and value for there, known, value, *_ in buckets)
    assert any(first and empty for *_, empty, first, _ in buckets)
    assert all(empty == watched for *_, empty, first, watched in buckets if first)
    assert any(watched and not empty for *_, empty, first, watched in buckets if not first)
