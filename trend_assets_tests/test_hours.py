"""Hours: what people write, and what is refused."""

from datetime import UTC, datetime

import pytest

from trend_assets.errors import HourError
from trend_assets.hours import HOUR, Span, parse_hour, parse_last_hour, spans

TEN = datetime(2022, 4, 14, 10, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    "text",
    [
        "2022-04-14T10",
        "2022-04-14T10:00",
        "2022-04-14 10:59:59",
        "2022-04-14-10:00",
        "2022-04-14T10:20:00Z",
        "2022-04-14T12:00+02:00",
    ],
)
def test_an_hour_can_be_written_in_the_usual_ways(text: str) -> None:
    assert parse_hour(text) == TEN
    assert parse_last_hour(text) == TEN


def test_a_day_means_its_first_hour_and_as_the_end_of_a_range_its_last() -> None:
    assert parse_hour("2022-04-14") == TEN.replace(hour=0)
    assert parse_last_hour("2022-04-14") == TEN.replace(hour=23)


@pytest.mark.parametrize("text", ["", "yesterday", "2022-13-01", "9999-12-31T23", "0001-01-01T00:00+05:00", "1969-12-31T23:00"])
def test_what_is_no_hour_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(HourError):
        parse_hour(text)


def test_a_span_is_whole_hours() -> None:
    with pytest.raises(HourError):
        Span(TEN, TEN)
    with pytest.raises(HourError):
        Span(TEN.replace(minute=1), TEN + HOUR)
    assert list(Span(TEN, TEN + 2 * HOUR)) == [TEN, TEN + HOUR]
    assert list(spans([TEN + 3 * HOUR, TEN, TEN + HOUR])) == [Span(TEN, TEN + 2 * HOUR), Span.of(TEN + 3 * HOUR)]
