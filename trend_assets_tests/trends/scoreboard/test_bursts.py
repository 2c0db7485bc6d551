"""The lifecycle of a burst, by each detector."""

from collections.abc import Callable

import pandas as pd
import pytest

from trend_assets.hours import HOUR
from trend_assets.trends.scoreboard.bursts import LIFECYCLES, transitions
from trend_assets_tests.trends.series import START

BURST = [5, 6, 5, 5, 6, 5, 5, 6, 5, 5, 40, 180, 420, 700, 900, 880, 905, 700, 450, 200, 80, 20, 5, *[0] * 8]
HIGHEST = 16


@pytest.mark.parametrize("told", LIFECYCLES.values(), ids=LIFECYCLES)
def test_a_burst_emerges_is_active_and_ends_stale(told: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    course = course_of(told)
    assert [status for _, status in course] == ["emerging", "active", "peaked", "stale"]
    assert abs(dict((status, hour) for hour, status in course)["peaked"] - HIGHEST) <= 6


def test_a_wobble_at_the_top_is_no_peak_to_the_baseline() -> None:
    """880 between 900 and 905: the smoothed rate has not lost a fifth of its highest."""
    assert dict((status, hour) for hour, status in course_of(LIFECYCLES["baseline"]))["peaked"] > HIGHEST


def course_of(told: Callable[[pd.DataFrame], pd.DataFrame]) -> list[tuple[int, str]]:
    rows = [("a", START + hour * HOUR, float(value)) for hour, value in enumerate(BURST)]
    return transitions(told(pd.DataFrame(rows, columns=["series", "bucket_start", "value"])))
