"""A month of made-up series: scored by the detector, and read and summed once."""

from trend_assets.hours import HOUR
from trend_assets.lake.engine import connect
from trend_assets.trends.detector import score_sql

SERIES, HOURS = 1389, 720
_MADE = f"""
SELECT series, TIMESTAMP '2026-01-01' + hour * INTERVAL 1 HOUR AS bucket_start,
    floor(exp(hash(series, hour) % 1000 / 1000 * 8))::DECIMAL(24, 4) AS value, 0 AS doubt, hash(hour, series) % 20 > 0 AS known,
    0 AS empty_before, 1 AS surfaces, 3 AS authors
FROM range({SERIES}) AS s(series), range({HOURS}) AS h(hour)"""


def make(file: str) -> int:
    """Write the series; returns the number of series-buckets."""
    with connect() as connection:
        connection.execute(f"COPY ({_MADE}) TO '{file}' (FORMAT parquet)")
    return SERIES * HOURS


def score(file: str) -> None:
    """Score all of them."""
    query = score_sql(f"read_parquet('{file}')", HOUR)
    with connect() as connection:
        connection.execute(f"CREATE TEMP TABLE scored AS {query}").fetchall()


def read_once(file: str) -> None:
    """Read every column and sum what can be summed."""
    with connect() as connection:
        connection.execute(f"""
            SELECT sum(series), sum(value), sum(doubt), sum(known::INTEGER), sum(empty_before), sum(surfaces), sum(authors),
                max(bucket_start)
            FROM read_parquet('{file}')""").fetchall()
