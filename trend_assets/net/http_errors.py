"""What an HTTP status means for us, and when a host wants us back: the same for requests and for the browser."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from trend_assets.errors import AccessError, HostBusyError, HostFailedError, TrendError, UnauthorizedError
from trend_assets.hours import to_utc
from trend_assets.net.destination import place_of

TOO_MANY_REQUESTS = 429
PASSING_FAILURES = frozenset({408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
"""Statuses of a failure that can pass; 52x are those of content delivery networks, 529 means overloaded."""
LONGEST_RETRY_AFTER = timedelta(days=1)
"""A host that wants us back later than this is asked once a day all the same."""

_FIRST_ERROR = 300
_UNAUTHORIZED = 401
_ADVICE = {
    _UNAUTHORIZED: "it wants a login, or an access token that is valid; store one or leave it out",
    403: "it does not let us in; look at it in a browser, perhaps it wants a login or blocks this network",
    404: "there is no such page; check the surface's key",
    410: "the page is gone for good; disable the surface",
    451: "it is withheld for legal reasons; disable the surface",
}


def error_of(status: int, headers: Mapping[str, str], url: str, now: float) -> TrendError | None:
    """Return the error that an answer stands for, None for a good one; redirects must have been followed.

    Args:
        status: HTTP status.
        headers: of the answer, names in lower case.
        url: real address that was asked.
        now: seconds since 1970.
    """
    if status < _FIRST_ERROR:
        return None
    place = place_of(url)
    retry_at = retry_after(headers, now)
    when = f"come back at {retry_at:%Y-%m-%d %H:%M:%S} UTC" if retry_at else "try again later"
    if status == TOO_MANY_REQUESTS:
        return HostBusyError(f"{place} asks for fewer requests (HTTP 429): {when}, and lower the rate.", retry_at)
    if status in PASSING_FAILURES:
        return HostFailedError(f"{place} failed (HTTP {status}): {when}.", retry_at)
    refusal = UnauthorizedError if status == _UNAUTHORIZED else AccessError
    return refusal(f"{place} answered HTTP {status}: {_ADVICE.get(status, 'it does not serve this request; look at it')}.")


def retry_after(headers: Mapping[str, str], now: float) -> datetime | None:
    """Return the naive UTC time that a `Retry-After` header names, at most a day ahead; None without a readable one.

    A date is counted from the answer's own `Date`, so that a clock that is wrong on either side does not matter.
    """
    text = headers.get("retry-after", "").strip()
    date = _date(text)
    if text.isascii() and text.isdigit():
        seconds = float(text)
    elif date:
        seconds = (date - (_date(headers.get("date", "")) or utc_time(now))).total_seconds()
    else:
        return None
    return utc_time(now + math.ceil(min(max(seconds, 0.0), LONGEST_RETRY_AFTER.total_seconds())))


def utc_time(seconds: float) -> datetime:
    """Return seconds since 1970 as naive UTC."""
    return to_utc(datetime.fromtimestamp(seconds, UTC))


def seconds_of(moment: datetime) -> float:
    """Return naive UTC as seconds since 1970."""
    return moment.replace(tzinfo=UTC).timestamp()


def _date(text: str) -> datetime | None:
    try:
        return to_utc(parsedate_to_datetime(text))
    except (ValueError, TypeError, OverflowError):
        return None
