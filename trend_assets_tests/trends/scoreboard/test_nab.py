"""The benchmark's score, worked by hand from its paper."""

import math

import numpy as np
import pytest

from trend_assets.trends.scoreboard.nab import PROFILES, Labels, Profile, Scores, chosen_threshold, label, normalized, points

ROWS = 1000
WINDOWS = [(300, 399), (600, 699)]
STANDARD, LOW_FP, LOW_FN = PROFILES


def scored(alarms: list[int], profile: Profile = STANDARD, labels: Labels | None = None) -> float:
    """Return the points of alarms in these rows."""
    of = labels or label(ROWS, WINDOWS)
    flags = np.zeros(len(of.window), dtype=np.bool_)
    flags[alarms] = True
    return normalized(float(points(flags, of, profile).sum()), len(of.windows), profile)


@pytest.mark.parametrize("profile", PROFILES)
def test_no_alarm_is_0_and_the_first_row_of_every_window_is_100(profile: Profile) -> None:
    assert scored([], profile) == 0
    assert scored([300, 600], profile) == pytest.approx(100)


def test_a_window_counts_once_by_its_earliest_alarm() -> None:
    assert scored([300, 301, 350, 600, 699]) == pytest.approx(100)
    assert scored([350, 600]) < 100


def test_an_alarm_in_the_middle_of_a_window_is_worth_the_sigmoid_there() -> None:
    """Row 350 is half of the window before its end: 2/(1+e^-2.5) - 1 = 0.84828, of 0.98661 at the start."""
    worth = float(label(ROWS, WINDOWS).worth[350])
    assert worth == pytest.approx(0.84828 / 0.98661, abs=1e-4)
    assert scored([350, 600]) == pytest.approx(100 * (worth + 1 + 2) / 4)


@pytest.mark.parametrize(("profile", "expected"), [(STANDARD, 50.0), (LOW_FP, 50.0), (LOW_FN, 50.0)])
def test_half_of_the_windows_is_half_of_the_points(profile: Profile, expected: float) -> None:
    assert scored([300], profile) == pytest.approx(expected)


def test_a_false_alarm_costs_what_the_profile_says() -> None:
    far = [200, 300, 600]
    assert scored(far, STANDARD) == pytest.approx(100 * (2 - 0.11 + 2) / 4)
    assert scored(far, LOW_FP) == pytest.approx(100 * (2 - 0.22 + 2) / 4)
    assert scored(far, LOW_FN) == pytest.approx(100 * (2 - 0.11 + 4) / 6)
    assert scored([200, 201, 300, 600]) == pytest.approx(100 * (2 - 0.22 + 2) / 4)


def test_a_false_alarm_right_after_a_window_costs_little() -> None:
    """It costs by its distance in widths of the window: nothing at its end, 0.98661 one width behind, all from three on."""
    worth = label(ROWS, [(200, 299)]).worth
    assert worth[300] == pytest.approx(2 / (1 + math.exp(5 / 99)) - 1)
    assert worth[299 + 99] == pytest.approx(-0.98661, abs=1e-5)
    assert list(worth[[0, 199, 299 + 3 * 99, 999]]) == [-1, -1, -1, -1]


def test_the_probation_is_not_scored() -> None:
    """15 of 100 rows, at most 750: nothing costs or is missed there; of a window across its end the rest counts."""
    inside, across = label(ROWS, [(20, 60), (300, 399)]), label(ROWS, [(100, 199)])
    assert (inside.windows, across.windows) == ([1], [0])
    assert scored([10, 30, 70, 300], labels=inside) == pytest.approx(100)
    assert scored([120], labels=across) == 0
    assert scored([150], labels=across) == pytest.approx(50 * (1 + float(across.worth[150])))
    assert int((label(10_000, []).window == -2).sum()) == 750


def test_an_alarm_is_the_first_bucket_of_a_burst() -> None:
    scores = Scores(np.array([1, 5, 6, np.nan, 7, 1]), np.array([np.nan, 1, 5, 6, 4, 7]))
    assert list(np.flatnonzero(scores.alarms(5, once=True))) == [1, 4]
    assert list(np.flatnonzero(scores.alarms(5, once=False))) == [1, 2, 4]


def test_the_threshold_separates_what_can_be_separated() -> None:
    rng = np.random.default_rng(3)
    score = rng.uniform(0, 10, ROWS)
    score[[310, 610]] = 30
    files = [Scores(score, np.full(ROWS, np.nan))]
    labels = [label(ROWS, WINDOWS)]
    threshold = chosen_threshold(files, labels, STANDARD, once=True)
    assert 10 <= threshold <= 30
