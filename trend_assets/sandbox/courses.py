"""How much of something happens when: rates per hour, and their sums over time in closed form.

Times are hours since 1970 (floats): `hours_of` makes them of naive UTC datetimes.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from trend_assets.hours import HOUR
from trend_assets.sandbox.chance import share

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere below the command line
DAY = 24


def hours_of(moment: datetime) -> float:
    """Return the hours from 1970 to a naive UTC time."""
    return (moment - EPOCH) / HOUR


def time_of(hours: float) -> datetime:
    """Return the naive UTC time of hours since 1970, on the full second."""
    return (EPOCH + hours * HOUR).replace(microsecond=0)


class Course(Protocol):
    """Something that happens over time."""

    def rate(self, hours: float) -> float:
        """Return how much of it happens per hour at a time."""

    def total(self, hours: float) -> float:
        """Return how much of it happened before a time; never falls."""


def recent(course: Course, hours: float, period: float) -> float:
    """Return how much of it happened in a period (hours) up to a time."""
    return course.total(hours) - course.total(hours - period)


def growth(course: Course, hours: float, period: float) -> float:
    """Return by how much of the period before a period up to a time has more of it; infinite after nothing."""
    before = recent(course, hours - period, period)
    return recent(course, hours, period) / before - 1 if before else math.inf


@dataclass(frozen=True, slots=True)
class Rise:
    """From nothing to a height and back to nothing, on two half waves of a cosine."""

    onset: float
    peak: float
    end: float
    height: float
    """Rate per hour at the peak."""

    def rate(self, hours: float) -> float:
        """Return the rate per hour."""
        if hours <= self.onset or hours >= self.end:
            return 0.0
        if hours < self.peak:
            return self.height * (1 - math.cos(math.pi * (hours - self.onset) / (self.peak - self.onset))) / 2
        return self.height * (1 + math.cos(math.pi * (hours - self.peak) / (self.end - self.peak))) / 2

    def total(self, hours: float) -> float:
        """Return the sum since the onset."""
        up, down = self.peak - self.onset, self.end - self.peak
        climbed = min(max((hours - self.onset) / up, 0), 1)
        fallen = min(max((hours - self.peak) / down, 0), 1)
        wave = up * (climbed - math.sin(math.pi * climbed) / math.pi) + down * (fallen + math.sin(math.pi * fallen) / math.pi)
        return self.height * wave / 2


@dataclass(frozen=True, slots=True)
class Season:
    """For ever at one pace, by day more and by night less, never twice quite the same."""

    name: str
    pace: float
    """Mean rate per hour."""
    swing: float
    """Share of the pace by which the rate moves with the time of day, 0 to 0.8."""
    noon: float
    """Hour of the UTC day at which the rate is highest."""

    def rate(self, hours: float) -> float:
        """Return the rate per hour, without its unrest."""
        return self.pace * (1 + self.swing * math.cos(2 * math.pi * (hours - self.noon) / DAY))

    def total(self, hours: float) -> float:
        """Return the sum since 1970; its unrest is too small for it ever to fall."""
        wave = self.swing * DAY / (2 * math.pi) * math.sin(2 * math.pi * (hours - self.noon) / DAY)
        unrest = min((1 - self.swing) / 2, 1 / math.sqrt(self.pace)) * self._unrest(hours)
        return self.pace * (hours + wave + unrest + DAY)

    def _unrest(self, hours: float) -> float:
        """Return a number of 0 to 1 that wanders from hour to hour in straight lines."""
        hour = math.floor(hours)
        before, after = share(self.name, hour), share(self.name, hour + 1)
        return before + (after - before) * (hours - hour)
