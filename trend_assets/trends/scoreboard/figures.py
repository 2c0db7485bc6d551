"""The numbers of the scoreboard: each with its interval, and what it was measured on."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

RESAMPLES = 1000
CONFIDENCE = 0.9
SEED = 20150423


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the scoreboard; `value` is None where the data does not say."""

    task: str
    detector: str
    measure: str
    value: float | None
    low: float | None = None
    high: float | None = None
    """Ends of the interval that holds 90 of 100 resamples."""

    def __str__(self) -> str:
        """Return the number for people, with its interval."""
        if self.value is None:
            return "-"
        digits = 1 if abs(self.value) >= 2 else 3  # noqa: PLR2004 - points on a scale of 100, or a share
        interval = "" if self.low is None or self.high is None else f" ({self.low:.{digits}f} … {self.high:.{digits}f})"
        return f"{self.value:.{digits}f}{interval}"


@dataclass(frozen=True, slots=True)
class Task:
    """One task of the scoreboard, measured."""

    name: str
    title: str
    data: str
    """What it was measured on: span and size."""
    figures: tuple[Figure, ...]


def interval(units: int, measure: Callable[[Integers], float | None]) -> tuple[float | None, float | None]:
    """Return the ends of the bootstrap interval of a measure.

    `measure` is given the indices of units (files, weeks, topics) that were drawn with replacement, as many as there are; None
    means that it cannot be told from these. Both ends are None where half of the draws tell nothing.
    """
    rng = np.random.default_rng(SEED)
    found = [value for _ in range(RESAMPLES) if (value := measure(rng.integers(0, units, units))) is not None] if units else []
    if len(found) < RESAMPLES / 2:
        return None, None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return float(low), float(high)


def auc(scores: Floats, labels: Flags) -> float | None:
    """Return the probability that a positive has the higher score than a negative, ties counting half; None without both.

    A score that is not a number is below all others.
    """
    positives, negatives = int(labels.sum()), int((~labels).sum())
    if not positives or not negatives:
        return None
    _, rank, count = np.unique(np.nan_to_num(scores, nan=-np.inf), return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count - 1) / 2
    total = float(middle[rank][labels].sum())
    return (total - positives * (positives + 1) / 2) / (positives * negatives)


def precision_at(most: int, scores: Floats, labels: Flags) -> float | None:
    """Return the share of positives among the `most` highest scores; None when there are fewer scores than that.

    Of equal scores at the cut each counts by its chance to be among them.
    """
    known = np.nan_to_num(scores, nan=-np.inf)
    if len(known) < most:
        return None
    cut = np.sort(known)[-most]
    above, tied = known > cut, known == cut
    return float((labels[above].sum() + labels[tied].mean() * (most - above.sum())) / most)
