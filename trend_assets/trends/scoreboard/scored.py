"""Series in, what a detector says of them out."""

from collections.abc import Callable
from datetime import timedelta

import pandas as pd

from trend_assets.lake.engine import connect
from trend_assets.trends.detector import recent_score

Detector = Callable[[str, timedelta], str]
"""Returns the query that adds `score` to a relation of series with buckets of that length (`rivals.DETECTORS`)."""

COLUMNS = {"doubt": 0.0, "known": True, "empty_before": 0, "surfaces": 1, "authors": None}
"""What a series has where a recording does not say."""


def scored(series: pd.DataFrame, bucket: timedelta, score_sql: Detector) -> pd.DataFrame:
    """Return the series with what the detector says of them, and `recent`, ordered by series and bucket.

    `series` has at least series, bucket_start and value; the other columns of `detector` are those of `COLUMNS` unless given.
    """
    given = series.assign(**{name: value for name, value in COLUMNS.items() if name not in series})
    with connect() as connection:
        connection.register("given", given)
        connection.execute("CREATE TEMP TABLE series AS SELECT * REPLACE (authors::BIGINT AS authors) FROM given")
        return connection.execute(f"""
            SELECT *, {recent_score(bucket)} AS recent FROM ({score_sql("series", bucket)}) ORDER BY series, bucket_start
        """).df()
