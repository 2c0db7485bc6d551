"""Hours and spans of hours: the pipeline's unit of time. Naive datetimes are UTC everywhere below the command line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from trend_assets.errors import HourError

HOUR = timedelta(hours=1)
YEARS = range(1970, 3000)
"""Years that a capture can be from; beyond them arithmetic on hours overflows sooner or later."""


def floor_hour(moment: datetime) -> datetime:
    """Return the start of the UTC hour that holds `moment` (aware, or naive UTC), as naive UTC."""
    return to_utc(moment).replace(minute=0, second=0, microsecond=0)


def to_utc(moment: datetime) -> datetime:
    """Return `moment` as naive UTC; a naive one is UTC already."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def parse_hour(text: str) -> datetime:
    """Return the hour that an ISO time names (`2022-04-14`, `2022-04-14T10`, `2022-04-14-10:00`, …).

    Raises:
        HourError: the text is not a time.
    """
    cleaned = text.strip().replace("Z", "+00:00")
    for form in ("%Y-%m-%d-%H:%M", "%Y-%m-%dT%H", "%Y-%m-%d %H"):
        try:
            hour = datetime.strptime(cleaned, form)  # noqa: DTZ007 - naive UTC on purpose
        except ValueError:
            continue
        return _possible(hour)
    try:
        hour = floor_hour(datetime.fromisoformat(cleaned))
    except (ValueError, OverflowError) as error:
        raise HourError(f"'{text}' is not an hour; write it like 2022-04-14T10:00 (UTC).") from error
    return _possible(hour)


def parse_last_hour(text: str) -> datetime:
    """Return the last hour that an ISO time names: of a day, its last one.

    Raises:
        HourError: the text is not a time.
    """
    hour = parse_hour(text)
    return hour + 23 * HOUR if re.fullmatch(r"\d{4}-\d\d-\d\d|\d{8}", text.strip()) else hour


def _possible(hour: datetime) -> datetime:
    if hour.year not in YEARS:
        raise HourError(f"The year {hour.year} is outside {YEARS.start} to {YEARS.stop - 1}.")
    return hour


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The hours from `start` up to, not including, `end`; both are full UTC hours."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Refuse what is not a span of whole hours.

        Raises:
            HourError: empty, or not aligned to the clock.
        """
        for moment in (self.start, self.end):
            if moment.tzinfo or moment != floor_hour(moment):
                raise HourError(f"{moment} is not a full UTC hour.")
        if self.end <= self.start:
            raise HourError(f"The range from {self.start} to {self.end} holds no hour.")

    @classmethod
    def of(cls, hour: datetime) -> "Span":
        """Return the span of one hour."""
        return cls(hour, hour + HOUR)

    @classmethod
    def over(cls, hours: Sequence[datetime]) -> "Span":
        """Return the span from the first to the last of ascending hours."""
        return cls(hours[0], hours[-1] + HOUR)

    def __len__(self) -> int:
        """Return the number of hours."""
        return int((self.end - self.start) / HOUR)

    def __iter__(self) -> Iterator[datetime]:
        """Yield each hour, ascending."""
        return (self.start + index * HOUR for index in range(len(self)))

    def parts(self, hours: int) -> Iterator["Span"]:
        """Yield spans of at most `hours` hours that make up this one, ascending."""
        return (Span(start, min(start + hours * HOUR, self.end)) for start in list(self)[::hours])

    def __contains__(self, hour: datetime) -> bool:
        """Return whether the hour is one of the span."""
        return self.start <= hour < self.end

    def __str__(self) -> str:
        """Return both ends for people: first and last hour."""
        return f"{self.start:%Y-%m-%dT%H:00} … {self.end - HOUR:%Y-%m-%dT%H:00}"


def spans(hours: list[datetime]) -> Iterator[Span]:
    """Yield the maximal runs of neighbouring hours, ascending."""
    ordered = sorted(set(hours))
    first = 0
    for index, hour in enumerate(ordered):
        if index + 1 == len(ordered) or ordered[index + 1] != hour + HOUR:
            yield Span(ordered[first], hour + HOUR)
            first = index + 1
