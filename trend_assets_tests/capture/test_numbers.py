"""Counts that platforms write as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.capture.items import MAX_COUNT
from trend_assets.capture.numbers import text_count, text_increase


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("152K posts", 152_000),
        ("3.4M", 3_400_000),
        ("3.4M videos", 3_400_000),
        ("158.4B views", 158_400_000_000),
        ("1,299", 1_299),
        ("1,699 posts", 1_699),
        ("12,345,678", 12_345_678),
        ("200+", 200),
        ("100K+", 100_000),
        ("37.6k posts", 37_600),
        (" 7 ", 7),
        ("0", 0),
        ("1.0", 1),
        ("12 K", 12_000),
        ("3.4\u202fM videos", 3_400_000),
        ("1\u202f299", 1_299),
        ("1\u00a0299\u00a0000", 1_299_000),
        ("₹1,299", 1_299),
        ("₹12,34,567", 1_234_567),
        ("€ 5", 5),
        ("500000 (1000%)", 500_000),
        ("2K+ (+1,000\u202f%)", 2_000),
    ],
)
def test_a_count_written_as_text_is_read_exactly(text: str, count: int) -> None:
    assert text_count(text) == count


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Trending",
        "1 day ago",
        "23 hours ago",
        "10%",
        "1.5",
        "1.2345K",
        "-3K",
        "K",
        "1,29",
        "1,2345",
        "12x3",
        "٣K",
        "99999999B",
        "1\u202f2990",
        "1 299",
        "₹",
        "$€5",
        "₹1,299.50",
        "(1000%)",
        "5 (10)",
    ],
)
def test_what_is_no_whole_count_is_none(text: str) -> None:
    assert text_count(text) is None


@pytest.mark.parametrize(
    ("text", "percent"), [("500000 (1000%)", 1_000), ("2K+ (+1,000\u202f%)", 1_000), ("200+", None), ("(5%)", None), (5, None)]
)
def test_the_increase_of_a_count_is_read_beside_it(text: object, percent: int | None) -> None:
    assert text_increase(text) == percent


@pytest.mark.parametrize("value", [None, 152, 1.5, True, ["1"], {"count": "1"}])
def test_only_text_is_read(value: object) -> None:
    assert text_count(value) is None


@given(st.text(alphabet="0123456789.,KMBkmb+ posts·₹(%)\u202f", max_size=30) | st.text(max_size=30))
def test_any_text_gives_none_or_a_count_in_range(text: str) -> None:
    count = text_count(text)
    assert count is None or 0 <= count <= MAX_COUNT


@given(st.integers(min_value=0, max_value=MAX_COUNT))
def test_a_number_with_thousands_separators_is_itself(number: int) -> None:
    assert text_count(f"{number:,} posts") == number
