"""What the baseline is measured against: the seed's velocity and four detectors of the literature, each one query.

They read the same relation of series as `detector.score_sql`, most of them its rate of the last hour, and add `score`, whose
scale is their own: only its order counts. It is null where the bucket is unknown or nothing was known before.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from trend_assets.hours import HOUR
from trend_assets.trends import detector
from trend_assets.trends.detector import DAY, LEVEL, rated_sql, window

PREVIOUS = timedelta(hours=48)
"""How far back the hour may lie that an hour is compared with, as in the seed's buckets."""
TAG_HALF_LIFE = timedelta(hours=4)
"""After that time a trending tag has lost half of its best score."""
MEMORY_HALF_LIFE = DAY
MEMORY = 7 * MEMORY_HALF_LIFE
"""Older values weigh less than a hundredth."""
BIAS = 10
"""Rate below which a moving average is taken as this, so that rare series need more."""


def velocity_sql(series: str, bucket: timedelta) -> str:
    """Seed 004 §9: the change from the known hour before, per hour."""
    return f"""SELECT * EXCLUDE (previous, elapsed), (rate - previous) / elapsed AS score
    FROM ({_with_previous_hour(series, bucket)})"""


def poisson_sql(series: str, bucket: timedelta) -> str:
    """How unlikely the hour is if it were like the one before: the signed deviance of a Poisson count, in deviations."""
    return f"""SELECT * EXCLUDE (previous, elapsed, mean),
        sign(rate - mean) * sqrt(2 * greatest(0, coalesce(rate * ln(nullif(rate, 0) / mean), 0) - (rate - mean))) AS score
    FROM (SELECT *, CASE WHEN previous IS NOT NULL THEN greatest(previous, 1) END AS mean
        FROM ({_with_previous_hour(series, bucket)}))"""


def chi_square_sql(series: str, bucket: timedelta) -> str:
    """Mastodon's trending tags: (today - yesterday)² / yesterday where there is more today, its best value decaying."""
    today, yesterday = window(DAY - bucket, timedelta(0)), window(2 * DAY - bucket, DAY)
    age = f"epoch(bucket_start) / {TAG_HALF_LIFE.total_seconds()} * ln(2)"
    return f"""SELECT * EXCLUDE (today, yesterday, excess),
        CASE WHEN known AND yesterday IS NOT NULL
            THEN exp(max(ln(excess) + {age}) OVER ({window(DAY, timedelta(0))}) - {age}) END AS score
    FROM (
        SELECT *, CASE WHEN today > greatest(yesterday, 1)
            THEN power(today - greatest(yesterday, 1), 2) / greatest(yesterday, 1) END AS excess
        FROM (
            SELECT *, sum(value::DOUBLE) FILTER (known) OVER ({today}) AS today,
                sum(value::DOUBLE) FILTER (known) OVER ({yesterday}) AS yesterday
            FROM ({rated_sql(series, bucket)})))"""


def moving_average_sql(series: str, bucket: timedelta) -> str:
    """SigniTrend (Schubert, Weiler, Kriegel 2014): deviations above an exponentially weighted mean, with a bias."""
    weight = f"exp((epoch(bucket_start) - epoch(min(bucket_start) OVER (PARTITION BY series))) / {_decay_seconds()})"
    return f"""SELECT * EXCLUDE (weight, mean, square),
        CASE WHEN mean IS NOT NULL
            THEN (rate - greatest(mean, {BIAS})) / (sqrt(greatest(0, square - mean * mean)) + {BIAS}) END AS score
    FROM (
        SELECT *, sum(rate * weight) OVER memory / sum(weight) FILTER (known) OVER memory AS mean,
            sum(rate * rate * weight) OVER memory / sum(weight) FILTER (known) OVER memory AS square
        FROM (SELECT *, {weight} AS weight FROM ({rated_sql(series, bucket)}))
        WINDOW memory AS ({window(MEMORY, bucket)}))"""


def trailing_maximum_sql(series: str, bucket: timedelta) -> str:
    """The rate beside the highest of the last week."""
    return f"""SELECT * EXCLUDE (highest), (rate + 1) / (highest + 1) AS score
    FROM (SELECT *, max(rate) OVER ({window(LEVEL, bucket)}) AS highest FROM ({rated_sql(series, bucket)}))"""


def highest_bucket_sql(series: str, bucket: timedelta) -> str:
    """The same of single buckets, however short."""
    return f"""SELECT * EXCLUDE (highest), CASE WHEN known THEN (value + 1) / (highest + 1) END AS score
    FROM (SELECT *, max(value::DOUBLE) FILTER (known) OVER ({window(LEVEL, bucket)}) AS highest FROM {series})"""


def _with_previous_hour(series: str, bucket: timedelta) -> str:
    """Add the rate of the latest known bucket that lies an hour or more before, and the hours to it."""
    earlier = window(PREVIOUS, HOUR)
    return f"""
    SELECT *, arg_max(rate, bucket_start) OVER ({earlier}) AS previous,
        epoch(bucket_start - max(bucket_start) FILTER (known) OVER ({earlier})) / {HOUR.total_seconds()} AS elapsed
    FROM ({rated_sql(series, bucket)})"""


def _decay_seconds() -> float:
    """Return the seconds in which a weight falls to 1/e."""
    return MEMORY_HALF_LIFE.total_seconds() / 0.6931471805599453


DETECTORS: Mapping[str, Callable[[str, timedelta], str]] = {
    "velocity": velocity_sql,
    "Poisson": poisson_sql,
    "chi-square": chi_square_sql,
    "moving average": moving_average_sql,
    "trailing maximum": trailing_maximum_sql,
    "highest bucket": highest_bucket_sql,
    detector.DETECTOR: detector.score_sql,
}
"""Every detector by its name, ours last."""
