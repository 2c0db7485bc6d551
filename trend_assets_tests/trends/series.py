"""Series for the detectors: rows as dictionaries in, scored rows as dictionaries out."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from trend_assets.hours import HOUR
from trend_assets.lake.engine import connect
from trend_assets.trends.detector import score_sql

START = datetime(2026, 1, 5, tzinfo=UTC).replace(tzinfo=None)
"""A Monday."""

Row = dict[str, Any]
_TYPES = {
    "series": "VARCHAR", "bucket_start": "TIMESTAMP", "value": "DECIMAL(24,4)", "doubt": "DECIMAL(24,4)", "known": "BOOLEAN",
    "empty_before": "BIGINT", "surfaces": "BIGINT", "authors": "BIGINT",
}  # fmt: skip
_ORDINARY: Row = {"series": "a", "doubt": 0, "known": True, "empty_before": 0, "surfaces": 1, "authors": None}


def rows_of(values: Sequence[float | None], bucket: timedelta = HOUR, **first: Any) -> list[Row]:
    """Return a series of neighbouring buckets; None is unknown. What is given by name is said of the first row."""
    rows = [
        {**_ORDINARY, "bucket_start": START + number * bucket, "value": value or 0, "known": value is not None}
        for number, value in enumerate(values)
    ]
    return [{**rows[0], **first}, *rows[1:]]


def scored(rows: Sequence[Row], bucket: timedelta = HOUR, detector: Callable[[str, timedelta], str] = score_sql) -> list[Row]:
    """Return what the detector says of rows in any order, by series and time."""
    given = pd.DataFrame(rows).astype({"authors": "Int64"})
    with connect() as connection:
        connection.register("given", given)
        columns = ", ".join(f"{name}::{type_} AS {name}" for name, type_ in _TYPES.items())
        connection.execute(f"CREATE TEMP TABLE series AS SELECT {columns} FROM given")
        result = connection.execute(f"SELECT * FROM ({detector('series', bucket)}) ORDER BY series, bucket_start")
        found = [column[0] for column in result.description or ()]
        return [dict(zip(found, row, strict=True)) for row in result.fetchall()]


def last(rows: Sequence[Row], bucket: timedelta = HOUR) -> Row:
    """Return what is said of the latest row."""
    return scored(rows, bucket)[-1]


def random_rows(rng: random.Random, buckets: int, bucket: timedelta = HOUR) -> list[Row]:
    """Return three series with bursts, unknown buckets, gaps, silence and a daily season, in no order."""
    rows = []
    for name in "abc":
        level = rng.choice([0.5, 5, 200])
        for number in range(rng.randrange(buckets // 2), buckets):
            if rng.random() < 0.1:
                continue
            burst = 30 if number % 97 < 4 else 1
            season = 3 if (START + number * bucket).hour in (19, 20, 21) else 1
            value = round(level * burst * season * rng.expovariate(1), rng.choice([0, 0, 4]))
            rows.append(
                {
                    "series": name, "bucket_start": START + number * bucket, "value": value, "known": rng.random() > 0.1,
                    "doubt": rng.choice([0, 0, value / 10]), "empty_before": rng.choice([0, 0, 0, 0, 3, 30]),
                    "surfaces": rng.randint(1, 4), "authors": rng.choice([None, 1, 7]),
                }
            )  # fmt: skip
    rng.shuffle(rows)
    return rows
