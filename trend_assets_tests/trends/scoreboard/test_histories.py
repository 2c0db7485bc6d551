"""Sightings as series, and what is asked of them."""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd
import pytest

from trend_assets.hours import HOUR
from trend_assets.trends.scoreboard.forecast import newcomers
from trend_assets.trends.scoreboard.growth import outcomes
from trend_assets.trends.scoreboard.histories import growth, levels, rounding
from trend_assets_tests.trends.series import START


def sightings(seen: Mapping[str, Mapping[int, float]], column: str) -> pd.DataFrame:
    """Return what was seen of each item in each hour."""
    rows = [(name, START + hour * HOUR, value) for name, hours in seen.items() for hour, value in hours.items()]
    table = pd.DataFrame(rows, columns=["series", "hour", column])
    return table.sort_values(["hour", "series"], ignore_index=True)


def by_item(series: pd.DataFrame, column: str) -> dict[str, list[float]]:
    return {str(name): list(rows.sort_values("bucket_start")[column]) for name, rows in series.groupby("series")}


def test_growth_is_booked_in_the_later_hour_and_unknown_at_first_sight() -> None:
    seen = sightings({"a": {0: 100, 1: 130, 4: 190}, "b": {2: 50, 3: 40}}, "count")
    series = growth(seen, seen["count"])
    assert by_item(series, "known") == {"a": [False, True, True], "b": [False, True]}
    assert by_item(series, "value") == {"a": [0, 30, 20], "b": [0, 0]}
    assert "empty_before" not in series


@pytest.mark.parametrize(
    ("count", "step"),
    [(9_900, 0), (16_600, 100), (16_601, 0), (8_300_000, 1e5), (8_310_000, 100), (4_900_000_000, 1e8), (4_910_000_000, 1e5)],
)
def test_a_count_is_rounded_as_it_is_shown(count: float, step: float) -> None:
    assert rounding(pd.Series([count])).tolist() == [step]


def test_a_rounded_count_may_have_grown_by_a_step_less() -> None:
    seen = sightings({"a": {0: 4.8e9, 2: 4.9e9}}, "count")
    assert by_item(growth(seen, seen["count"]), "doubt") == {"a": [0, 0.5e8]}


def test_hours_before_first_sight_are_empty_as_far_as_the_list_was_captured() -> None:
    seen = sightings(
        {"list": dict.fromkeys([*range(3), *range(5, 300)], 1.0), "new": {6: 5.0, 7: 9.0}, "late": {299: 1.0}}, "heat"
    )
    empty = by_item(levels(seen, seen.heat), "empty_before")
    assert empty["new"] == [4, 0]
    assert empty["late"] == [168]
    assert set(empty["list"]) == {0}


def test_a_newcomer_is_seen_twice_outside_and_judged_by_hours_that_were_captured() -> None:
    always = dict.fromkeys(range(20), 1.0)
    seen: dict[str, Mapping[int, float]] = {
        "always": always,
        "rises": {3: 30, 4: 20, 6: 8},
        "rises too late": {3: 30, 4: 20, 8: 8},
        "rises at once": {3: 30, 4: 9},
        "not seen again": {3: 30, 5: 20, 6: 8},
        "from the first hour": {0: 30, 1: 20, 2: 5},
        "at the end": {17: 30, 18: 20, 19: 8},
    }
    found = newcomers(sightings(seen, "rank"), 3)
    assert dict(zip(found.series, found.rises, strict=True)) == {"rises": True, "rises too late": False}
    holes: dict[str, Mapping[int, float]] = {**seen, "always": {hour: 1.0 for hour in always if hour != 7}}
    assert len(newcomers(sightings(holes, "rank"), 3)) == 0


def test_growing_is_five_times_within_a_week_of_first_sight() -> None:
    end = 400
    seen: dict[str, Mapping[int, float]] = {
        "always": {0: 10.0, end: 1000.0},
        "grows": {5: 10, 100: 50},
        "grows too late": {5: 10, 174: 50},
        "hardly grows": {5: 10, 100: 49},
        "came too late": {end - 100: 10, end - 1: 90},
    }
    asked, grows = outcomes(sightings(seen, "count"))
    assert dict(zip(asked.index, grows.tolist(), strict=True)) == {
        "grows": True,
        "grows too late": False,
        "hardly grows": False,
    }
    assert isinstance(asked.iloc[0], datetime)
