"""The detectors that the baseline is compared with: values by hand, and no sight of the future."""

import math
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from trend_assets.hours import HOUR
from trend_assets.trends.rivals import DETECTORS
from trend_assets_tests.trends.series import START, random_rows, rows_of, scored

QUARTER = timedelta(minutes=15)


def scores(name: str, values: Sequence[float | None], bucket: timedelta = HOUR) -> list[Any]:
    return [row["score"] for row in scored(rows_of(values, bucket), bucket, DETECTORS[name])]


def test_velocity_is_the_change_from_the_known_hour_before_per_hour() -> None:
    assert scores("velocity", [10, 30, None, 12]) == [None, 20, None, -9]


def test_of_short_buckets_whole_hours_are_compared() -> None:
    assert scores("velocity", [1.0] * 4 + [3.0] * 4, QUARTER)[-1] == 12 - 4


def test_poisson_is_the_signed_deviance() -> None:
    expected = math.sqrt(2 * (30 * math.log(3) - 20))
    assert scores("Poisson", [10, 30, 10]) == [
        None,
        pytest.approx(expected),
        pytest.approx(-math.sqrt(2 * (20 - 10 * math.log(3)))),
    ]
    assert scores("Poisson", [0, 1, 0])[1:] == [0, pytest.approx(-math.sqrt(2))]


def test_chi_square_compares_with_yesterday_and_forgets() -> None:
    today = scores("chi-square", [1.0] * 24 + [3.0] * 24)[-1]
    assert today == pytest.approx((72 - 24) ** 2 / 24)
    later = scores("chi-square", [1.0] * 24 + [3.0] * 24 + [0.0] * 23)
    assert later[-1] == pytest.approx(today * 2 ** (-23 / 4), rel=0.01)


def test_the_moving_average_has_a_bias_against_rare_series() -> None:
    assert scores("moving average", [100.0] * 50 + [130])[-1] == pytest.approx(30 / 10, rel=1e-3)
    assert scores("moving average", [1.0] * 50 + [10])[-1] == pytest.approx(0, abs=1e-6)


def test_the_trailing_maximum_is_that_of_a_week() -> None:
    assert scores("trailing maximum", [99, 49])[-1] == 0.5
    assert scores("trailing maximum", [99, *[24.0] * 168, 49])[-1] == 2


def test_the_highest_bucket_is_not_an_hour() -> None:
    values = [9.0, 0, 0, 0, 19]
    assert scores("highest bucket", values, QUARTER)[-1] == 2
    assert scores("trailing maximum", values, QUARTER)[-1] == pytest.approx((19 + 1) / (36 + 1))


@pytest.mark.parametrize("name", DETECTORS)
def test_no_detector_reads_what_comes_later_or_scores_what_is_unknown(name: str) -> None:
    rows = random_rows(random.Random(2), 400)
    end = START + 300 * HOUR
    whole = {(row["series"], row["bucket_start"]): row["score"] for row in scored(rows, HOUR, DETECTORS[name])}
    early = scored([row for row in rows if row["bucket_start"] <= end], HOUR, DETECTORS[name])
    assert any(row["score"] is not None for row in early)
    for row in early:
        expected = whole[row["series"], row["bucket_start"]]
        assert row["score"] == (None if expected is None else pytest.approx(expected))
        assert row["known"] or row["score"] is None
