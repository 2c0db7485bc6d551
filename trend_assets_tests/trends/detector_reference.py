"""The detector a second time, row by row, from its docstrings: slow and plain. `test_detector` compares the two."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from trend_assets.hours import HOUR

DAY = 24 * HOUR
PHI = 0.03

Row = dict[str, Any]


def steadied(rate: float) -> float:
    return (math.asinh(math.sqrt(PHI * (rate + 3 / 8))) - math.asinh(math.sqrt(PHI * 3 / 8))) * 2 / math.sqrt(PHI)


def surprises(rows: Sequence[Row], bucket: timedelta) -> dict[datetime, float | None]:
    """Return the surprise of each row of one series by its time; None where it cannot be told."""
    course = Course(sorted(rows, key=lambda row: row["bucket_start"]), bucket)
    return {row["bucket_start"]: course.surprise(number) for number, row in enumerate(course.rows)}


class Course:
    """A series, its rows in order, each step of the expectation a list by row."""

    def __init__(self, rows: list[Row], bucket: timedelta) -> None:
        self.rows, self.bucket, self.share = rows, bucket, bucket / HOUR
        self.rate = [self._rate(number) for number in range(len(rows))]
        self.steady = [None if rate is None else steadied(rate) for rate in self.rate]
        self.level = [self._level(number) for number in range(len(rows))]
        self.off_level = [minus(a, b) for a, b in zip(self.steady, self.level, strict=True)]
        self.daily = [self._season(n, self.off_level, 7 * DAY, DAY / 2, lambda moment: moment.hour) for n in range(len(rows))]
        self.off_day = [minus(a, b) for a, b in zip(self.off_level, self.daily, strict=True)]
        self.weekly = [
            self._season(n, self.off_day, 14 * DAY, 3.5 * DAY, lambda moment: (moment.hour, moment.weekday()))
            for n in range(len(rows))
        ]

    def surprise(self, number: int) -> float | None:
        alone = self._alone(number)
        earlier = [value for n in self._before(number, HOUR, HOUR) if (value := self._alone(n)) is not None]
        return None if alone is None else max([alone, *((alone + value) / math.sqrt(2) for value in earlier)])

    def _alone(self, number: int) -> float | None:
        level, rate = self.level[number], self.rate[number]
        if level is None or rate is None:
            return None
        expected = max(0, level + self.daily[number] + self.weekly[number])
        past = self._known(number, 14 * DAY) * self.share
        squares = sum(off**2 for n in self._before(number, 14 * DAY, self.bucket) if (off := self.off_day[n]) is not None)
        variance = (squares * self.share + 24) / (past + 24)
        uncertain = 1 + 1 / (self._known(number, 7 * DAY) * self.share)
        sure = steadied(max(0, rate - float(self.rows[number]["doubt"])))
        return (sure - expected) / math.sqrt(max(variance, 1) * uncertain)

    def _rate(self, number: int) -> float | None:
        if not self.rows[number]["known"]:
            return None
        hour = self._before(number, HOUR - self.bucket, timedelta(0))
        values = [float(self.rows[n]["value"]) for n in hour if self.rows[n]["known"]]
        return sum(values) / len(values) / self.share

    def _level(self, number: int) -> float | None:
        known = self._known(number, 7 * DAY)
        week = [self.steady[n] or 0 for n in self._before(number, 7 * DAY, self.bucket)]
        return sum(week) / known if known else None

    def _known(self, number: int, length: timedelta) -> float:
        past = sum(self.rows[n]["known"] + self.rows[n]["empty_before"] for n in self._before(number, length, self.bucket))
        return float(min(past + self.rows[number]["empty_before"], length // self.bucket))

    def _season(
        self, number: int, off: list[float | None], first: timedelta, last: timedelta, occasion: Callable[[datetime], object]
    ) -> float:
        now = self.rows[number]["bucket_start"]
        same = [n for n in self._before(number, first, last) if occasion(self.rows[n]["bucket_start"]) == occasion(now)]
        values = [value for n in same if (value := off[n]) is not None]
        return float(sum(values)) * self.share / (len(values) * self.share + 3)

    def _before(self, number: int, first: timedelta, last: timedelta) -> list[int]:
        now = self.rows[number]["bucket_start"]
        return [n for n in range(number + 1) if now - first <= self.rows[n]["bucket_start"] <= now - last]


def minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
