"""Measures and their intervals."""

import numpy as np
import pytest

from trend_assets.trends.scoreboard.figures import Figure, auc, interval, precision_at


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    labels = np.array([True, False, True, False])
    assert auc(np.array([4.0, 3, 2, 1]), labels) == 0.75
    assert auc(np.array([2.0, 2, 2, 2]), labels) == 0.5
    assert auc(np.array([1.0, np.nan, 2, np.nan]), labels) == 1
    assert auc(np.array([1.0, 2]), np.array([True, True])) is None


def test_precision_counts_ties_at_the_cut_by_their_chance() -> None:
    labels = np.array([True, False, True, False, False])
    assert precision_at(2, np.array([5.0, 4, 3, 2, 1]), labels) == 0.5
    assert precision_at(2, np.array([5.0, 1, 1, 1, 1]), labels) == pytest.approx((1 + 1 / 4) / 2)
    assert precision_at(2, np.array([np.nan] * 5), labels) == pytest.approx(2 / 5)
    assert precision_at(6, np.array([5.0, 4, 3, 2, 1]), labels) is None


def test_the_interval_of_a_mean_is_that_of_its_standard_error() -> None:
    values = np.random.default_rng(1).normal(10, 2, 400)
    low, high = interval(len(values), lambda drawn: float(values[drawn].mean()))
    assert low == pytest.approx(values.mean() - 1.645 * 0.1, abs=0.03)
    assert high == pytest.approx(values.mean() + 1.645 * 0.1, abs=0.03)


def test_what_cannot_be_told_has_no_interval() -> None:
    assert interval(0, lambda _: 1.0) == (None, None)
    assert interval(5, lambda _: None) == (None, None)


def test_a_figure_is_written_with_its_interval() -> None:
    assert str(Figure("t", "d", "m", 80.72, 67.31, 93.2)) == "80.7 (67.3 … 93.2)"
    assert str(Figure("t", "d", "m", 0.4567, 0.4, 0.5)) == "0.457 (0.400 … 0.500)"
    assert [str(Figure("t", "d", "m", value)) for value in (0.0, None)] == ["0.000", "-"]
