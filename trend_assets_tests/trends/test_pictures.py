"""Pictures and tables of the asset pages."""

import base64
import re
import xml.etree.ElementTree as ET

import pytest

from trend_assets.capture.overview import plain
from trend_assets.trends.pictures import SPARK_HEIGHT, SPARK_WIDTH, histogram, image, sparkline

HOSTILE = [
    "a | b",
    "a\n| --- |\nb",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](http://example.com/x.png)",
    "**bold** _it_ ~~no~~ `code` # head",
    "\\| \\`",
    "&lt;b&gt;",
    "https://example.com/?a=b",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_has_no_character_left_that_markdown_or_html_reads(text: str) -> None:
    assert not re.search(r"[|<>\[\]()!*_~`#\\\n/&]", re.sub(r"&#\d+;", "", plain(text)))


def test_what_cannot_be_seen_is_left_out() -> None:
    assert plain("a\u202eb\x1b[0m\u200bc") == "ab&#91;0mc"


def test_an_address_in_a_reason_is_escaped_as_a_whole_or_dagster_shows_its_escapes() -> None:
    assert plain("www.example.com") == "www&#46;example&#46;com"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_shown_as_it_is(text: str) -> None:
    shown = re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), plain(text))
    assert shown == " ".join(text.split())


def test_a_long_name_is_cut() -> None:
    assert plain("x" * 500, 80) == "x" * 80


def test_names_in_any_script_stay_readable() -> None:
    assert plain("夜市チャレンジ تحدي niño") == "夜市チャレンジ تحدي niño"


def lines(svg: str) -> list[list[tuple[float, float]]]:
    tree = ET.fromstring(svg)
    drawn = [element.attrib["points"] for element in tree if element.tag.endswith("polyline")]
    return [[(float(x), float(y)) for x, y in (point.split(",") for point in points.split())] for points in drawn]


def test_unknown_hours_leave_a_gap_in_the_sparkline() -> None:
    first, second = lines(sparkline([10, 20, None, None, 30, 40], 100))
    assert (len(first), len(second)) == (2, 2)
    assert first[-1][0] < second[0][0]


def test_a_sparkline_without_known_values_is_empty_and_a_single_one_is_seen() -> None:
    assert lines(sparkline([None, None], 100)) == []
    assert lines(sparkline([], 100)) == []
    assert len(lines(sparkline([None, 5], 100))) == 1


def test_higher_values_are_drawn_higher_and_none_outside() -> None:
    (points,) = lines(sparkline([-10, 0, 50, 100, 1_000], 100))
    heights = [y for _, y in points]
    assert heights == sorted(heights, reverse=True)
    assert all(0 <= x <= SPARK_WIDTH and 0 <= y <= SPARK_HEIGHT for x, y in points)


def test_an_image_carries_its_own_data() -> None:
    svg = histogram([1, 0, 3], ["a", "<b>", "c"], marked=2)
    data = re.fullmatch(r"!\[t\]\(data:image/svg\+xml;base64,([\w+/=]+)\)", image(svg, "t"))
    assert data
    assert ET.fromstring(base64.b64decode(data[1])).tag.endswith("svg")
